/**
 * The OpenID Foundation's basic plan (`oidcc-basic-certification-test-plan`), as far as it can be asked over HTTP without
 * the suite itself: each test has its module's name, and asks what that module asks, as the suite's client does: with a
 * secret and without PKCE, by the entry's exemption (O13).
 */
import assert from 'node:assert/strict'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { clientSecret } from '../../src/config/settings.ts'
import type { Person } from '../../src/people/index.ts'
import { createTestBrowser, handedOver, type TestBrowser } from '../world/browser.ts'
import { aCompany, aService, declared } from '../world/group.ts'
import { asPerson, aTestOidc, signedIn, type TestOidc } from '../world/oidc.ts'

const longAgo = 1000

describe('OpenID conformance, basic plan (O13)', () => {
  let product: TestOidc
  let person: Person
  let redirectUri: string
  const id = 'mobile-store'
  before(async () => {
    product = await aTestOidc({
      companies: (url) => {
        const store = aService('mobile', id, url(id))
        store.clients = [{ ...store.clients[0]!, withoutPkce: true }]
        return [declared(aCompany({ id: 'mobile' }), [store])]
      },
    })
    redirectUri = product.config.group.clients.get(id)!.client.redirectUris[0]!
    person = await product.aPerson()
    await product.link(person, 'mobile')
  })
  after(() => product.close())

  const now = () => Math.floor(Date.now() / 1000)
  const isBack = (url: URL) => url.href.startsWith(redirectUri)
  /** What comes back at the service, and which pages asked. */
  const authorize = async (
    more: Record<string, string> = {},
    browser: TestBrowser = createTestBrowser(),
    post = false,
  ) => {
    const request = {
      client_id: id,
      redirect_uri: redirectUri,
      response_type: 'code',
      scope: 'openid',
      state: 's',
      nonce: 'n',
      ...more,
    }
    for (const [name, value] of Object.entries(request))
      if (value === '') delete (request as Record<string, string>)[name]
    const first = post
      ? (await browser.submit(`${product.issuer}/auth`, request)).next!
      : `${product.issuer}/auth?${new URLSearchParams(request)}`
    const pages: string[] = []
    let visit = await browser.follow(first, isBack)
    while (!visit.next && visit.status === 200 && visit.text.startsWith('{')) {
      pages.push((JSON.parse(visit.text) as { prompt: string }).prompt)
      // Whoever is asked anew proves it now; else the proof is old enough to tell the two apart.
      const provenAt = more.prompt || more.max_age ? now() : now() - longAgo
      const done = await browser.submit(visit.url, { result: JSON.stringify(signedIn(asPerson(person), { provenAt })) })
      visit = await browser.follow(done.next!, isBack)
    }
    return { visit, pages, browser, answer: visit.next ? handedOver(visit) : new URLSearchParams() }
  }
  const redeem = async (code: string, how: 'basic' | 'post' = 'basic') => {
    const secret = clientSecret(product.config, id)!
    const answer = await fetch(`${product.issuer}/token`, {
      method: 'POST',
      headers: how === 'basic' ? { authorization: `Basic ${btoa(`${id}:${secret}`)}` } : {},
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        code,
        redirect_uri: redirectUri,
        ...(how === 'post' && { client_id: id, client_secret: secret }),
      }),
    })
    return { status: answer.status, body: (await answer.json()) as Record<string, string> }
  }
  const claimsOf = async (token: string) =>
    (
      await jwtVerify(token, createRemoteJWKSet(new URL(`${product.issuer}/jwks`)), {
        issuer: product.issuer,
        audience: id,
      })
    ).payload
  const flow = async (more: Record<string, string> = {}, browser?: TestBrowser) => {
    const { answer, pages, browser: used } = await authorize(more, browser)
    assert.ok(answer.get('code'), answer.toString())
    const { status, body } = await redeem(answer.get('code')!)
    assert.equal(status, 200, JSON.stringify(body))
    return { body, pages, browser: used, claims: await claimsOf(body.id_token!) }
  }
  const userinfo = async (init: RequestInit) => {
    const answer = await fetch(`${product.issuer}/me`, init)
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
  }
  const bearer = ({ access_token }: Record<string, string>) => ({ authorization: `Bearer ${access_token}` })

  it('O13: oidcc-server: an ID token with iss, sub, aud, exp, iat and the nonce that was sent', async () => {
    const { claims } = await flow({ nonce: 'as sent' })
    assert.deepEqual([claims.iss, claims.aud, claims.nonce], [product.issuer, id, 'as sent'])
    assert.ok(claims.sub && claims.exp! > claims.iat!)
  })
  it('O13: oidcc-response-type-missing', async () => {
    const { answer, visit } = await authorize({ response_type: '' })
    assert.ok(visit.status === 400 || /^(invalid_request|unsupported_response_type)$/.test(answer.get('error')!))
  })
  it('O13: oidcc-userinfo-get, -post-header, -post-body', async () => {
    const { body, claims } = await flow()
    const asked: RequestInit[] = [
      { headers: bearer(body) },
      { method: 'POST', headers: bearer(body) },
      { method: 'POST', body: new URLSearchParams({ access_token: body.access_token! }) },
    ]
    for (const init of asked) assert.equal((await userinfo(init)).body.sub, claims.sub)
  })
  it('O13: oidcc-ensure-request-without-nonce-succeeds-for-code-flow', async () => {
    assert.equal((await flow({ nonce: '' })).claims.nonce, undefined)
  })
  for (const [scope, claim] of [
    ['profile', 'given_name'],
    ['email', 'email'],
    ['address', 'address'],
    ['phone', 'phone_number'],
  ] as const)
    it(`O13: oidcc-scope-${scope}, oidcc-ensure-other-scope-order-succeeds`, async () => {
      const { body } = await flow({ scope: `${scope} openid` })
      const known = await userinfo({ headers: bearer(body) })
      assert.equal(known.status, 200)
      if (scope === 'profile' || scope === 'email') assert.ok(known.body[claim], claim)
    })
  it('O13: oidcc-display-page, -display-popup, -login-hint, -ui-locales, -claims-locales, -ensure-request-with-unknown-parameter-succeeds, -ensure-request-with-acr-values-succeeds', async () => {
    for (const more of [
      { display: 'page' },
      { display: 'popup' },
      { login_hint: 'somebody@mail.example' },
      { ui_locales: 'se' },
      { claims_locales: 'se' },
      { extra: 'foobar' },
      { acr_values: '1 2' },
    ] as Record<string, string>[])
      await flow(more)
  })
  it('O13: oidcc-prompt-login: asked again, and auth_time is newer', async () => {
    const first = await flow({ max_age: '15000' })
    const again = await flow({ prompt: 'login', max_age: '15000' }, first.browser)
    assert.deepEqual(again.pages, ['login'])
    assert.equal(again.claims.sub, first.claims.sub)
  })
  it('O13: oidcc-prompt-none-not-logged-in, -prompt-none-logged-in', async () => {
    assert.equal((await authorize({ prompt: 'none' })).answer.get('error'), 'login_required')
    const first = await flow()
    const silent = await flow({ prompt: 'none' }, first.browser)
    assert.deepEqual([silent.pages, silent.claims.sub], [[], first.claims.sub])
    assert.equal(silent.claims.auth_time, first.claims.auth_time)
  })
  it('O13: oidcc-max-age-1, -max-age-10000', async () => {
    const first = await flow()
    const old = await flow({ max_age: '10000' }, first.browser)
    assert.deepEqual(old.pages, [])
    assert.ok(old.claims.auth_time)
    const fresh = await flow({ max_age: '1' }, first.browser)
    assert.deepEqual(fresh.pages, ['login'])
    assert.ok(Number(fresh.claims.auth_time) > Number(old.claims.auth_time))
  })
  it('O13: oidcc-id-token-hint', async () => {
    const first = await flow()
    const silent = await flow({ prompt: 'none', id_token_hint: first.body.id_token! }, first.browser)
    assert.equal(silent.claims.sub, first.claims.sub)
  })
  it('O13: oidcc-codereuse, -codereuse-30seconds: the second time is invalid_grant, and the token is dead', async () => {
    const { answer } = await authorize()
    const first = await redeem(answer.get('code')!)
    const second = await redeem(answer.get('code')!)
    assert.deepEqual([second.status, second.body.error], [400, 'invalid_grant'])
    assert.equal((await userinfo({ headers: bearer(first.body) })).status, 401)
  })
  it('O13: oidcc-ensure-registered-redirect-uri, -redirect-uri-query-added, -redirect-uri-query-mismatch', async () => {
    for (const uri of [`${redirectUri}/other`, `${redirectUri}?foo=bar`]) {
      const { visit } = await authorize({ redirect_uri: uri })
      assert.deepEqual([visit.status, visit.next], [400, undefined])
    }
  })
  it('O13: oidcc-ensure-post-request-succeeds', async () => {
    const { answer } = await authorize({}, createTestBrowser(), true)
    assert.ok(answer.get('code'))
  })
  it('O13: oidcc-server-client-secret-post: taken, or refused by name where the client is registered otherwise', async () => {
    const { answer } = await authorize()
    const { status, body } = await redeem(answer.get('code')!, 'post')
    assert.ok(status === 200 || body.error === 'invalid_client', JSON.stringify(body))
  })
  it('O13: oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported', async () => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const { answer, visit } = await authorize({
      request: `${part({ alg: 'none' })}.${part({ client_id: id, iss: id, aud: product.issuer })}.`,
    })
    assert.ok(answer.get('error') === 'request_not_supported' || visit.status === 400, answer.toString())
  })
  it('O13: oidcc-claims-essential: name as an essential claim of userinfo', async () => {
    const { body } = await flow({
      claims: JSON.stringify({ userinfo: { name: { essential: true } } }),
      scope: 'openid profile',
    })
    assert.ok((await userinfo({ headers: bearer(body) })).body.name)
  })
  it('O13: oidcc-ensure-request-with-valid-pkce-succeeds', async () => {
    const challenge = { code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256' }
    assert.ok((await authorize(challenge)).answer.get('code'))
  })
  it('O13: oidcc-form-post: the code comes by POST, and nothing of it stands in an address', async () => {
    const { visit } = await authorize({ response_mode: 'form_post' })
    assert.match(visit.text, new RegExp(`action="${redirectUri}"`))
    assert.match(visit.text, /name="code" value="[\w-]+"/)
    assert.doesNotMatch(visit.url, /code=/)
  })
})
