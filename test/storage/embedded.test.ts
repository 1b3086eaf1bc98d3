import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type Database, openDatabase, storeSchema } from '../../src/storage/index.ts'

const schema = storeSchema<{ _id: string; n: number }>({ _id: String, n: Number })
const counters = (database: Database) => database.connection.model('Counter', schema, 'counters')

const storage = join(import.meta.dirname, '../../src/storage/index.ts')

/** Writes numbers one after another and says each when it was acknowledged. */
const writer = `
  const { openDatabase, storeSchema } = await import(process.argv[1])
  const database = await openDatabase({ dataDir: process.argv[2] })
  const model = database.connection.model('Counter', storeSchema({ _id: String, n: Number }), 'counters')
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
        for (const i of [0, 1, 2])
          assert.ok(await model.findById(`${n}:${i}`).lean(), `${n}:${i} was acknowledged and is lost`)
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
    assert.ok(await counters(database).findById(`${acknowledged}:0`).lean(), 'what was acknowledged is there')
    await database.close()
  })

  it('is readable by its owner alone', async () => {
    const database = await openDatabase({ dataDir })
    await counters(database).updateOne({ _id: 'a' }, { $setOnInsert: { n: 1 } }, { upsert: true })
    assert.equal(statSync(join(dataDir, 'unified.sqlite')).mode & 0o077, 0)
    await database.close()
  })

  it('keeps two databases of one process apart', async () => {
    const [one, other] = [await openDatabase({}), await openDatabase({})]
    await counters(one).updateOne({ _id: 'a' }, { $setOnInsert: { n: 1 } }, { upsert: true })
    assert.equal(await counters(other).findById('a').lean(), null)
    await Promise.all([one.close(), other.close()])
  })
})
