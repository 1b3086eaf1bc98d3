import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { EmbeddedCollection } from '../../src/storage/embedded/collection.ts'
import { createGroupCommit } from '../../src/storage/embedded/group-commit.ts'
import { createStatements, layout, openTable } from '../../src/storage/embedded/table.ts'

/** A disk whose flushes end when the test says so. */
const aDisk = () => {
  const waiting: { resolve: () => void; reject: (error: unknown) => void }[] = []
  let begun = 0
  return {
    begun: () => begun,
    flush: () => {
      begun += 1
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      waiting.push({ resolve, reject })
      return promise
    },
    done: () => waiting.shift()?.resolve(),
    fail: (code: string) => waiting.shift()?.reject(Object.assign(new Error(code), { code })),
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

describe('what is written in the embedded database @embedded', () => {
  let sqlite: DatabaseSync
  let disk: ReturnType<typeof aDisk>
  let turns: ReturnType<typeof createGroupCommit>
  let table: ReturnType<typeof openTable>
  let said: string[]
  beforeEach(() => {
    sqlite = new DatabaseSync(':memory:')
    sqlite.exec(layout)
    disk = aDisk()
    turns = createGroupCommit(sqlite, disk.flush)
    table = openTable(createStatements(sqlite), 'people', turns)
    said = []
  })
  afterEach(() => sqlite.close())

  const say = (what: string, promise: Promise<unknown>) =>
    promise.then(
      () => said.push(what),
      (error: Error) => said.push(`${what}: ${error.message}`),
    )
  const write = (id: string) =>
    say(
      `wrote ${id}`,
      turns.write(() => table.insert({ _id: id })),
    )
  /** As the next start has it. */
  const openedAnew = () => new EmbeddedCollection('people', openTable(createStatements(sqlite), 'people', turns), turns)
  const read = (id: string) =>
    say(
      `read ${id}`,
      turns.read(() => table.get(id)),
    )

  it('is kept when it was begun before the end, and refused after: nothing is left open that ends the process', async () => {
    write('ada')
    const closed = say('closed', turns.close())
    const late = write('bo')
    await turn()
    disk.done()
    await Promise.all([closed, late])
    assert.deepEqual(said.toSorted(), [
      'closed',
      'wrote ada',
      'wrote bo: The database is closed: this process is ending.',
    ])
    assert.equal(sqlite.isTransaction, false)
  })

  it('is answered when it is on the disk, and so is who read it; who read something else is not kept waiting', async () => {
    const mine = write('ada')
    const theirs = [read('ada'), read('bo')]
    await turn()
    await turn()
    assert.deepEqual(said, ['read bo'])
    disk.done()
    await Promise.all([mine, ...theirs])
    assert.deepEqual(said, ['read bo', 'wrote ada', 'read ada'])
  })

  it('shares the next flush with all that was committed while one was on its way', async () => {
    const first = write('ada')
    await turn()
    const others = ['bo', 'cy', 'di'].map((id) => write(id))
    await turn()
    assert.equal(disk.begun(), 1)
    const listed = say(
      'listed',
      turns.read(() => [...table.scan(null, { from: null, above: false, to: null, below: false }, 1)]),
    )
    disk.done()
    await first
    await turn()
    assert.deepEqual([disk.begun(), said], [2, ['wrote ada']])
    disk.done()
    await Promise.all([...others, listed])
    assert.equal(said.length, 5)
  })

  it('is refused in one sentence once the disk failed, and nothing after it is believed', async () => {
    const mine = write('ada')
    const theirs = read('ada')
    await turn()
    disk.fail('EIO')
    await Promise.all([mine, theirs])
    await Promise.all([write('bo'), read('cy')])
    assert.equal(said.length, 4)
    for (const each of said) assert.match(each, /The disk refused to read or write/)
    assert.equal(disk.begun(), 1)
  })

  it('W15: flushes once for every turn that is acknowledged, never for none', async () => {
    for (const [n, id] of ['ada', 'bo', 'cy'].entries()) {
      const mine = write(id)
      await turn()
      assert.equal(disk.begun(), n + 1)
      assert.equal(said.length, n)
      disk.done()
      await mine
    }
    assert.deepEqual(said, ['wrote ada', 'wrote bo', 'wrote cy'])
  })

  it('an index that is there already is not written again: a start waits for no disk', async () => {
    const people = openedAnew()
    const first = people.createIndex({ due: 1 })
    await turn()
    assert.equal(disk.begun(), 1)
    disk.done()
    await first
    await openedAnew().createIndex({ due: 1 })
    assert.equal(disk.begun(), 1)
  })

  it('W14: a row that was read in a turn which came to nothing is read anew from the file', async () => {
    const first = write('ada')
    await turn()
    disk.done()
    await first
    const renamed = { _id: 'ada', name: 'Never kept' }
    const refused = say(
      'renamed',
      turns.write(() => {
        const before = table.get('ada')!
        table.replace(before, renamed)
        assert.match(table.get('ada')!.doc, /Never kept/)
        throw Object.assign(new Error('full'), { errcode: 13 })
      }),
    )
    await turn()
    await refused
    assert.match(said.at(-1)!, /disk that holds the database is full/)
    const row = await turns.read(() => table.get('ada'))
    assert.doesNotMatch(row!.doc, /Never kept/)
  })

  it('is found from when it is written on, also by whoever looked for it before; what is gone is found no more', async () => {
    const found = () => turns.read(() => table.get('ada') !== undefined)
    assert.deepEqual([await found(), await found()], [false, false])
    const mine = write('ada')
    assert.equal(table.get('ada')?.id, 'ada')
    await turn()
    disk.done()
    await mine
    assert.equal(await found(), true)
    const removed = turns.write(() => table.remove(table.get('ada')!))
    await turn()
    disk.done()
    await removed
    assert.deepEqual([await found(), await found()], [false, false])
  })

  it('that nothing is there was asked once of the file, and is known until something is written', async () => {
    const found = () => turns.read(() => table.get('ada'))
    assert.equal(await found(), undefined)
    // Behind the table's back, as nobody does: this process alone writes the file.
    sqlite.exec(`INSERT INTO documents (collection, id, doc) VALUES ('people', 'ada', '{"_id":"ada"}')`)
    assert.equal(await found(), undefined)
  })
})
