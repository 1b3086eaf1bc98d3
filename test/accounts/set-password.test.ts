import assert from 'node:assert/strict'
import { asPerson } from '../../src/accounts/index.ts'
import { clientSecret } from '../../src/config/settings.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { handedOver, type Visit } from '../world/browser.ts'
import { fieldsOf, readable } from '../world/pages.ts'
import { asTyped, aTraveller, type Traveller } from '../world/traveller.ts'

const fresh = 'four umbrellas in a quiet field'
const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
const offline = { scope: 'openid offline_access' }
const services = ['games-arcade', 'mobile-cloud', 'mobile-store']

describe('a new password', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp({ offline: true })
  })
  after(() => app.close())

  const tokensFor = async (client: string, form: Record<string, string>) => {
    const answer = await fetch(`${app.issuer}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${client}:${clientSecret(app.config, client)}`)}` },
      body: new URLSearchParams(form),
    })
    return (await answer.json()) as { refresh_token?: string; access_token?: string; error?: string }
  }
  const redeem = (client: string, back: Visit) =>
    tokensFor(client, {
      grant_type: 'authorization_code',
      code: handedOver(back).get('code') ?? '',
      redirect_uri: app.config.group.clients.get(client)?.client.redirectUris[0] ?? '',
      code_verifier: verifier,
    })
  const isRefreshed = async (client: string, token: string | undefined): Promise<boolean> =>
    (await tokensFor(client, { grant_type: 'refresh_token', refresh_token: token ?? '' })).error === undefined
  const isLooked = async (token: string | undefined): Promise<boolean> =>
    (await fetch(`${app.issuer}/me`, { headers: { authorization: `Bearer ${token}` } })).ok

  const toldOf = async (since: number) => {
    await app.settled()
    return app.told
      .slice(since)
      .filter(({ kind }) => kind === 'backchannel-logout')
      .map(({ service }) => service)
      .sort()
  }

  /** Signed in at services of two companies in a browser; what one of them got stays good when the browser signs out. */
  const signedIn = async (who: { email: string; password: string }, at = services) => {
    const browser = aTraveller(app)
    const tokens: Record<string, Awaited<ReturnType<typeof redeem>>> = {}
    for (const [n, client] of at.entries()) {
      const more = client === 'mobile-store' ? offline : {}
      const page = await browser.go(client, more)
      const back = n === 0 ? await browser.act(page, '', asTyped(who)) : page
      tokens[client] = await redeem(client, back)
      assert.ok(tokens[client].access_token, `${client} ${tokens[client].error}`)
    }
    return { browser, tokens }
  }

  const change = async (browser: Traveller): Promise<void> => {
    const action = '/account/security/password'
    const page = await browser.visit(app.issuer + action)
    const done = await browser.submit(app.issuer + action, { ...fieldsOf(page, action), password: fresh })
    assert.match(done.next ?? '', /done=password/)
  }

  const recover = async (browser: Traveller, email: string, client = 'games-arcade'): Promise<Visit> => {
    const form = await browser.open(await browser.go(client, { prompt: 'login' }), '/recover')
    const page = await browser.act(form, '/recover', { email })
    const proven = await browser.act(page, '/recover/code', { code: await app.code(email) })
    return browser.act(proven, '/recover/password', { password: fresh })
  }

  const isAsked = async (browser: Traveller, client = 'games-arcade'): Promise<boolean> =>
    /Forgot password\?/.test(readable(await browser.go(client)))

  it('R2: changed, tells every service, ends what was given out, and this browser’s come back without a form', async () => {
    const person = await app.aPerson({ links: ['mobile', 'games'] })
    const [here, there, left] = [
      await signedIn(person),
      await signedIn(person),
      await signedIn(person, ['mobile-store']),
    ]
    const signOut = fieldsOf(await left.browser.visit(`${app.issuer}/account/security`), '/account/sign-out')
    await left.browser.submit(`${app.issuer}/account/sign-out`, signOut)
    await app.settled()
    const since = app.told.length
    await change(here.browser)
    assert.deepEqual(await toldOf(since), [...services, ...services].sort())
    for (const { tokens } of [here, there, left])
      for (const [client, { access_token, refresh_token }] of Object.entries(tokens)) {
        assert.equal(await isLooked(access_token), false, client)
        assert.equal(await isRefreshed(client, refresh_token), false, client)
      }
    const sessions = await app.features.oidc.sessionsOf({ kind: 'person', person: person.id })
    assert.equal(sessions.length, 1)
    assert.deepEqual(await app.features.oidc.offlineSessionsOf({ kind: 'person', person: person.id }), [])
    assert.equal(await isAsked(there.browser), true)
    for (const client of services) {
      const back = await here.browser.go(client, { prompt: 'none' })
      assert.equal(here.browser.told(back), 'code', client)
      assert.equal(await isLooked((await redeem(client, back)).access_token), true, client)
    }
  })

  it('R2: recovered, tells every service alike, of the browser that it was recovered in as well', async () => {
    const person = await app.aPerson({ links: ['mobile', 'games'] })
    const [here, there] = [await signedIn(person), await signedIn(person)]
    await app.settled()
    const since = app.told.length
    assert.equal(here.browser.told(await recover(here.browser, person.email)), 'code')
    assert.deepEqual(await toldOf(since), [...services, ...services].sort())
    for (const { tokens } of [here, there])
      for (const { access_token } of Object.values(tokens)) assert.equal(await isLooked(access_token), false)
    assert.equal(await isAsked(there.browser), true)
    assert.equal(here.browser.told(await here.browser.go('mobile-store')), 'code')
  })

  it('R2: of an account’s own sign-in, changed or recovered, does the same at its company', async () => {
    for (const how of ['changed', 'recovered']) {
      const own = await app.aSeparateAccount('games')
      const account = await app.account(own.account)
      await app.features.accounts.change(account._id, () => ({ set: { offeredLinkAt: 1 } }))
      const [here, there] = [await signedIn(own, ['games-arcade']), await signedIn(own, ['games-arcade'])]
      await app.settled()
      const since = app.told.length
      if (how === 'changed') await change(here.browser)
      else await recover(here.browser, own.email)
      assert.deepEqual(await toldOf(since), ['games-arcade', 'games-arcade'], how)
      assert.equal(await isLooked(here.tokens['games-arcade']?.access_token), false, how)
      assert.equal(await isAsked(there.browser), true, how)
      assert.equal(here.browser.told(await here.browser.go('games-arcade')), 'code', how)
    }
  })

  it('R2, Q7: whose process died after the commit tells every service all the same', async () => {
    const person = await app.aPerson({ links: ['mobile', 'games'] })
    const { tokens } = await signedIn(person)
    await app.settled()
    const since = app.told.length
    await app.features.credentials.setPassword(asPerson(person.id), { password: fresh, how: 'changed' })
    assert.deepEqual(await toldOf(since), services)
    assert.equal(await isLooked(tokens['mobile-store']?.access_token), false)
    const left = { principal: `person:${person.id}` as never }
    assert.equal(await app.database.connection.collection('sessions').countDocuments(left), 0)
  })

  it('R2: another address, proven in this browser, tells its services too, and they come back without a form', async () => {
    const person = await app.aPerson({ links: ['mobile', 'games'] })
    const here = await signedIn(person)
    const email = `moved-${person.email}`
    const page = await here.browser.visit(`${app.issuer}/account/details`)
    await here.browser.submit(`${app.issuer}/account/details`, { ...fieldsOf(page, '/account/details'), email })
    const action = '/account/details/address'
    const asked = await here.browser.visit(app.issuer + action)
    await app.settled()
    const since = app.told.length
    await here.browser.submit(app.issuer + action, { ...fieldsOf(asked, action), code: await app.code(email) })
    assert.deepEqual(await toldOf(since), services)
    assert.equal(here.browser.told(await here.browser.go('mobile-store', { prompt: 'none' })), 'code')
  })
})
