import assert from 'node:assert/strict'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import * as client from 'openid-client'
import { type AdjustableClock, adjustableClock, minute } from '../../src/lib/clock.ts'
import { createTestBrowser, handedOver } from '../world/browser.ts'
import { asPerson, aTestOidc, signedIn, type TestOidc } from '../world/oidc.ts'
import { aRelyingParty } from '../world/relying-party.ts'

describe('signing out', () => {
  let clock: AdjustableClock
  let product: TestOidc
  before(async () => {
    clock = adjustableClock()
    product = await aTestOidc()
  })
  after(async () => {
    await product.close()
    clock.reset()
  })
  beforeEach(() => {
    product.logouts.length = 0
    product.faults.clear()
  })

  const signedInAtTwo = async () => {
    const person = await product.aPerson()
    const account = await product.link(person, 'mobile')
    await product.link(person, 'games')
    const browser = createTestBrowser()
    const [mobile, games] = [await aRelyingParty(product, 'mobile-store'), await aRelyingParty(product, 'games-arcade')]
    const { visit, asked } = await mobile.travel(browser, () => signedIn(asPerson(person)))
    const tokens = await mobile.redeem(visit, asked)
    await games.travel(browser, () => undefined)
    return { person, account, browser, mobile, games, tokens }
  }
  const home = (id: string) => product.config.group.clients.get(id)!.client.postLogoutRedirectUris[0]!
  const told = () => product.logouts.map(({ service }) => service).sort()

  it('at one service, with its ID token, signs out of all of them and comes back', async () => {
    const { person, browser, mobile, tokens } = await signedInAtTwo()
    const url = client.buildEndSessionUrl(mobile.config, {
      id_token_hint: tokens.id_token!,
      post_logout_redirect_uri: home('mobile-store'),
      state: 'abc',
    })
    const visit = await browser.visit(url.href)
    assert.equal(visit.next, `${home('mobile-store')}?state=abc`)
    await product.oidc.tick()
    assert.deepEqual(told(), ['games-arcade', 'mobile-store'])
    assert.deepEqual(await product.oidc.sessionsOf(asPerson(person)), [])
  })

  it('A 10.6.2: without proof of which session is meant, asks first; *Sign out* is a form of ours', async () => {
    const { person, browser } = await signedInAtTwo()
    const url = `${product.issuer}/session/end?client_id=mobile-store&post_logout_redirect_uri=${encodeURIComponent(home('mobile-store'))}`
    const page = await browser.visit(url)
    assert.match(page.text, /<button[^>]*>Sign out<\/button>/)
    assert.equal((await product.oidc.sessionsOf(asPerson(person))).length, 1)
    assert.equal(
      (await browser.submit(`${product.issuer}/session/end/confirm`, { logout: 'yes', xsrf: 'made-up' })).status,
      400,
    )
    assert.equal((await product.oidc.sessionsOf(asPerson(person))).length, 1)
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(page.text)![1]!
    const done = await browser.submit(`${product.issuer}/session/end/confirm`, { logout: 'yes', xsrf })
    // A page that leads on: a redirect after a form would be held back by its `form-action` (P9).
    assert.equal(done.status, 200)
    assert.equal(done.next, home('mobile-store'))
    assert.deepEqual(await product.oidc.sessionsOf(asPerson(person)), [])
    await product.oidc.tick()
    assert.deepEqual(told(), ['games-arcade', 'mobile-store'])
  })

  it('another person’s ID token is no proof: the page asks', async () => {
    const [{ tokens, mobile }, second] = [await signedInAtTwo(), await signedInAtTwo()]
    const url = client.buildEndSessionUrl(mobile.config, { id_token_hint: tokens.id_token! })
    assert.match((await second.browser.visit(url.href)).text, /<button[^>]*>Sign out<\/button>/)
    assert.equal((await product.oidc.sessionsOf(asPerson(second.person))).length, 1)
  })

  it('leaves one service alone when asked to, and tells that one only', async () => {
    const { person, browser } = await signedInAtTwo()
    const page = await browser.visit(`${product.issuer}/session/end?client_id=games-arcade`)
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(page.text)![1]!
    await browser.submit(`${product.issuer}/session/end/confirm`, { xsrf })
    await product.oidc.tick()
    assert.deepEqual(told(), ['games-arcade'])
    const [session] = await product.oidc.sessionsOf(asPerson(person))
    assert.deepEqual(
      session!.services.map(({ clientId }) => clientId),
      ['mobile-store'],
    )
  })

  it('O15: an error at sign-out speaks of a sign-out, whoever is signed in; the way on is named', async () => {
    const { browser } = await signedInAtTwo()
    const wrong = `${product.issuer}/session/end?client_id=mobile-store&post_logout_redirect_uri=https://evil.example/`
    const confirm = await browser.submit(`${product.issuer}/session/end/confirm`, { logout: 'yes', xsrf: 'made-up' })
    for (const page of [await browser.visit(wrong), await createTestBrowser().visit(wrong), confirm]) {
      assert.equal(page.status, 400)
      assert.match(page.text, /<h1>This sign-out could not be completed<\/h1>/)
      assert.doesNotMatch(page.text, /sign-in could not be completed|sign people in/)
      assert.match(page.text, /<a class="button[^"]*"[^>]* href="\/session\/end">Sign out here<\/a>/)
    }
    const other = await browser.visit(`${product.issuer}/auth?client_id=nobody`)
    assert.match(other.text, /<h1>This sign-in could not be completed<\/h1>/)
  })

  it('O15: where no service is named, none is offered to be left alone; where one was left, it says so', async () => {
    const { person, browser } = await signedInAtTwo()
    const page = await browser.visit(`${product.issuer}/session/end`)
    assert.doesNotMatch(page.text, /Only leave/)
    assert.match(page.text, /<a[^>]*href="\/account"[^>]*>Stay signed in<\/a>/)
    const named = await browser.visit(`${product.issuer}/session/end?client_id=games-arcade`)
    assert.match(named.text, /<button[^>]*>Only leave games-arcade<\/button>/)
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(named.text)![1]!
    const done = await browser.submit(`${product.issuer}/session/end/confirm`, { xsrf })
    const left = done.next ? await browser.visit(done.next) : done
    assert.match(left.text, /<h1>You are signed out of games-arcade<\/h1>/)
    assert.doesNotMatch(left.text, /You are signed out here/)
    assert.equal((await product.oidc.sessionsOf(asPerson(person))).length, 1)
  })

  it('H56: that somebody is signed out is told to whom a sign-out led there, and to nobody by a link', async () => {
    const success = `${product.issuer}/session/end/success`
    const { person, browser, mobile, tokens } = await signedInAtTwo()
    for (const address of [success, `${success}?client_id=games-arcade`])
      for (const each of [browser, createTestBrowser()]) {
        const page = await each.visit(address)
        assert.deepEqual([page.status, page.next], [303, `${product.issuer}/account`], address)
      }
    const named = await browser.visit(`${product.issuer}/session/end?client_id=games-arcade`)
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(named.text)![1]!
    await browser.submit(`${product.issuer}/session/end/confirm`, { xsrf })
    assert.match((await browser.visit(`${success}?client_id=games-arcade`)).text, /You are signed out of games-arcade/)
    assert.equal((await browser.visit(success)).status, 303, 'still signed in')
    const out = await browser.visit(client.buildEndSessionUrl(mobile.config, { id_token_hint: tokens.id_token! }).href)
    assert.equal(out.next, success)
    for (const address of [success, `${success}?lang=sv`]) assert.equal((await browser.visit(address)).status, 200)
    assert.deepEqual(await product.oidc.sessionsOf(asPerson(person)), [])
    assert.equal((await createTestBrowser().visit(success)).status, 303)
  })

  it('H62: nor to whoever has signed in since, nor of a service to which they have gone back', async () => {
    const success = `${product.issuer}/session/end/success`
    const { person, browser, mobile, games, tokens } = await signedInAtTwo()
    const named = await browser.visit(`${product.issuer}/session/end?client_id=games-arcade`)
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(named.text)![1]!
    await browser.submit(`${product.issuer}/session/end/confirm`, { xsrf })
    const left = `${success}?client_id=games-arcade`
    assert.equal((await browser.visit(left)).status, 200)
    await games.travel(browser, () => signedIn(asPerson(person)))
    assert.equal((await browser.visit(left)).next, `${product.issuer}/account`)
    await browser.visit(client.buildEndSessionUrl(mobile.config, { id_token_hint: tokens.id_token! }).href)
    assert.equal((await browser.visit(success)).status, 200)
    assert.equal((await browser.visit(left)).status, 303, 'signed out everywhere by now')
    await mobile.travel(browser, () => signedIn(asPerson(person)))
    assert.equal((await browser.visit(success)).next, `${product.issuer}/account`)
  })

  it('P9: with nobody signed in, answers with a page or goes straight back; to registered addresses alone', async () => {
    const browser = createTestBrowser()
    const page = await browser.visit(`${product.issuer}/session/end`)
    assert.equal(page.status, 200)
    assert.doesNotMatch(page.text, /<script>/)
    // H56: nobody was signed out by it, and no service is told.
    assert.match(page.text, /Nobody is signed in here/)
    assert.doesNotMatch(page.text, /being told/)
    const uri = encodeURIComponent(home('mobile-store'))
    const back = await browser.visit(
      `${product.issuer}/session/end?client_id=mobile-store&post_logout_redirect_uri=${uri}&state=s`,
    )
    assert.equal(back.next, `${home('mobile-store')}?state=s`)
    for (const wrong of ['https://evil.example/', `${home('mobile-store')}x`, `${home('games-arcade')}`]) {
      const refused = await browser.visit(
        `${product.issuer}/session/end?client_id=mobile-store&post_logout_redirect_uri=${encodeURIComponent(wrong)}`,
      )
      assert.deepEqual([refused.status, refused.next], [400, undefined])
    }
  })

  it('O12: a hint is held to the same whether or not somebody is signed in; a wrong one leads nowhere', async () => {
    const { mobile, tokens } = await signedInAtTwo()
    const nobody = createTestBrowser()
    const asked = (query: Record<string, string>) =>
      nobody.visit(
        `${product.issuer}/session/end?${new URLSearchParams({ post_logout_redirect_uri: home(mobile.id), state: 's', ...query })}`,
      )
    const hint = tokens.id_token!
    assert.equal((await asked({ id_token_hint: hint })).next, `${home(mobile.id)}?state=s`)
    const [header, payload, signature] = hint.split('.') as [string, string, string]
    const other = Buffer.from(JSON.stringify({ ...JSON.parse(Buffer.from(payload, 'base64url').toString()), sub: 'x' }))
    const wrongs: Record<string, string>[] = [
      { id_token_hint: `${header}.${other.toString('base64url')}.${signature}` },
      { id_token_hint: `${header}.${payload}.` },
      { id_token_hint: 'no token' },
      { id_token_hint: hint, client_id: 'games-arcade', post_logout_redirect_uri: home('games-arcade') },
      { id_token_hint: hint, client_id: 'nobody-knows' },
    ]
    for (const wrong of wrongs) {
      const refused = await asked(wrong)
      assert.deepEqual([refused.status, refused.next], [400, undefined], JSON.stringify(wrong))
    }
    const forgedAlone = await nobody.visit(`${product.issuer}/session/end?id_token_hint=${header}.${payload}.`)
    assert.equal(forgedAlone.status, 400)
  })

  it('OIDC RP-Initiated Logout §2: the endpoint takes POST as well', async () => {
    const { browser, mobile, tokens } = await signedInAtTwo()
    const posted = await browser.submit(`${product.issuer}/session/end`, {
      id_token_hint: tokens.id_token!,
      client_id: mobile.id,
      post_logout_redirect_uri: home('mobile-store'),
    })
    assert.equal(posted.status, 303)
    assert.equal((await browser.visit(posted.next!)).next, home('mobile-store'))
  })

  it('tells each service with a token of its own: signed, typed, short-lived, naming the session (T22)', async () => {
    const { account, browser, tokens } = await signedInAtTwo()
    await browser.submit(`${product.issuer}/account/sign-out`, {})
    await product.oidc.tick()
    const { token } = product.logouts.find(({ service }) => service === 'mobile-store')!
    const keys = createRemoteJWKSet(new URL(`${product.issuer}/jwks`))
    const { payload, protectedHeader } = await jwtVerify(token, keys, {
      issuer: product.issuer,
      audience: 'mobile-store',
      typ: 'logout+jwt',
      algorithms: ['ES256'],
    })
    assert.equal(payload.sub, account.subject)
    assert.equal(payload.sid, tokens.claims()!.sid)
    assert.equal(payload.nonce, undefined)
    assert.ok(payload.jti && protectedHeader.kid)
    assert.equal(payload.exp! - payload.iat!, 120)
    assert.deepEqual(payload.events, { 'http://schemas.openid.net/event/backchannel-logout': {} })
  })

  it('P13: a service that is down is told later, with a new token, and holds up no other', async () => {
    const { browser } = await signedInAtTwo()
    product.faults.set('games-arcade', 500)
    await browser.submit(`${product.issuer}/account/sign-out`, {})
    await product.oidc.tick()
    assert.deepEqual(told(), ['mobile-store'])
    assert.deepEqual(await product.oidc.pending(), [])
    product.faults.clear()
    const rows = product.connection.collection<{ outcome: string; attempts: number }>('logouts')
    clock.advance(minute)
    assert.deepEqual(await product.oidc.pending(), ['1 sign-outs to be told'])
    await product.oidc.tick()
    assert.deepEqual(told(), ['games-arcade', 'mobile-store'])
    const row = await rows.findOne({ client: 'games-arcade' }, { sort: { at: -1 } })
    assert.deepEqual([row!.outcome, row!.attempts], ['acknowledged', 2])
  })

  it('P13: sessions that ran out are told like all others, then deleted', async () => {
    const { person } = await signedInAtTwo()
    const sessions = product.connection.collection('sessions')
    await sessions.updateMany({ principal: `person:${person._id}` }, { $set: { exp: 1, purgeAt: '0000000001000' } })
    await product.oidc.tick()
    assert.deepEqual(told(), ['games-arcade', 'mobile-store'])
    assert.equal(await sessions.countDocuments({ principal: `person:${person._id}` }), 0)
  })

  it('gives `state` back unharmed, and nothing else of the request', async () => {
    const { browser, mobile, tokens } = await signedInAtTwo()
    const state = '"><script>alert(1)</script>&x=1'
    const url = client.buildEndSessionUrl(mobile.config, {
      id_token_hint: tokens.id_token!,
      post_logout_redirect_uri: home('mobile-store'),
      state,
    })
    assert.equal(handedOver(await browser.visit(url.href)).get('state'), state)
  })
})
