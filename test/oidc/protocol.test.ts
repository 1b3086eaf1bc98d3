import assert from 'node:assert/strict'
import * as client from 'openid-client'
import { createTestBrowser, handedOver } from '../world/browser.ts'
import { asPerson, aTestOidc, signedIn, type TestOidc } from '../world/oidc.ts'
import { aRelyingParty } from '../world/relying-party.ts'

describe('the provider, seen from outside', () => {
  let product: TestOidc
  before(async () => {
    product = await aTestOidc()
  })
  after(() => product.close())

  const get = (path: string, init: RequestInit = {}) =>
    fetch(`${product.issuer}${path}`, { redirect: 'manual', ...init })
  const discovery = async () =>
    (await (await get('/.well-known/openid-configuration')).json()) as Record<string, unknown>

  it('says in its discovery document what works, and nothing else', async () => {
    const document = await discovery()
    assert.equal(document.issuer, product.issuer)
    assert.deepEqual(document.response_types_supported, ['code'])
    assert.deepEqual(document.subject_types_supported, ['pairwise'])
    assert.deepEqual(document.id_token_signing_alg_values_supported, ['ES256', 'RS256'])
    assert.deepEqual(document.code_challenge_methods_supported, ['S256'])
    assert.deepEqual(document.grant_types_supported, [
      'authorization_code',
      'refresh_token',
      'client_credentials',
      'urn:ietf:params:oauth:grant-type:device_code',
    ])
    assert.deepEqual(document.scopes_supported, ['openid', 'profile', 'email', 'address', 'phone', 'offline_access'])
    for (const absent of ['registration_endpoint', 'backchannel_authentication_endpoint', 'check_session_iframe'])
      assert.equal(document[absent], undefined)
    for (const [name, address] of Object.entries(document))
      if (/_endpoint$|_uri$/.test(name)) assert.ok(String(address).startsWith(`${product.issuer}/`), name)
  })

  it('Z2: no header changes an address in it', async () => {
    const plain = await (await get('/.well-known/openid-configuration')).text()
    for (const name of ['X-Forwarded-Host', 'X-Forwarded-Proto', 'X-Forwarded-Port', 'Forwarded', 'X-Original-Host']) {
      const forged = await get('/.well-known/openid-configuration', { headers: { [name]: 'evil.example' } })
      assert.equal(await forged.text(), plain, name)
    }
  })

  it('Z6: pages, errors and protocol answers carry the security headers', async () => {
    for (const path of ['/auth', '/session/end', '/device', '/token', '/auth/abcdefghijklmnopqrstu', '/jwks']) {
      const { headers } = await get(path)
      assert.match(headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/, path)
      assert.equal(headers.get('x-content-type-options'), 'nosniff', path)
    }
  })

  it('P16: answers at canonical paths only', async () => {
    for (const path of [
      '/AUTH',
      '/Auth',
      '/auth/',
      '/Session/End',
      '/session/end/',
      '/TOKEN',
      '/device/',
      '//auth',
      '/auth%2f',
      '/reg',
      '/ME',
    ])
      assert.ok([404, 421].includes((await get(path)).status), path)
  })

  it('§1: errors without a client or an address to go back to are a page in fixed words', async () => {
    const hostile = encodeURIComponent('"><script>alert(1)</script>')
    const cases: [string, string][] = [
      [`/auth?client_id=${hostile}&scope=${hostile}`, 'invalid_client'],
      [
        `/auth?client_id=mobile-store&redirect_uri=https://evil.example&response_type=code&state=${hostile}`,
        'invalid_redirect_uri',
      ],
      ['/auth', 'invalid_request'],
    ]
    for (const [path, code] of cases) {
      const answer = await get(path, { headers: { accept: 'text/html' } })
      const text = await answer.text()
      assert.equal(answer.headers.get('location'), null)
      assert.equal(answer.status, 400, path)
      assert.match(text, new RegExp(`data-code="${code}"`))
      // Addresses in links repeat the request, encoded, so that the language can be changed; nothing else does.
      assert.doesNotMatch(text.replaceAll(/href="[^"]*"/g, ''), /<script>|alert|evil\.example/)
    }
  })

  it('§1: PKCE is not optional for anybody, and only S256', async () => {
    const service = await aRelyingParty(product, 'mobile-store')
    const errorOf = async (more: Record<string, string>) => {
      const { url } = await service.request(more)
      for (const [name, value] of Object.entries(more)) if (value === '') url.searchParams.delete(name)
      const { next } = await createTestBrowser().visit(url.href)
      return new URLSearchParams(next?.split(/[?#]/)[1]).get('error')
    }
    assert.equal(await errorOf({ code_challenge: '', code_challenge_method: '' }), 'invalid_request')
    assert.equal(await errorOf({ code_challenge_method: 'plain' }), 'invalid_request')
    assert.equal(await errorOf({ response_type: 'token' }), 'unsupported_response_type')
    assert.equal(await errorOf({ response_type: 'code id_token' }), 'unsupported_response_type')
  })

  it('CVE-2023-48228: a code bought with a challenge is not redeemed without its verifier', async () => {
    const person = await product.aPerson()
    await product.link(person, 'mobile')
    const service = await aRelyingParty(product, 'mobile-store')
    const { visit } = await service.travel(createTestBrowser(), () => signedIn(asPerson(person)))
    const redeem = (verifier?: string) =>
      get('/token', {
        method: 'POST',
        headers: { authorization: `Basic ${btoa(`mobile-store:${service.secret}`)}` },
        body: new URLSearchParams({
          grant_type: 'authorization_code',
          code: handedOver(visit).get('code')!,
          redirect_uri: service.redirectUri,
          ...(verifier !== undefined && { code_verifier: verifier }),
        }),
      })
    for (const verifier of [undefined, '', 'x'.repeat(43)]) assert.equal((await redeem(verifier)).status, 400)
  })

  it('OIDC Core 3.1.2.1, P8: the authorization endpoint takes POST; long requests and cookies survive it', async () => {
    const person = await product.aPerson()
    await product.link(person, 'mobile')
    const service = await aRelyingParty(product, 'mobile-store')
    const browser = createTestBrowser()
    await service.travel(browser, () => signedIn(asPerson(person)))
    for (const padding of ['short', 'x'.repeat(6000)]) {
      const asked = await service.request({ ui_locales: 'en', login_hint: padding })
      const posted = await browser.submit(`${product.issuer}/auth`, Object.fromEntries(asked.url.searchParams))
      assert.equal(posted.status, 303)
      assert.ok(posted.next!.length < 4000)
      const tokens = await service.redeem(await browser.visit(posted.next!), asked)
      assert.ok(tokens.id_token)
    }
  })

  it('RFC 9207: every answer names its issuer, errors too', async () => {
    const service = await aRelyingParty(product, 'mobile-store')
    const { url } = await service.request({ prompt: 'none' })
    assert.equal(handedOver(await createTestBrowser().visit(url.href)).get('iss'), product.issuer)
  })

  it('P9: `form_post` is one button of ours, allowed to reach that service alone; nothing in it runs', async () => {
    const person = await product.aPerson()
    await product.link(person, 'mobile')
    const service = await aRelyingParty(product, 'mobile-store')
    const { visit } = await service.travel(createTestBrowser(), () => signedIn(asPerson(person)), {
      response_mode: 'form_post',
    })
    assert.equal(visit.status, 200)
    assert.match(visit.text, new RegExp(`<form[^>]*method="post"[^>]*action="${service.redirectUri}"`))
    assert.match(visit.text, /name="code" value="[\w-]+"/)
    assert.match(visit.text, /<button[^>]*>Continue<\/button>/)
    assert.doesNotMatch(visit.text, /<script>/)
    assert.ok(
      visit.headers
        .get('content-security-policy')!
        .includes(`form-action 'self' ${new URL(service.redirectUri).origin}`),
    )
  })

  it('P8: cookies are bound: HttpOnly, SameSite=Lax, signed, and those of one sign-in to its own path', async () => {
    const service = await aRelyingParty(product, 'mobile-store')
    const { url } = await service.request()
    const visit = await createTestBrowser().visit(url.href)
    const cookies = visit.headers.getSetCookie()
    const uid = new URL(visit.next!).pathname.split('/')[2]
    for (const [name, path] of [
      [`interaction-${product.port}`, `/sign-in/${uid}`],
      [`resume-${product.port}`, `/auth/${uid}`],
    ]) {
      const cookie = cookies.find((each) => each.startsWith(`${name}=`))!
      assert.match(cookie, /httponly/i)
      assert.match(cookie, /samesite=lax/i)
      assert.ok(cookie.includes(`path=${path};`), cookie)
      assert.ok(cookies.some((each) => each.startsWith(`${name}.sig=`)))
    }
  })

  it('C §2: demands for a way of signing in that is not there are refused, not asked about for ever', async () => {
    const service = await aRelyingParty(product, 'mobile-store')
    const acr = { essential: true, values: ['urn:example:gold'] }
    const { url } = await service.request({ claims: JSON.stringify({ id_token: { acr } }) })
    const answer = handedOver(await createTestBrowser().visit(url.href))
    assert.equal(answer.get('error'), 'unmet_authentication_requirements')
    assert.match(answer.get('error_description') ?? '', /acr_values_supported/, 'where what is there is listed (H48)')
  })

  it('A 7.5.1: `max_age` and `prompt=login` ask again, of the same person', async () => {
    const person = await product.aPerson()
    await product.link(person, 'mobile')
    const service = await aRelyingParty(product, 'mobile-store')
    const browser = createTestBrowser()
    const at = Math.floor(Date.now() / 1000) - 1000
    await service.travel(browser, () => signedIn(asPerson(person), { provenAt: at }))
    assert.deepEqual((await service.travel(browser, () => undefined, { max_age: '2000' })).pages, [])
    const again = await service.travel(browser, () => signedIn(asPerson(person)), { max_age: '500' })
    assert.deepEqual(again.pages, ['login'])
    const tokens = await service.redeem(again.visit, again.asked)
    assert.ok(Number(tokens.claims()!.auth_time) > at)
    assert.deepEqual((await service.travel(browser, () => signedIn(asPerson(person)), { prompt: 'login' })).pages, [
      'login',
    ])
  })

  it('P7: `auth_time` is when the proof was given, not when it was resumed', async () => {
    const person = await product.aPerson()
    await product.link(person, 'mobile')
    const service = await aRelyingParty(product, 'mobile-store')
    const provenAt = Math.floor(Date.now() / 1000) - 77
    const { visit, asked } = await service.travel(createTestBrowser(), () => signedIn(asPerson(person), { provenAt }))
    assert.equal((await service.redeem(visit, asked)).claims()!.auth_time, provenAt)
  })

  it('A 9.2.2: userinfo takes an access token, and neither an ID token nor a machine’s', async () => {
    const person = await product.aPerson()
    await product.link(person, 'mobile')
    const service = await aRelyingParty(product, 'mobile-store')
    const { visit, asked } = await service.travel(createTestBrowser(), () => signedIn(asPerson(person)))
    const tokens = await service.redeem(visit, asked)
    const machine = await aRelyingParty(product, 'mobile-machine')
    const { access_token } = await client.clientCredentialsGrant(machine.config, {
      scope: 'accounts.read',
      resource: `${product.issuer}/scim/mobile`,
    })
    const userinfo = async (token: string, method = 'GET') =>
      (await get('/me', { method, headers: { authorization: `Bearer ${token}` } })).status
    assert.equal(await userinfo(tokens.access_token), 200)
    assert.equal(await userinfo(tokens.access_token, 'POST'), 200)
    assert.equal(await userinfo(tokens.id_token!), 401)
    assert.equal(await userinfo(access_token), 401)
  })

  it('keeps no token, code or session id in the store, only what finds them', async () => {
    const person = await product.aPerson()
    await product.link(person, 'mobile')
    const service = await aRelyingParty(product, 'mobile-store')
    const browser = createTestBrowser()
    const { visit, asked } = await service.travel(browser, () => signedIn(asPerson(person)))
    const tokens = await service.redeem(visit, asked)
    const secrets = [
      tokens.access_token,
      tokens.refresh_token!,
      handedOver(visit).get('code')!,
      browser.cookie('localhost', `session-${product.port}`)!,
    ]
    const stored = JSON.stringify(
      await Promise.all(
        ['artifacts', 'sessions', 'session-uses', 'keys'].map((name) =>
          product.connection.collection(name).find({}).toArray(),
        ),
      ),
    )
    for (const secret of secrets) assert.ok(!stored.includes(secret))
    assert.doesNotMatch(stored, /"d":"/)
  })
})
