import assert from 'node:assert/strict'
import { clientSecret } from '../../src/config/settings.ts'
import { type AskingBrowser, askedFrom, askingNow } from '../../src/lib/browser-binding.ts'
import { adjustableClock, hour } from '../../src/lib/clock.ts'
import { detailsOf } from '../../src/people/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { handedOver, type Visit } from '../world/browser.ts'
import { aDesk, staffPassword } from '../world/desk.ts'
import { fieldsOf, readable } from '../world/pages.ts'
import { aRegistration, asTyped, aTraveller, type Traveller } from '../world/traveller.ts'
import { aVisitor } from '../world/visitor.ts'

const [home, work, school] = ['198.51.100.1', '198.51.100.2', '198.51.100.3']
/** Of the challenge that every request here brings. */
const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'

describe('with every place for passwords taken by strangers (O16)', () => {
  let app: TestApp
  let ada: Awaited<ReturnType<TestApp['aPerson']>>
  let traveller: Traveller
  /** Held while strangers' passwords are on the one place; who had a turn since, in their order. */
  let gate: Promise<void>
  let open: () => void
  let turns: string[]
  let flood: Promise<unknown>[]

  before(async () => {
    gate = Promise.resolve()
    turns = []
    const before = () => {
      turns.push(askingNow()?.isSignedIn() ? 'signed in' : 'stranger')
      return gate
    }
    app = await aTestApp({
      config: { trustedProxies: ['127.0.0.0/8', '::1/128'] },
      hashing: { concurrency: 1, queue: 8, before },
    })
    ada = await app.aPerson({ links: ['games', 'mobile'] })
    traveller = aTraveller(app, home)
    await traveller.act(await traveller.go('games-arcade'), '', asTyped(ada))
  })
  after(() => app.close())

  const stranger = (network: string): AskingBrowser => ({
    key: () => network,
    holds: () => false,
    network: () => network,
    isSignedIn: () => false,
    signedIn: () => {},
    signedInAs: () => undefined,
  })

  /** One is worked at, and six wait: all that strangers may take of eight. */
  const takeAll = () => {
    ;({ promise: gate, resolve: open } = Promise.withResolvers<void>())
    turns.length = 0
    flood = Array.from({ length: 7 }, (_, n) =>
      askedFrom(stranger(`203.0.113.${n}`), () => app.features.passwords.verify(undefined, 'guess')),
    )
    assert.equal(app.features.passwords.depth(), 7)
  }
  beforeEach(takeAll)
  const let7Through = async () => {
    open()
    await Promise.all(flood)
  }
  afterEach(let7Through)

  /** In line with the seven, or answered already: then nobody waits, and the order of the turns says so. */
  const untilWaiting = async (answer: Promise<unknown>) => {
    let isAnswered = false
    void answer.finally(() => {
      isAnswered = true
    })
    while (app.features.passwords.depth() < 8 && !isAnswered) await new Promise((resolve) => setImmediate(resolve))
  }
  /** For strangers: refused at once, with when to come back and why, and nothing more is waited for. */
  const isRefused = (answer: Visit) => {
    assert.deepEqual([answer.status, answer.headers.get('retry-after')], [503, '2'], readable(answer))
    assert.match(readable(answer), /A lot of people are signing in right now\. Please try again in a few seconds\./)
    assert.equal(app.features.passwords.depth(), 7)
  }

  it('O16: whoever is signed in goes on to another service, and its tokens are refreshed', async () => {
    const visit = await traveller.go('mobile-store')
    assert.equal(traveller.told(visit), 'code')
    const { redirectUris } = app.config.group.clients.get('mobile-store')!.client
    const token = async (body: Record<string, string>) => {
      const secret = clientSecret(app.config, 'mobile-store')!
      const answer = await fetch(`${app.issuer}/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${btoa(`mobile-store:${secret}`)}` },
        body: new URLSearchParams(body),
      })
      return (await answer.json()) as Record<string, string>
    }
    const code = handedOver(visit).get('code')!
    const grant = { grant_type: 'authorization_code', code, redirect_uri: redirectUris[0]!, code_verifier: verifier }
    const first = await token(grant)
    const again = await token({ grant_type: 'refresh_token', refresh_token: first.refresh_token! })
    assert.ok(again.access_token && again.access_token !== first.access_token)
    assert.deepEqual([turns, app.features.passwords.depth()], [['stranger'], 7])
  })

  it('O16: the account pages answer, and take a change that needs no password', async () => {
    for (const path of ['/account', '/account/details', '/account/services', '/account/security', '/account/sharing'])
      assert.equal((await traveller.visit(app.issuer + path)).status, 200, path)
    const details = await traveller.visit(`${app.issuer}/account/details`)
    const form = { ...fieldsOf(details, '/account/details'), givenName: 'Ada Maria' }
    assert.equal((await traveller.submit(`${app.issuer}/account/details`, form)).status, 303)
    assert.equal(detailsOf(await ada.now()).givenName, 'Ada Maria')
    assert.deepEqual([turns, app.features.passwords.depth()], [['stranger'], 7])
  })

  it('O16: their own password, asked anew by a service, comes before all that strangers wait for', async () => {
    const page = await traveller.go('games-arcade', { prompt: 'login' })
    const back = traveller.act(page, '', asTyped(ada))
    await untilWaiting(back)
    await let7Through()
    assert.equal(traveller.told(await back), 'code')
    assert.deepEqual(turns.slice(0, 3), ['stranger', 'signed in', 'stranger'])
  })

  it('O16: their own password, asked anew by the account pages, comes before all that strangers wait for', async () => {
    const clock = adjustableClock()
    try {
      clock.advance(hour)
      const path = '/account/security/password'
      const asked = await traveller.visit(app.issuer + path)
      const form = { ...fieldsOf(asked, path), proofPassword: ada.password }
      const proven = traveller.submit(app.issuer + path, form)
      await untilWaiting(proven)
      await let7Through()
      assert.ok((await proven).status < 400)
      assert.deepEqual(turns.slice(0, 3), ['stranger', 'signed in', 'stranger'])
    } finally {
      clock.reset()
    }
  })

  it('O16: a stranger’s sign-in is refused at once, and says when to come back', async () => {
    const somebody = aTraveller(app, work)
    isRefused(await somebody.send(await somebody.go('games-arcade'), '', asTyped(ada)))
  })

  it('O16: so is a registration, and nothing of it is kept', async () => {
    const somebody = aTraveller(app, school)
    const form = await somebody.open(await somebody.go('games-arcade'), '/create')
    const { email, ...rest } = aRegistration('late@mail.example', { password: 'herons over the canal at dusk' })
    isRefused(await somebody.send(form, '/create', { email, ...rest }))
    assert.equal(await app.code(email), '')
  })

  it('O16: so is the new password of a recovery, whose code stays good', async () => {
    await let7Through()
    const bo = await app.aPerson({ links: ['games'] })
    const somebody = aTraveller(app, work)
    const recover = await somebody.open(await somebody.go('games-arcade'), '/recover')
    const code = await somebody.act(recover, '/recover', { email: bo.email })
    const page = await somebody.act(code, '/recover/code', { code: await app.code(bo.email) })
    takeAll()
    const chosen = { password: 'seven copper lanterns humming' }
    isRefused(await somebody.send(page, '/recover/password', chosen))
    await let7Through()
    assert.equal(somebody.told(await somebody.act(page, '/recover/password', chosen)), 'code')
  })

  it('O16: so is staff’s sign-in, which is a stranger’s until it is through', async () => {
    await let7Through()
    const { _id: email } = await aDesk(app).aMember('games', 'support')
    takeAll()
    const desk = aVisitor(app.issuer, school)
    isRefused(await desk.send('/console/sign-in', { email, password: staffPassword }))
    await let7Through()
    assert.match((await desk.send('/console/sign-in', { email, password: staffPassword })).next ?? '', /sign-in\/code/)
  })
})
