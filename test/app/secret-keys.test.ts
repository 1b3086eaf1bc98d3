import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { asPerson } from '../../src/accounts/index.ts'
import { type AdjustableClock, adjustableClock, minute } from '../../src/lib/clock.ts'
import { createLog } from '../../src/lib/log.ts'
import type { Staff } from '../../src/staff/index.ts'
import type { Database } from '../../src/storage/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { openTestDatabase } from '../world/database.ts'
import { aDesk, staffPassword, totpNow } from '../world/desk.ts'

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
    await assert.rejects(started(foreign), /sealed under a key that is not among the secret keys: put it back/)
    assert.deepEqual(await database.connection.collection('meta').find({}).toArray(), before)
  })
})

describe('what lies sealed for long, while a secret key is rotated', () => {
  const [old, fresh, newest] = [randomBytes(32), randomBytes(32), randomBytes(32)]
  let database: Database
  let clock: AdjustableClock
  before(async () => {
    clock = adjustableClock()
    database = await openTestDatabase()
  })
  after(async () => {
    clock.reset()
    await database.close()
  })

  const lines: string[] = []
  const log = createLog('info', { write: (line: string) => void lines.push(line) })
  const started = (...secretKeys: Uint8Array[]) => aTestApp({ database, config: { secretKeys }, log })
  const rows = (name: string) => database.connection.collection(name).find({}).toArray()
  /** Of everything that is sealed for longer than it waits, which keys seal it. */
  const sealers = async () =>
    new Set(
      [...(await rows('staff')), ...(await rows('auditKeys')), ...(await rows('statisticsKeys'))]
        .map(({ totp, sealed }) => String(totp ?? sealed))
        .map((sealed) => sealed.slice(0, sealed.indexOf('.'))),
    )
  const signsIn = async (app: TestApp, agent: string) => {
    const desk = aDesk(app)
    const begun = await desk.signIn.password(agent, staffPassword)
    assert.ok(begun)
    return desk.signIn.code(begun, totpNow())
  }
  let agent: Staff
  let person: Awaited<ReturnType<TestApp['aPerson']>>
  let address: string
  let inCase: string
  const asked = async (app: TestApp) =>
    (await app.features.rightsRequests.ask.page(asPerson(person.id), [])).parts[0]?.said[0]?.text
  const reasons = async (app: TestApp) => {
    const entries = await app.features.support.audit.search('games', { kind: 'case', value: inCase }, 100)
    return entries.flatMap(({ reason }) => reason ?? [])
  }

  it('is there: an agent’s authenticator, what the audit and a request say, the month’s key, an address to unsubscribe', async () => {
    const app = await started(old)
    person = await app.aPerson({ links: ['games'] })
    agent = await aDesk(app).aMember('games', 'support', 'privacy')
    inCase = await aDesk(app).aCase(agent, person.email)
    const who = await app.features.readPrincipal(asPerson(person.id))
    assert.ok(who)
    const held = [await app.account(person.accounts.games ?? '')]
    await app.features.rightsRequests.ask.ask(who, held, {
      kind: 'access',
      about: 'What you hold',
      companies: ['games'],
      once: 'once',
    })
    const companies = [{ company: 'games', was: [], now: ['email' as const] }]
    await app.features.choose.save(asPerson(person.id), { companies, groupNews: { was: false, now: false } })
    const [account] = held
    const games = app.config.group.companies.get('games')
    assert.ok(account && games)
    const asking = { subject: account.subject, purpose: 'marketing', channel: 'email' } as const
    const { unsubscribe = '' } = await app.features.audience.evaluate(games, 'x', asking)
    address = new URL(unsubscribe).pathname
    await app.features.analytics.used({
      principal: asPerson(person.id),
      account: account._id,
      company: 'games',
      how: 'password',
      asksNotToBeTracked: false,
    })
    await app.features.sealAnew()
    assert.deepEqual([(await rows('statisticsCounted')).length, (await sealers()).size], [1, 1])
    assert.deepEqual([await asked(app), (await reasons(app)).length > 0], ['What you hold', true])
    await app.close()
  })

  it('rotated: the older key taken away before all is sealed anew refuses the start, and writes nothing', async () => {
    const both = await started(fresh, old)
    assert.equal(await asked(both), 'What you hold')
    await both.close()
    const before = await rows('meta')
    await assert.rejects(started(fresh), /among the secret keys: put it back into SECRET_KEYS, after the first/)
    assert.deepEqual(await rows('meta'), before)
  })

  it('rotated: a start with both seals it all anew and says so; the newer one alone opens everything from then on', async () => {
    const [before] = await sealers()
    const both = await started(fresh, old)
    await both.features.sealAnew()
    assert.ok(lines.some((line) => /all that is kept is sealed under the first secret key/.test(line)))
    assert.deepEqual([(await sealers()).size, (await sealers()).has(before ?? '')], [1, false])
    await both.close()
    const app = await started(fresh)
    assert.ok(await signsIn(app, agent._id))
    assert.deepEqual([await asked(app), (await reasons(app)).length > 0], ['What you hold', true])
    const ended = await fetch(app.issuer + address, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'List-Unsubscribe=One-Click',
    })
    assert.equal(ended.status, 200)
    await app.features.analytics.leaveOut(asPerson(person.id))
    assert.deepEqual(await rows('statisticsCounted'), [], 'the month’s key opens')
    const count = lines.length
    await app.features.sealAnew()
    assert.equal(lines.length, count, 'done once, it is done')
    await app.close()
  })

  it('rotated: a letter that waits is sealed until it is sent; without its key it holds up no other, and goes when it is back', async () => {
    const send = (app: TestApp, to: string) =>
      app.features.mailer.send({ kind: 'staff-code', to, language: 'en', values: { code: '123456' } })
    const sent = async (app: TestApp, to: string) => ((await app.features.mailer.mailbox?.list(to)) ?? []).length
    const before = await started(fresh)
    await send(before, 'one@games.example')
    await before.close()
    const both = await started(newest, fresh)
    await both.features.sealAnew()
    await both.close()
    const alone = await started(newest)
    await send(alone, 'two@games.example')
    await alone.features.mailer.idle()
    assert.deepEqual([await sent(alone, 'two@games.example'), await sent(alone, 'one@games.example')], [1, 0])
    await alone.close()
    clock.advance(minute)
    const back = await started(newest, fresh)
    await back.features.mailer.idle()
    assert.equal(await sent(back, 'one@games.example'), 1)
    await back.close()
  })
})
