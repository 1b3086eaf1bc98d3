/**
 * The modules of the Foundation's basic plan, which its form-post plan asks again with `response_mode=form_post`: each
 * test has the name of its module and checks what that checks.
 */
import assert from 'node:assert/strict'
import type { Person } from '../../../src/people/index.ts'
import { createTestBrowser } from '../../world/browser.ts'
import type { TestOidc } from '../../world/oidc.ts'
import {
  aLinkedPerson,
  aSuiteClient,
  aSuiteProduct,
  bearer,
  discoveryOf,
  otherClient,
} from '../../world/suite-client.ts'

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

export const basicModules = (mode: 'query' | 'form_post') => {
  let product: TestOidc
  let person: Person
  let client: ReturnType<typeof aSuiteClient>
  before(async () => {
    product = await aSuiteProduct()
    person = await aLinkedPerson(product)
    client = aSuiteClient({ product, person, mode })
  })
  after(() => product.close())

  it('O13: oidcc-server: an ID token with iss, sub, aud, exp, iat and the nonce that was sent', async () => {
    const { claims } = await client.flow({ nonce: 'as sent' })
    assert.deepEqual([claims.iss, claims.aud, claims.nonce], [product.issuer, client.id, 'as sent'])
    assert.ok(claims.sub && claims.exp! > claims.iat!)
  })
  it('O13: oidcc-response-type-missing', async () => {
    const { answer, visit } = await client.authorize({ response_type: '' })
    assert.ok(visit.status === 400 || /^(invalid_request|unsupported_response_type)$/.test(answer.get('error')!))
  })
  it('O13: oidcc-idtoken-signature: in RS256, by a key that is named', async () => {
    const { alg, kid } = JSON.parse(
      Buffer.from((await client.flow()).body.id_token!.split('.')[0]!, 'base64url').toString(),
    )
    assert.deepEqual([alg, typeof kid], ['RS256', 'string'])
  })
  it('O13: oidcc-idtoken-unsigned, -request-uri-unsigned, -ensure-request-object-with-redirect-uri are skipped where `none` is not offered', async () => {
    const said = await discoveryOf(product)
    for (const name of ['id_token_signing_alg_values_supported', 'request_object_signing_alg_values_supported'])
      assert.equal(((said[name] ?? []) as string[]).includes('none'), false, name)
    assert.deepEqual([said.request_parameter_supported ?? false, said.request_uri_parameter_supported], [false, false])
  })
  it('O13: oidcc-userinfo-get, -post-header, -post-body', async () => {
    const { body, claims } = await client.flow()
    const asked: RequestInit[] = [
      { headers: bearer(body) },
      { method: 'POST', headers: bearer(body) },
      { method: 'POST', body: new URLSearchParams({ access_token: body.access_token! }) },
    ]
    for (const init of asked) assert.equal((await client.userinfo(init)).body.sub, claims.sub)
  })
  it('O13: oidcc-ensure-request-without-nonce-succeeds-for-code-flow', async () => {
    assert.equal((await client.flow({ nonce: '' })).claims.nonce, undefined)
  })
  for (const [name, scope, claims] of [
    ['scope-profile', 'openid profile', ['name', 'given_name', 'family_name', 'birthdate']],
    ['scope-email', 'openid email', ['email', 'email_verified']],
    ['scope-address', 'openid address', []],
    ['scope-phone', 'openid phone', []],
    ['scope-all', 'openid profile email address phone', ['name', 'email']],
    ['alternate-happy-flow', 'phone address email profile openid', ['name', 'email']],
  ] as const)
    it(`O13: oidcc-${name}: what is known of the person is told`, async () => {
      const { body } = await client.flow({ scope })
      const known = await client.userinfo({ headers: bearer(body) })
      assert.equal(known.status, 200)
      assert.deepEqual(
        claims.filter((claim) => known.body[claim] === undefined),
        [],
      )
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
      await client.flow(more)
  })
  it('O13: oidcc-prompt-login: asked again, and auth_time is later', async () => {
    const first = await client.flow()
    const again = await client.flow({ prompt: 'login' }, first.browser)
    assert.deepEqual(again.pages, ['login'])
    assert.equal(again.claims.sub, first.claims.sub)
    assert.ok(Number(again.claims.auth_time) > Number(first.claims.auth_time))
  })
  it('O13: oidcc-prompt-none-not-logged-in, -prompt-none-logged-in', async () => {
    assert.equal((await client.authorize({ prompt: 'none' })).answer.get('error'), 'login_required')
    const first = await client.flow()
    const silent = await client.flow({ prompt: 'none' }, first.browser)
    assert.deepEqual([silent.pages, silent.claims.sub], [[], first.claims.sub])
    assert.equal(silent.claims.auth_time, first.claims.auth_time)
  })
  it('O13: oidcc-max-age-1, -max-age-10000', async () => {
    const first = await client.flow()
    const old = await client.flow({ max_age: '10000' }, first.browser)
    assert.deepEqual(old.pages, [])
    assert.ok(old.claims.auth_time)
    const fresh = await client.flow({ max_age: '1' }, first.browser)
    assert.deepEqual(fresh.pages, ['login'])
    assert.ok(Number(fresh.claims.auth_time) > Number(old.claims.auth_time))
  })
  it('O13: oidcc-id-token-hint', async () => {
    const first = await client.flow()
    const silent = await client.flow({ prompt: 'none', id_token_hint: first.body.id_token! }, first.browser)
    assert.equal(silent.claims.sub, first.claims.sub)
  })
  it('O13: oidcc-codereuse, -codereuse-30seconds: the second time is invalid_grant, and the token is dead', async () => {
    const { answer } = await client.authorize()
    const first = await client.redeem(answer.get('code')!)
    const second = await client.redeem(answer.get('code')!)
    assert.deepEqual([second.status, second.body.error], [400, 'invalid_grant'])
    assert.equal((await client.userinfo({ headers: bearer(first.body) })).status, 401)
  })
  it('O13: oidcc-ensure-registered-redirect-uri', async () => {
    for (const uri of [`${client.redirectUri}/other`, `${client.redirectUri}?foo=bar`]) {
      const { visit, answer } = await client.authorize({ redirect_uri: uri })
      assert.deepEqual([visit.status, visit.next, answer.size], [400, undefined, 0])
    }
  })
  it('O13: oidcc-ensure-post-request-succeeds', async () => {
    const { answer } = await client.authorize({}, createTestBrowser(), true)
    assert.ok(answer.get('code'))
  })
  it('O13: oidcc-server-client-secret-post', async () => {
    const { answer } = await client.authorize()
    assert.equal((await client.redeem(answer.get('code')!, 'post')).status, 200)
  })
  it('O13: oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported, -request-uri-unsigned-…', async () => {
    const inside = { client_id: client.id, iss: client.id, aud: product.issuer, redirect_uri: client.redirectUri }
    const byValue = await client.authorize({ request: `${part({ alg: 'none' })}.${part(inside)}.` })
    assert.equal(byValue.answer.get('error'), 'request_not_supported')
    const byReference = await client.authorize({ request_uri: 'https://suite.example/request' })
    assert.equal(byReference.answer.get('error'), 'request_uri_not_supported')
  })
  it('O13: oidcc-claims-essential: name as an essential claim of userinfo', async () => {
    const { body } = await client.flow({
      claims: JSON.stringify({ userinfo: { name: { essential: true } } }),
      scope: 'openid profile',
    })
    assert.ok((await client.userinfo({ headers: bearer(body) })).body.name)
  })
  it('O13: oidcc-refresh-token: the same person, one audience; another client’s is invalid_grant', async () => {
    const { body, claims } = await client.flow({ scope: 'openid offline_access', prompt: 'consent' })
    assert.match(body.refresh_token!, /^[\x20-\x7e]+$/)
    const again = await client.token({ grant_type: 'refresh_token', refresh_token: body.refresh_token! })
    assert.equal(again.status, 200)
    const renewed = await client.claimsOf(again.body.id_token!)
    assert.deepEqual(
      [renewed.iss, renewed.sub, renewed.aud, renewed.auth_time],
      [claims.iss, claims.sub, claims.aud, claims.auth_time],
    )
    assert.equal((await client.userinfo({ headers: bearer(again.body) })).body.sub, claims.sub)
    const second = aSuiteClient({ product, person, id: otherClient, mode })
    const theirs = await second.token({ grant_type: 'refresh_token', refresh_token: again.body.refresh_token! })
    assert.deepEqual([theirs.status, theirs.body.error], [400, 'invalid_grant'])
  })
  it('O13: oidcc-ensure-request-with-valid-pkce-succeeds', async () => {
    const challenge = { code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256' }
    assert.ok((await client.authorize(challenge)).answer.get('code'))
  })
}
