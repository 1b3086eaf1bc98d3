import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')

/** Says which packages and rooms were loaded by what serves, and by what its stores ask most; then by its entry points. */
const program = `
  import { registerHooks } from 'node:module'
  const loaded = new Set()
  registerHooks({
    load: (url, context, next) => {
      loaded.add((/.*node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(url) ?? /\\/(src\\/[^/]+)\\//.exec(url))?.[1])
      return next(url, context)
    },
  })
  await import('./src/serve.ts')
  const { indexed, openDatabase, storeOf, storeSchema, trusted } = await import('./src/storage/index.ts')
  const database = await openDatabase({})
  const store = storeOf(database.connection, storeSchema({ _id: String, n: Number, due: indexed }), 'things')
  await database.prepare()
  await store.updateOne({ _id: 'a' }, { $set: { n: 1, due: '-|1' } }, { upsert: true })
  await store.findOneAndUpdate({ _id: 'a', n: trusted({ $lt: 2 }) }, { $inc: { n: 1 } }, { returnDocument: 'after' })
  await store.find({ due: trusted({ $gte: '-|', $lte: '-|2' }) }, { sort: { due: 1 } })
  await database.close()
  const atStart = [...loaded]
  await import('./src/app/entry-points.ts')
  console.log(JSON.stringify({ atStart, later: [...loaded].filter((each) => !atStart.includes(each)) }))`

describe('what a process on the embedded database loads @embedded', () => {
  let said: { atStart: string[]; later: string[] }
  before(() => {
    const text = execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
      cwd: root,
      encoding: 'utf8',
    })
    said = JSON.parse(text)
  })

  it('leaves alone what most never need: MongoDB’s driver, the query engine, phone numbers, letters that came back, other processes', () => {
    assert.ok(said.atStart.includes('koa'))
    const seldom = [
      'mongoose',
      'mongodb',
      'bson',
      'mingo',
      'libphonenumber-js',
      'postal-mime',
      'nodemailer',
      'undici',
      'src/processes',
    ]
    assert.deepEqual(
      seldom.filter((each) => said.atStart.includes(each) || said.later.includes(each)),
      [],
    )
  })

  it('answers the first request before it loads what only pages and the companies’ APIs need', () => {
    const rooms = ['sign-in', 'portal', 'console', 'company-api', 'developers'].map((room) => `src/${room}`)
    assert.deepEqual(
      [...rooms, 'src/dev', 'zod-openapi'].filter((each) => said.atStart.includes(each)),
      [],
    )
    assert.deepEqual(
      rooms.filter((each) => !said.later.includes(each)),
      [],
    )
  })

  it('keeps no thread of its own to make writes durable: each costs 10 MB and a tenth of the start', () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'loaded-'))
    const durable = `
      let threads = 0
      process.on('worker', () => { threads += 1 })
      const { openDatabase } = await import('./src/storage/index.ts')
      const database = await openDatabase({ dataDir: ${JSON.stringify(dataDir)}, synchronous: 'FULL' })
      await database.prepare()
      await database.ping()
      await database.close()
      console.log(threads)`
    try {
      const text = execFileSync(process.execPath, ['--input-type=module', '--eval', durable], {
        cwd: root,
        encoding: 'utf8',
      })
      assert.equal(text.trim(), '0')
    } finally {
      rmSync(dataDir, { recursive: true, force: true })
    }
  })
})
