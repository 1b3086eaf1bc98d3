import assert from 'node:assert/strict'
import { type AdjustableClock, adjustableClock, epochSeconds, minute, now, second } from '../../src/lib/clock.ts'
import { createMailStore } from '../../src/mail/mail-store.ts'
import { createArtifactsStore } from '../../src/oidc/artifacts-store.ts'
import { createLogoutStore } from '../../src/oidc/logout-store.ts'
import type { Database } from '../../src/storage/index.ts'
import { aTestApp } from '../world/app.ts'
import { openTestDatabase } from '../world/database.ts'

describe('a row that is there and must not count', () => {
  let database: Database
  let clock: AdjustableClock
  beforeEach(async () => {
    clock = adjustableClock()
    database = await openTestDatabase()
  })
  afterEach(async () => {
    clock.reset()
    await database.close()
  })

  it('W8: what has expired is read by nobody, though it was not deleted yet', async () => {
    const artifacts = createArtifactsStore(database.connection)
    await artifacts.put('Grant:a', { payload: '{}', exp: epochSeconds() + 10 })
    assert.deepEqual(await artifacts.get('Grant:a'), { payload: '{}' })
    clock.advance(11 * second)
    assert.equal(await artifacts.get('Grant:a'), undefined)
    assert.equal(await database.connection.collection('artifacts').countDocuments({}), 1)
  })

  it('W12: of two processes that find a letter, or a sign-out to be told, at once, one sends it', async () => {
    await database.prepare()
    const mails = createMailStore(database.connection)
    await mails.insert({ _id: 'letter', sealed: 'x' } as Parameters<typeof mails.insert>[0], 'lane')
    const [letter] = (await database.connection.collection('mails').find({}).toArray()) as unknown as Parameters<
      typeof mails.claim
    >[0][]
    const claimedMail = await Promise.all([1, 2].map((n) => mails.claim(letter!, now() + n * second)))
    assert.equal(claimedMail.filter(Boolean).length, 1)

    const logouts = createLogoutStore(database.connection)
    await logouts.enqueue({ client: 'games', sub: 's', sid: 'one' })
    const [logout] = (await database.connection.collection('logouts').find({}).toArray()) as unknown as Parameters<
      typeof logouts.claim
    >[0][]
    const claimedLogout = await Promise.all([1, 2].map((n) => logouts.claim(logout!, now() + n * second)))
    assert.equal(claimedLogout.filter(Boolean).length, 1)
  })

  it('H60: a sender whose claim ran out takes a letter, or a sign-out to be told, from nobody who claimed it since', async () => {
    await database.prepare()
    const mails = createMailStore(database.connection)
    const logouts = createLogoutStore(database.connection)
    await mails.insert({ _id: 'slow', sealed: 'x', once: false }, 'lane')
    await logouts.enqueue({ client: 'slow', sub: 's', sid: 'one' })
    const claims = {
      mail: async () => mails.claim((await mails.due('lane', 1))[0]!, now() + minute),
      logout: async () => logouts.claim((await logouts.due('slow', 1))[0]!, now() + minute),
    }
    const late = { mail: await claims.mail(), logout: await claims.logout() }
    clock.advance(2 * minute)
    const since = { mail: await claims.mail(), logout: await claims.logout() }
    assert.ok(late.mail && late.logout && since.mail && since.logout)
    await mails.postpone(late.mail, now())
    await mails.putBack(late.mail, now())
    await logouts.postpone(late.logout, now(), 0)
    assert.deepEqual([await mails.due('lane', 1), await logouts.due('slow', 1)], [[], []])
    await mails.putBack(since.mail, now())
    await logouts.postpone(since.logout, now(), 0)
    assert.deepEqual([await mails.countDue('lane'), await logouts.countDue('slow')], [1, 1])
  })
})

describe('an address that leads to somebody who does not list it (M1)', () => {
  it('W7: signs nobody in, and finds nobody to recover', async () => {
    const app = await aTestApp()
    const { id, email, password } = await app.aPerson()
    const { authentication } = app.features
    assert.ok(await authentication.authenticate(email, password, null))
    await app.database.connection
      .collection('identifiers')
      .insertOne({ _id: 'email:group:dangling@mail.example' as never, owner: id, rev: 1, provenAt: now() })
    assert.equal(await authentication.authenticate('dangling@mail.example', password, null), undefined)
    assert.deepEqual(await authentication.holdersOf('dangling@mail.example', null), [])
    await app.close()
  })
})
