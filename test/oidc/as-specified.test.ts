import assert from 'node:assert/strict'
import { clientSecret } from '../../src/config/settings.ts'
import { routes } from '../../src/oidc/routes.ts'
import { createTestBrowser, handedOver } from '../world/browser.ts'
import { aClient, aCompany, aService, declared } from '../world/group.ts'
import { asPerson, aTestOidc, signedIn, type TestOidc } from '../world/oidc.ts'
import { aRelyingParty } from '../world/relying-party.ts'

const challenge = { code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256' }

describe('answers as the standards have them', () => {
  let product: TestOidc
  before(async () => {
    product = await aTestOidc({
      companies: (url) => {
        const scopes = ['openid', 'profile', 'email', 'accounts.read']
        const store = aService('mobile', 'mobile-store', url('mobile-store'), { scopes })
        store.clients.push(
          aClient({ id: 'television', kind: 'device', secret: undefined, scopes: ['openid', 'profile'] }),
        )
        return [
          declared(aCompany({ id: 'mobile' }), [store]),
          declared(aCompany({ id: 'games' }), [aService('games', 'games-arcade', url('games-arcade'))]),
        ]
      },
    })
  })
  after(() => product.close())

  const basic = (client: string) => `Basic ${btoa(`${client}:${clientSecret(product.config, client)}`)}`
  const post = async (path: string, body: Record<string, string>, client?: string) => {
    const answer = await fetch(product.issuer + path, {
      method: 'POST',
      redirect: 'manual',
      headers: client ? { authorization: basic(client) } : {},
      body: new URLSearchParams(body),
    })
    const text = await answer.text()
    const isJson = answer.headers.get('content-type')?.includes('json')
    return { ...answer, status: answer.status, headers: answer.headers, text, body: isJson ? JSON.parse(text) : {} }
  }
  const redirectUri = () => product.config.group.clients.get('mobile-store')!.client.redirectUris[0]!
  const asked = (more: Record<string, string>) => ({
    client_id: 'mobile-store',
    redirect_uri: redirectUri(),
    response_type: 'code',
    ...challenge,
    ...more,
  })
  const resource = () => `${product.issuer}/scim/mobile`
  const machine = { grant_type: 'client_credentials' }

  it('R9: a request that nothing can come of is `invalid_scope` at once, before anybody is asked', async () => {
    const nothing: Record<string, string>[] = [
      {},
      { scope: '' },
      { scope: 'nonsense' },
      { scope: 'accounts.read' },
      { scope: 'nonsense', resource: resource() },
      { nonce: 'n' },
      { max_age: '60', claims: '{"id_token":{}}' },
    ]
    for (const more of nothing) {
      const answers = [
        handedOver(await createTestBrowser().visit(`${product.issuer}/auth?${new URLSearchParams(asked(more))}`)),
        new URLSearchParams((await post('/request', asked(more), 'mobile-store')).body),
        new URLSearchParams((await post('/device/auth', { client_id: 'television', ...more })).body),
        new URLSearchParams((await post('/token', { ...machine, ...more }, 'mobile-machine')).body),
      ]
      for (const [at, answer] of answers.entries()) {
        // A machine that names a scope lacks the resource first.
        const expected = at === 3 && more.scope && !more.resource ? 'invalid_target' : 'invalid_scope'
        assert.equal(answer.get('error'), expected, `${JSON.stringify(more)} ${at}`)
        assert.match(answer.get('error_description') ?? '', /scope must|RFC 8707/)
      }
    }
  })

  it('R9: a device is told how long to wait, and held to it', async () => {
    const { body } = await post('/device/auth', { client_id: 'television', scope: 'openid' })
    assert.equal(body.interval, 5)
    const artifacts = product.connection.collection<{ _id: string; polledAt: number }>('artifacts')
    const poll = async (secondsAgo?: number) => {
      if (secondsAgo !== undefined)
        await artifacts.updateMany(
          { _id: /^DeviceCode:/ as never },
          { $set: { polledAt: Date.now() - secondsAgo * 1000 } },
        )
      const grant_type = 'urn:ietf:params:oauth:grant-type:device_code'
      return (await post('/token', { grant_type, device_code: body.device_code, client_id: 'television' })).body.error
    }
    assert.equal(await poll(), 'authorization_pending')
    assert.equal(await poll(0), 'slow_down')
    assert.equal(await poll(5), 'authorization_pending')
  })

  it('R10: what was given back is answered by the status alone', async () => {
    const person = await product.aPerson()
    await product.link(person, 'mobile')
    const service = await aRelyingParty(product, 'mobile-store')
    const { visit, asked: request } = await service.travel(createTestBrowser(), () => signedIn(asPerson(person)))
    const tokens = await service.redeem(visit, request)
    for (const token of [tokens.refresh_token!, 'unknown']) {
      const { status, text, headers } = await post('/token/revocation', { token }, 'mobile-store')
      assert.deepEqual([status, text, headers.get('content-type')], [200, '', null])
    }
  })

  it('R10: a request that is too long, or no form, is never taken for one without parameters', async () => {
    for (const path of ['/auth', '/session/end']) {
      const long = await post(path, asked({ scope: 'openid', state: 'x'.repeat(20_000) }))
      assert.equal(long.status, 413)
      assert.match(long.text, /request that is too long|request-too-large/)
      const json = await fetch(product.issuer + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(asked({ scope: 'openid' })),
      })
      assert.equal(json.status, 415)
    }
  })

  it('R10: a client that brings no proof of itself is `invalid_client`, at every endpoint that asks for one', async () => {
    for (const path of ['/token', '/token/introspection', '/token/revocation', '/request', '/device/auth']) {
      const { status, headers, body } = await post(path, { ...machine, token: 'x', scope: 'openid' })
      assert.deepEqual([status, body.error], [401, 'invalid_client'], path)
      assert.match(headers.get('www-authenticate') ?? '', /^Basic realm=/)
      assert.match(body.error_description, /must prove itself/)
    }
  })

  it('R13, H61: a program that says it reads pages first, as Java’s do by default, is told what went wrong in JSON', async () => {
    const accept = 'text/html, image/gif, image/jpeg, */*; q=0.2'
    const ask = async (path: string, options: RequestInit = {}) => {
      const answer = await fetch(product.issuer + path, { ...options, headers: { accept, ...options.headers } })
      const type = answer.headers.get('content-type')
      return { status: answer.status, type, text: await answer.text() }
    }
    const forPeople: string[] = [routes.authorization, routes.end_session, routes.code_verification]
    const wrong: RequestInit[] = [
      { method: 'POST', body: new URLSearchParams({ ...machine, token: 'x' }) },
      { method: 'POST', body: '{', headers: { 'content-type': 'application/json' } },
      { method: 'GET', headers: { authorization: 'Bearer nonsense' } },
      { method: 'DELETE' },
    ]
    for (const path of Object.values(routes).filter((each) => !forPeople.includes(each)))
      for (const options of wrong) {
        const { status, type, text } = await ask(path, options)
        assert.notEqual(status, 500, `${options.method} ${path}`)
        if (status < 400) continue
        assert.match(type ?? '', /^application\/json/, `${options.method} ${path}`)
        assert.match((JSON.parse(text) as { error: string }).error, /^[a-z_-]+$/)
      }
    const device = await post('/device/auth', { client_id: 'television', scope: 'openid' })
    const grant_type = 'urn:ietf:params:oauth:grant-type:device_code'
    const polled = { grant_type, device_code: device.body.device_code, client_id: 'television' }
    const pending = await ask('/token', { method: 'POST', body: new URLSearchParams(polled) })
    assert.equal(JSON.parse(pending.text).error, 'authorization_pending')
    const unproven = await ask('/token', { method: 'POST', body: new URLSearchParams(machine) })
    assert.match(JSON.parse(unproven.text).error_description, /must prove itself.*developers#client-authentication/)
    assert.match((await ask('/auth?client_id=nobody')).type ?? '', /^text\/html/)
  })

  it('R10: a company’s own token, a JWT, is told to its company alone, while it is good; nobody can give it back', async () => {
    const answer = await post('/token', { ...machine, scope: 'accounts.read', resource: resource() }, 'mobile-machine')
    const token = answer.body.access_token
    const introspect = async (client: string, presented = token) =>
      (await post('/token/introspection', { token: presented }, client)).body
    for (const client of ['mobile-machine', 'mobile-store']) {
      const told = await introspect(client)
      assert.deepEqual(
        [told.active, told.client_id, told.scope, told.aud, told.iss, told.token_type],
        [true, 'mobile-machine', 'accounts.read', resource(), product.issuer, 'Bearer'],
      )
      assert.ok(told.exp > told.iat)
    }
    assert.deepEqual(await introspect('games-arcade'), { active: false })
    assert.deepEqual(await introspect('games-machine'), { active: false })
    assert.deepEqual(await introspect('mobile-machine', `${token.slice(0, -4)}AAAA`), { active: false })
    const revoked = await post('/token/revocation', { token }, 'mobile-machine')
    assert.deepEqual([revoked.status, revoked.body.error], [400, 'unsupported_token_type'])
  })

  it('O7: keys and discovery are kept for minutes, and asked for again by their tag', async () => {
    for (const path of ['/jwks', '/.well-known/openid-configuration', '/.well-known/oauth-authorization-server']) {
      const first = await fetch(product.issuer + path)
      assert.equal(first.headers.get('cache-control'), 'public, max-age=300', path)
      const tag = first.headers.get('etag')!
      const document = (await first.json()) as { subject_types_supported?: string[]; keys?: object[] }
      assert.ok(document.keys?.length || document.subject_types_supported?.join() === 'pairwise')
      const again = await fetch(product.issuer + path, { headers: { 'if-none-match': tag } })
      assert.deepEqual([again.status, await again.text()], [304, ''], path)
      assert.equal(again.headers.get('etag'), tag)
      assert.equal((await fetch(product.issuer + path, { headers: { 'if-none-match': '"x"' } })).status, 200)
      assert.match(first.headers.get('content-type')!, path === '/jwks' ? /jwk-set\+json/ : /application\/json/)
    }
  })

  it('O7: new keys are another document at once', async () => {
    const tag = (await fetch(`${product.issuer}/jwks`)).headers.get('etag')!
    await product.oidc.rotate()
    const after = await fetch(`${product.issuer}/jwks`, { headers: { 'if-none-match': tag } })
    assert.equal(after.status, 200)
    assert.notEqual(after.headers.get('etag'), tag)
  })
})
