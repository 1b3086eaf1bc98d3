import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  closeSync,
  copyFileSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { followLog, openLogMark } from '../../src/storage/embedded/log-mark.ts'
import { type Database, openDatabase } from '../../src/storage/index.ts'

const storage = join(import.meta.dirname, '../../src/storage/index.ts')
/** Writes numbers one after another, each with as much beside it, and says each when it was acknowledged. */
const writer = `
  const { openDatabase } = await import(process.argv[1])
  const database = await openDatabase({ dataDir: process.argv[2] })
  const rows = database.connection.collection('looks')
  for (let n = 0; ; n++) {
    await rows.updateOne({ _id: String(n) }, { $set: { text: 'x'.repeat(Number(process.argv[3])), n: process.pid } }, { upsert: true })
    process.stdout.write(n + '\\n')
  }`

describe('what a start finds of what was acknowledged @embedded', () => {
  let dataDir: string
  let file: string
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'log-mark-'))
    file = join(dataDir, 'unified.sqlite')
  })
  afterEach(() => rmSync(dataDir, { recursive: true, force: true }))

  /** A process that was killed after so many changes; the last that was acknowledged. */
  const killedAfter = async (changes: number, size = 100): Promise<number> => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', writer, storage, dataDir, String(size)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let acknowledged = -1
    const gone = once(child, 'exit')
    for await (const line of createInterface({ input: child.stdout })) {
      acknowledged = Number(line)
      if (acknowledged === changes) child.kill('SIGKILL')
    }
    await gone
    return acknowledged
  }
  const has = async (database: Database, n: number): Promise<boolean> =>
    (await database.connection.collection('looks').findOne({ _id: String(n) as never })) !== null
  const bytesOf = () => readdirSync(dataDir).map((name) => [name, readFileSync(join(dataDir, name), 'base64')])

  it('Q12: is all of it after a kill, also after the log was begun anew many times', async () => {
    for (const [changes, size] of [
      [50, 100],
      [300, 100_000],
    ] as const) {
      const acknowledged = await killedAfter(changes, size)
      const database = await openDatabase({ dataDir })
      assert.ok(await has(database, acknowledged))
      await database.connection.collection('looks').deleteMany({})
      await database.close()
      await (await openDatabase({ dataDir })).close()
    }
  })

  it('Q12: is all of it after a process that ended by itself and closed nothing: what it left is no damage', async () => {
    for (const end of ['process.exit(0)', 'throw new Error()', '']) {
      const made = `
        process.on('uncaughtException', () => process.exit(1))
        const { openDatabase, storeOf, storeSchema } = await import(process.argv[1])
        const database = await openDatabase({ dataDir: process.argv[2] })
        const model = storeOf(database.connection, storeSchema({ _id: String, n: Number }), 'looks')
        for (let n = 0; n < 40; n++) await model.updateOne({ _id: String(n) }, { $setOnInsert: { n } }, { upsert: true })
        ${end}`
      const child = spawn(process.execPath, ['--input-type=module', '-e', made, storage, dataDir], {
        stdio: ['ignore', 'ignore', 'inherit'],
      })
      await once(child, 'exit')
      const database = await openDatabase({ dataDir })
      assert.ok(await has(database, 39), end)
      await database.connection.collection('looks').deleteMany({})
      await database.close()
    }
  })

  it('Q12: a log that is damaged in its middle, cut, or missing is told in one sentence, and nothing is touched', async () => {
    await killedAfter(60)
    const log = `${file}-wal`
    copyFileSync(log, join(dataDir, 'kept'))
    const spoilt: Record<string, () => void> = {
      'damaged in its middle': () => {
        const bytes = readFileSync(log)
        const middle = Math.floor(bytes.length / 2)
        bytes[middle] = bytes[middle]! ^ 0xff
        writeFileSync(log, bytes)
      },
      cut: () => truncateSync(log, 20_000),
      empty: () => truncateSync(log, 0),
      missing: () => rmSync(log),
    }
    for (const [how, spoil] of Object.entries(spoilt)) {
      spoil()
      const before = bytesOf()
      for (const _ of ['once', 'again'])
        await assert.rejects(
          openDatabase({ dataDir }),
          /^Error: The log of the database, .*unified\.sqlite-wal, is missing or damaged: of \d+ pages of acknowledged changes \d+ are whole\. Put it back/,
          how,
        )
      assert.deepEqual(bytesOf(), before, how)
      copyFileSync(join(dataDir, 'kept'), log)
    }
    const database = await openDatabase({ dataDir })
    assert.ok(await has(database, 60), 'put back, all of it is there')
    await database.close()
  })

  it('Q12: a log begun anew since the mark is whole; one from before the mark is not', async () => {
    await killedAfter(5)
    const salt1 = readFileSync(`${file}-wal`).readUInt32BE(16)
    const marked = (salt: number) => {
      const mark = openLogMark(file)
      mark.write({ salt1: salt >>> 0, salt2: 7, pages: 999 })
      mark.close()
    }
    marked(salt1 + 1)
    await assert.rejects(openDatabase({ dataDir }), /missing or damaged/)
    marked(salt1 - 1)
    await (await openDatabase({ dataDir })).close()
  })

  it('Q12: the end of the log is that of its last commit, however many pages came since it was asked before', () => {
    const sqlite = new DatabaseSync(file)
    sqlite.exec('PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE t (b BLOB)')
    const log = openSync(`${file}-wal`, 'r')
    const endOf = followLog(log)
    const insert = sqlite.prepare('INSERT INTO t VALUES (zeroblob(?))')
    try {
      for (let written = 1; written <= 20; written++) {
        insert.run(written * 4096)
        const { length } = readFileSync(`${file}-wal`)
        assert.equal(endOf().pages, (length - 32) / (4096 + 24), `after ${written} pages at once`)
      }
      const { salt1, pages } = endOf()
      sqlite.exec('PRAGMA wal_checkpoint(RESTART)')
      insert.run(1)
      const anew = endOf()
      assert.notEqual(anew.salt1, salt1)
      assert.ok(anew.pages > 0 && anew.pages < pages, 'what stands behind is of the log before')
    } finally {
      closeSync(log)
      sqlite.close()
    }
  })

  it('Q12: a log that we cut ourselves is not missed, wherever the process is killed after it', async () => {
    const cutting = `${writer.slice(0, writer.indexOf('  for ('))}
      for (let n = 0; n < 40; n++)
        await rows.updateOne({ _id: String(n) }, { $set: { text: 'x' } }, { upsert: true })
      await Promise.all([rows.updateOne({ _id: '40' }, { $set: { text: 'x' } }, { upsert: true }), database.truncateLog()])
      await rows.updateOne({ _id: '41' }, { $set: { text: 'x' } }, { upsert: true })
      await database.truncateLog()
      process.stdout.write('cut\\n')
      setInterval(() => {}, 1000)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', cutting, storage, dataDir], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const gone = once(child, 'exit')
    await once(child.stdout, 'data')
    child.kill('SIGKILL')
    await gone
    assert.equal(readFileSync(`${file}-wal`).length, 0)
    const database = await openDatabase({ dataDir })
    assert.ok((await has(database, 40)) && (await has(database, 41)))
    await database.close()
  })

  it('Q12: a database file that is missing is not begun anew beside its mark', async () => {
    await killedAfter(5)
    for (const name of ['unified.sqlite', 'unified.sqlite-wal']) rmSync(join(dataDir, name))
    await assert.rejects(openDatabase({ dataDir }), /^Error: The database file .* is missing, and its mark is there\./)
  })

  it('Q12: who says so starts on what is left, and what is written from then on is looked for again', async () => {
    const acknowledged = await killedAfter(60)
    truncateSync(`${file}-wal`, 60_000)
    const database = await openDatabase({ dataDir, acceptLoss: true })
    assert.ok(!(await has(database, acknowledged)))
    await database.close()
    await (await openDatabase({ dataDir })).close()
    await killedAfter(0)
    rmSync(`${file}-wal`)
    await assert.rejects(openDatabase({ dataDir }), /missing or damaged/)
  })

  it('Q12: where nothing is flushed nothing is looked for', async () => {
    await killedAfter(5)
    await (await openDatabase({ dataDir, synchronous: 'NORMAL' })).close()
    assert.ok(!readdirSync(dataDir).includes('unified.sqlite-mark'))
  })
})
