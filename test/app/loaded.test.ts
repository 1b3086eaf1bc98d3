import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')

/** Says which packages were loaded by the app, and by what its stores ask most. */
const program = `
  import { registerHooks } from 'node:module'
  const loaded = new Set()
  registerHooks({
    load: (url, context, next) => {
      loaded.add(/.*node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(url)?.[1])
      return next(url, context)
    },
  })
  await import('./src/app/index.ts')
  const { indexed, openDatabase, storeOf, storeSchema, trusted } = await import('./src/storage/index.ts')
  const database = await openDatabase({})
  const store = storeOf(database.connection, storeSchema({ _id: String, n: Number, due: indexed }), 'things')
  await database.prepare()
  await store.updateOne({ _id: 'a' }, { $set: { n: 1, due: '-|1' } }, { upsert: true })
  await store.findOneAndUpdate({ _id: 'a', n: trusted({ $lt: 2 }) }, { $inc: { n: 1 } }, { returnDocument: 'after' })
  await store.find({ due: trusted({ $gte: '-|', $lte: '-|2' }) }, { sort: { due: 1 } })
  await database.close()
  console.log(JSON.stringify([...loaded]))`

describe('what a process on the embedded database loads @embedded', () => {
  it('leaves alone what most never need: MongoDB’s driver, the query engine, phone numbers, letters that came back', () => {
    const said = execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
      cwd: root,
      encoding: 'utf8',
    })
    const loaded = JSON.parse(said) as string[]
    assert.ok(loaded.includes('koa'))
    assert.deepEqual(
      ['mongoose', 'mongodb', 'bson', 'mingo', 'libphonenumber-js', 'postal-mime'].filter((each) =>
        loaded.includes(each),
      ),
      [],
    )
  })
})
