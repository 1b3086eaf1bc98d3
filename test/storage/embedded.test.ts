import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import fc from 'fast-check'
import { Query, update } from 'mingo'
import { adjustableClock, day } from '../../src/lib/clock.ts'
import { deepFreeze } from '../../src/lib/freeze.ts'
import { matcherOf } from '../../src/storage/embedded/match.ts'
import { planOf } from '../../src/storage/embedded/plan.ts'
import { updated } from '../../src/storage/embedded/update.ts'
import { decode, encode, encodeUpdated } from '../../src/storage/embedded/values.ts'
import {
  byId,
  createCutLog,
  type Database,
  indexed,
  insertOnce,
  openDatabase,
  storeOf,
  storeSchema,
  trusted,
} from '../../src/storage/index.ts'
import { aTestApp } from '../world/app.ts'

const schema = storeSchema<{ _id: string; n: number }>({ _id: String, n: Number })
const counters = (database: Database) => storeOf(database.connection, schema, 'counters')

const storage = join(import.meta.dirname, '../../src/storage/index.ts')

/** Writes numbers one after another and says each when it was acknowledged. */
const writer = `
  const { openDatabase, storeOf, storeSchema } = await import(process.argv[1])
  const database = await openDatabase({ dataDir: process.argv[2] })
  const model = storeOf(database.connection, storeSchema({ _id: String, n: Number }), 'counters')
  for (let n = 0; ; n++) {
    await Promise.all([0, 1, 2].map((i) => model.updateOne({ _id: n + ':' + i }, { $setOnInsert: { n } }, { upsert: true })))
    process.stdout.write(n + '\\n')
  }`

describe('the embedded database @embedded', () => {
  let dataDir: string
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'embedded-'))
  })
  afterEach(() => rmSync(dataDir, { recursive: true, force: true }))

  const startWriter = (): ChildProcess =>
    spawn(process.execPath, ['--input-type=module', '-e', writer, storage, dataDir], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })

  it('has everything it acknowledged after its process was killed in the middle (G1)', async () => {
    for (const round of [1, 2, 3]) {
      const child = startWriter()
      let acknowledged = -1
      for await (const line of createInterface({ input: child.stdout! })) {
        acknowledged = Number(line)
        if (acknowledged === round * 40) child.kill('SIGKILL')
      }
      const database = await openDatabase({ dataDir })
      const model = counters(database)
      for (let n = 0; n <= acknowledged; n++)
        for (const i of [0, 1, 2]) assert.ok(await byId(model, `${n}:${i}`), `${n}:${i} was acknowledged and is lost`)
      await model.deleteMany({})
      await database.close()
    }
  })

  it('says in one sentence that another process owns the file', async () => {
    const child = startWriter()
    await once(child.stdout!, 'data')
    try {
      await assert.rejects(openDatabase({ dataDir }), /in use by another process\. Stop that one first/)
    } finally {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
  })

  it('says in one sentence that the file is no database, and leaves it as it was', async () => {
    const file = join(dataDir, 'unified.sqlite')
    writeFileSync(file, 'this is not a database, and long enough to be looked at as one'.repeat(100))
    const { size } = statSync(file)
    await assert.rejects(openDatabase({ dataDir }), /not a database\. Restore it/)
    assert.equal(statSync(file).size, size)
  })

  it('says in one sentence that a later version wrote the data, and leaves it as it was', async () => {
    const database = await openDatabase({ dataDir })
    await database.prepare()
    const formats = database.connection.collection('meta')
    assert.equal((await formats.findOne({ _id: 'format' as never }))?.value, '1')
    await formats.updateOne({ _id: 'format' as never }, { $set: { value: '2' } })
    await database.close()
    for (const _ of ['started', 'started again'])
      await assert.rejects(openDatabase({ dataDir }), /^Error: The data is of format 2 and this version reads format 1/)
  })

  it('says in one sentence that the disk takes no more, and keeps what it had', async () => {
    // A limit on the size of files stands for the full disk: the write fails in the same place.
    const child = spawn(
      'sh',
      [
        '-c',
        `trap '' XFSZ; ulimit -f 400; exec "$0" --input-type=module -e "$1" "$2" "$3"`,
        process.execPath,
        writer,
        storage,
        dataDir,
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    )
    let said = ''
    let acknowledged = -1
    child.stderr.on('data', (text) => {
      said += text
    })
    for await (const line of createInterface({ input: child.stdout })) acknowledged = Number(line)
    assert.match(said, /The disk refused|The disk that holds the database is full/)
    assert.ok(acknowledged > 0)
    const database = await openDatabase({ dataDir })
    assert.ok(await byId(counters(database), `${acknowledged}:0`), 'what was acknowledged is there')
    await database.close()
  })

  it('says in one sentence that its folder is none', async () => {
    const file = join(dataDir, 'a-file')
    writeFileSync(file, '')
    await assert.rejects(openDatabase({ dataDir: file }), /cannot be opened\. Check that DATA_DIR/)
  })

  it('is readable by its owner alone', async () => {
    const database = await openDatabase({ dataDir })
    await counters(database).updateOne({ _id: 'a' }, { $setOnInsert: { n: 1 } }, { upsert: true })
    for (const file of readdirSync(dataDir)) assert.equal(statSync(join(dataDir, file)).mode & 0o077, 0, file)
    await database.close()
  })

  it('H8: has nothing of a person who was erased in its file or its log, once that has drained', async () => {
    const kept = () => readdirSync(dataDir).filter((name) => name.startsWith('unified.sqlite'))
    const holding = (word: string) => kept().filter((name) => readFileSync(join(dataDir, name)).includes(word))
    const database = await openDatabase({ dataDir })
    const app = await aTestApp({ database })
    try {
      const person = await app.aPerson({ details: { city: 'Canarystad' } })
      await app.settled()
      assert.notDeepEqual(holding('Canarystad'), [])
      await app.features.erasePerson.erase(person.id)
      await app.settled()
      assert.deepEqual(holding('Canarystad'), [])
      const log = join(dataDir, 'unified.sqlite-wal')
      assert.ok(statSync(log).size < 1_000_000)
    } finally {
      await app.close()
      await database.close()
    }
  })

  it('H8: cuts the log after a start, when somebody was erased, and else once a day', async () => {
    let cut = 0
    const cutLog = createCutLog({
      truncateLog: async () => {
        cut += 1
        if (cut === 4) throw new Error('not now')
      },
    })
    const clock = adjustableClock()
    const seen: number[] = []
    const look = async () => {
      await cutLog.whenDue().catch(() => {})
      seen.push(cut)
    }
    try {
      await look()
      await look()
      cutLog.want()
      await look()
      await look()
      clock.advance(day + 1)
      await look()
      await look()
      clock.advance(day + 1)
      await look()
      await look()
    } finally {
      clock.reset()
    }
    // The fourth failed, and is tried again.
    assert.deepEqual(seen, [1, 1, 2, 2, 3, 3, 4, 5])
  })

  it('H8: answers every write that is under way while its log is cut', async () => {
    const database = await openDatabase({ dataDir })
    const model = counters(database)
    const written: Promise<unknown>[] = []
    for (let n = 0; n < 300; n++) {
      written.push(insertOnce(model, { _id: `w${n}`, n }))
      if (n % 30 === 0) written.push(database.truncateLog())
      if (n % 7 === 0) await new Promise(setImmediate)
    }
    await Promise.all(written)
    assert.equal(await model.countDocuments({}), 300)
    await database.close()
    const again = await openDatabase({ dataDir })
    assert.equal(await counters(again).countDocuments({}), 300)
    await again.close()
  })

  it('keeps two databases of one process apart', async () => {
    const [one, other] = [await openDatabase({}), await openDatabase({})]
    await counters(one).updateOne({ _id: 'a' }, { $setOnInsert: { n: 1 } }, { upsert: true })
    assert.equal(await byId(counters(other), 'a'), null)
    await Promise.all([one.close(), other.close()])
  })

  it('finds by its declared keys after a restart, before anybody declares them again', async () => {
    const first = await openDatabase({ dataDir })
    const definition = { _id: String, due: indexed, n: Number }
    const before = storeOf(first.connection, storeSchema<{ _id: string; due?: string; n: number }>(definition), 'due')
    await before.updateOne({ _id: 'a' }, { $setOnInsert: { due: '-|1', n: 1 } }, { upsert: true })
    await first.prepare()
    await before.updateOne({ _id: 'b' }, { $setOnInsert: { due: '-|2', n: 1 } }, { upsert: true })
    await first.close()

    const second = await openDatabase({ dataDir })
    const after = storeOf(second.connection, storeSchema<{ _id: string; due?: string; n: number }>(definition), 'due')
    await after.updateOne({ _id: 'a' }, { $unset: { due: '' } })
    await second.prepare()
    const due = await after.find({ due: trusted({ $gte: '-|', $lte: '-|9' }) })
    assert.deepEqual(
      due.map(({ _id }) => _id),
      ['b'],
    )
    await second.close()
  })

  it('refuses what would come back as something else', async () => {
    const database = await openDatabase({})
    const schema = storeSchema<{ _id: string; value: unknown }>({ _id: String, value: {} })
    const model = storeOf(database.connection, schema, 'things')
    const put = (value: unknown) =>
      database.connection.collection('things').updateOne({ _id: 'a' } as never, { $set: { value } })
    await model.updateOne({ _id: 'a' }, { $setOnInsert: { value: 1 } }, { upsert: true })
    for (const value of [Number.NaN, 1n, new Map(), Buffer.from('x'), { $date: 5 }, [() => 1]])
      await assert.rejects(put(value), /the store keeps|does not begin with/)
    await assert.rejects(put({ nested: Symbol('x') }), /no symbol/)
    assert.deepEqual(await byId(model, 'a'), { _id: 'a', value: 1 })
    await database.close()
  })
})

/** Updates and filters of the kinds that the fast paths and the query engine both know. */
describe('the fast paths of the embedded database @embedded', () => {
  const plain = <T>(parts: { [K in keyof T]: fc.Arbitrary<T[K]> }) => fc.record(parts, { noNullPrototype: true })
  const scalar = fc.oneof(
    fc.integer({ min: -2, max: 2 }),
    fc.constantFrom('a', 'b', ''),
    fc.boolean(),
    fc.constant(null),
  )
  const value = fc.oneof(
    scalar,
    fc.array(fc.oneof(scalar, fc.record({ x: scalar }, { noNullPrototype: true })), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('x', 'y'), scalar, { maxKeys: 2, noNullPrototype: true }),
  )
  const document = fc.dictionary(fc.constantFrom('p', 'q', 'r'), value, { maxKeys: 3, noNullPrototype: true })
  const path = fc.constantFrom('p', 'q', 'p.x', 'p.y', 'q.x')
  const comparable = fc.oneof(fc.integer({ min: -2, max: 2 }), fc.constantFrom('a', 'b'))
  const condition = fc.oneof(
    scalar,
    plain({ $exists: fc.boolean() }),
    plain({ $ne: scalar }),
    plain({ $in: fc.array(scalar, { maxLength: 3 }) }),
    plain({ $gte: comparable }),
    plain({ $lt: comparable }),
    plain({ $gt: fc.integer({ min: -2, max: 2 }), $lte: fc.integer({ min: -2, max: 2 }) }),
  )
  const filter = fc.dictionary(path, condition, { minKeys: 1, maxKeys: 2, noNullPrototype: true })

  it('H23: look some values of a key up by that key, never by reading the whole collection', () => {
    const indexes = new Set(['of', 'due'])
    const plan = planOf({ kind: 'recovery', of: { $in: ['b', 'a', 'b'] } }, indexes)
    assert.equal(plan.by, 'values')
    assert.deepEqual(plan.by === 'values' && plan.ranges.map(({ from, to }) => [from, to]), [
      ['a', 'a'],
      ['b', 'b'],
    ])
    assert.deepEqual(plan.rest, { kind: 'recovery' })
    // Every other list is the query engine's, which knows what null and numbers mean.
    assert.equal(planOf({ of: { $in: ['a', null] } }, indexes).by, 'range')
  })

  it('mean by a filter what the query engine means', () => {
    fc.assert(
      fc.property(document, filter, (document, filter) => {
        // Where the engine means another thing than MongoDB does, the contract says what is meant.
        const isNullInList = ([path, asked]: [string, unknown]) =>
          asked === null && path.includes('.') && Array.isArray(document[path[0]!])
        fc.pre(!Object.entries(filter).some(isNullInList))
        assert.equal(matcherOf(filter)(document), new Query(filter).test(document))
      }),
      { numRuns: 3000 },
    )
  })

  it('pull what the query engine pulls', () => {
    const element = fc.record({ n: fc.integer({ min: 0, max: 5 }) })
    fc.assert(
      fc.property(fc.array(element), fc.integer({ min: 0, max: 5 }), (log, n) => {
        const pull = { $pull: { log: { n: { $lte: n } } } }
        const [ours, theirs] = [{ log: [...log] }, { log: [...log] }]
        const after = updated(ours, pull, {}, false)
        update(theirs, pull)
        assert.deepEqual(after, theirs)
      }),
    )
  })

  it('leave a document as the file will give it back, and the one before as it was', () => {
    const operand = fc.oneof(
      value,
      fc.constantFrom(-0, undefined, new Date(0), { x: undefined }, [undefined, -0], { x: [-0, new Date(0)] }),
    )
    const operator = fc.oneof(
      plain({ $set: fc.dictionary(path, operand, { maxKeys: 2, noNullPrototype: true }) }),
      plain({ $unset: fc.dictionary(path, fc.constant(''), { maxKeys: 2, noNullPrototype: true }) }),
      plain({ $push: fc.dictionary(path, operand, { maxKeys: 1, noNullPrototype: true }) }),
    )
    fc.assert(
      fc.property(document, operator, (document, update) => {
        const before = deepFreeze(decode(encode(document)))
        const text = encode(before)
        let after: Record<string, unknown>
        try {
          after = updated(before, update, {}, false)
        } catch (refused) {
          // Through a value that is no object, or a push to what is none; never for the sake of what is frozen.
          if (refused instanceof TypeError) throw refused
          return
        }
        assert.deepEqual(after, decode(encode(after)))
        assert.equal(encode(before), text)
        const kept = encode(after)
        assert.equal(encodeUpdated(after, text), kept)
        const again = updated(deepFreeze(after), { $set: { _later: 1 } }, {}, false)
        assert.equal(encodeUpdated(again, kept), encode(again))
        for (const operand of Object.values(Object.values(update)[0] ?? {}))
          if (Array.isArray(operand)) operand.length = 0
          else if (typeof operand === 'object' && operand && !(operand instanceof Date))
            Object.assign(operand, { later: 1 })
        assert.equal(encode(after), kept)
      }),
      { numRuns: 2000 },
    )
  })

  it('say one thing about a path in one update, as MongoDB asks', () => {
    const refused = (change: object) => assert.throws(() => updated({ _id: 'a', p: null }, change, {}, false))
    refused({ $set: { q: 1 }, $unset: { q: '' } })
    refused({ $set: { q: {}, 'q.x': 1 } })
    refused({ $set: { 'p.x': 1 } })
    refused({ $set: { '__proto__.x': 1 } })
    refused({ $set: { _id: 'b' } })
    refused({ $inc: { p: 1 } })
    refused({ $push: { p: 1 } })
    assert.equal(({} as Record<string, unknown>).x, undefined)
  })
})
