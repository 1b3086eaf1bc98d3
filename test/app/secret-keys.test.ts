import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { Database } from '../../src/storage/index.ts'
import { aTestApp } from '../world/app.ts'
import { openTestDatabase } from '../world/database.ts'

describe('the secret keys of the product, on one database', () => {
  const [old, fresh, foreign] = [randomBytes(32), randomBytes(32), randomBytes(32)]
  let database: Database
  before(async () => {
    database = await openTestDatabase()
  })
  after(() => database.close())

  const started = (...secretKeys: Uint8Array[]) => aTestApp({ database, config: { secretKeys } })
  const keysOf = async (issuer: string) => {
    const { keys } = (await (await fetch(`${issuer}/jwks`)).json()) as { keys: { kid: string }[] }
    return keys.map(({ kid }) => kid).sort()
  }
  const waiting: { email: string; password: string }[] = []
  let kids: string[] = []

  it('are there: people sign in, letters wait, and there are keys that sign', async () => {
    const app = await started(old)
    waiting.push(await app.aPerson({ links: ['games'] }), await app.aSeparateAccount('mobile'))
    kids = await keysOf(app.issuer)
    await app.close()
  })

  it('rotated, the new one first and the old one beside it: everything goes on, and is sealed anew', async () => {
    const app = await started(fresh, old)
    const { authentication } = app.features
    assert.ok(await authentication.authenticate(waiting[0]!.email, waiting[0]!.password, null))
    assert.ok(await authentication.authenticate(waiting[1]!.email, waiting[1]!.password, 'mobile'))
    assert.deepEqual(await keysOf(app.issuer), kids, 'no token is lost')
    await app.close()
  })

  it('rotated, and the old one taken away after a start with both: people and tokens need it no more', async () => {
    const app = await started(fresh)
    const { authentication } = app.features
    assert.ok(await authentication.authenticate(waiting[0]!.email, waiting[0]!.password, null))
    assert.ok(await authentication.authenticate(waiting[1]!.email, waiting[1]!.password, 'mobile'))
    assert.deepEqual(await keysOf(app.issuer), kids)
    await app.close()
  })

  it('lost, it does not start, says why, and writes nothing', async () => {
    const before = await database.connection.collection('meta').find({}).toArray()
    await assert.rejects(started(foreign), /sealed under a key that is not among the secret keys/)
    assert.deepEqual(await database.connection.collection('meta').find({}).toArray(), before)
  })
})
