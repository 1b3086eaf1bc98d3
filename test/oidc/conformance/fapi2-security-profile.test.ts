/**
 * `fapi2-security-profile-final-test-plan` for plain FAPI with OpenID Connect, `private_key_jwt` and DPoP, unsigned
 * requests and a plain answer (O14): each test has the name of its module, without what all names begin with, and checks
 * what that checks. What is about proofs alone stands in `fapi2-proofs.test.ts`.
 */
import assert from 'node:assert/strict'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { type AdjustableClock, adjustableClock, epochSeconds, second } from '../../../src/lib/clock.ts'
import { createTestBrowser, handedOver } from '../../world/browser.ts'
import { type Answer, aFapiWorld, aProofKey, type FapiWorld, type ProofKey } from '../../world/fapi-client.ts'
import { discoveryOf } from '../../world/suite-client.ts'

describe('OpenID conformance, FAPI 2.0 security profile final (O14)', () => {
  let world: FapiWorld
  let clock: AdjustableClock
  let key: ProofKey
  before(async () => {
    clock = adjustableClock()
    world = await aFapiWorld()
    key = await aProofKey()
  })
  afterEach(() => clock.reset())
  after(() => world.close())

  const isJson = ({ type }: Answer) => assert.match(type, /^application\/json/)
  /** An error by name, in JSON, by the status that goes with it (RFC 6749 §5.2). */
  const refused = (answer: Answer, ...errors: string[]) => {
    isJson(answer)
    assert.ok(errors.includes(answer.body.error!), `${JSON.stringify(answer.body)}, not ${errors}`)
    assert.ok(answer.status === 400 || (answer.status === 401 && answer.body.error === 'invalid_client'))
    assert.match(answer.body.error_description ?? '', /^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/)
  }
  const tokensOf = async (more: Record<string, string> = {}, by = key) => {
    const back = await world.bank.authorized(more)
    const answer = await world.bank.token(world.bank.grant(back.get('code')!), { key: by })
    assert.equal(answer.status, 200, JSON.stringify(answer.body))
    return { back, answer, tokens: answer.body }
  }
  const read = async (accessToken: string, by = key) =>
    world.resource(accessToken, { DPoP: await world.proofAt(by, accessToken) })
  const idClaims = async (idToken: string, audience = 'bank') => {
    const keys = createRemoteJWKSet(new URL(`${world.issuer}/jwks`))
    const { payload, protectedHeader } = await jwtVerify(idToken, keys, { issuer: world.issuer, audience })
    assert.match(protectedHeader.alg, /^(PS256|ES256|EdDSA|Ed25519)$/)
    assert.ok(protectedHeader.kid)
    return payload
  }
  /** What stays of a request that is refused at the page, or by an answer of this error. */
  const endsWith = async (sent: Record<string, string>, ...errors: string[]) => {
    const visit = await world.bank.visit(sent)
    const error = visit.next ? handedOver(visit).get('error') : undefined
    assert.ok(visit.next ? errors.includes(error!) : visit.status === 400, `${visit.status} ${visit.next}`)
    assert.equal(visit.next ? handedOver(visit).get('code') : null, null)
  }

  it('O14: discovery-end-point-verification', async () => {
    const said = await discoveryOf(world.product)
    const lists = (name: string, value: string) => assert.ok((said[name] as string[]).includes(value), name)
    for (const name of ['dpop', 'id_token', 'token_endpoint_auth'])
      lists(`${name}_signing_alg_values_supported`, 'ES256')
    lists('token_endpoint_auth_methods_supported', 'private_key_jwt')
    lists('code_challenge_methods_supported', 'S256')
    lists('response_types_supported', 'code')
    lists('scopes_supported', 'openid')
    lists('subject_types_supported', 'pairwise')
    assert.equal(said.issuer, world.issuer)
    assert.ok(said.jwks_uri && said.authorization_endpoint && said.token_endpoint)
    assert.ok(said.pushed_authorization_request_endpoint)
    assert.equal(said.authorization_response_iss_parameter_supported, true)
    assert.equal(typeof (said.require_pushed_authorization_requests ?? false), 'boolean')
  })

  it('O14: happy-flow: two clients, one of which names its key beforehand', async () => {
    const pushed = await world.bank.push()
    assert.equal(pushed.status, 201)
    assert.ok(Number(pushed.body.expires_in) > 0 && pushed.body.request_uri!.length > 40)
    const { back, answer, tokens } = await tokensOf()
    assert.deepEqual([back.get('iss'), back.get('state')], [world.issuer, 'a state that comes back'])
    assert.deepEqual([...back.keys()].sort(), ['code', 'iss', 'state'])
    assert.ok(back.get('code')!.length > 21 && tokens.access_token!.length > 21)
    assert.deepEqual([tokens.token_type, Number(tokens.expires_in) > 0], ['DPoP', true])
    isJson(answer)
    const claims = await idClaims(tokens.id_token!)
    assert.equal(claims.nonce, 'a nonce that comes back')
    const known = await read(tokens.access_token!)
    assert.deepEqual([known.status, known.body.sub], [200, claims.sub])
    const asked = await fetch(`${world.issuer}/me?access_token=${tokens.access_token}`)
    assert.equal(asked.status >= 400, true, 'a token in the address')
    const named = { dpop_jkt: key.jkt, nonce: 'n'.repeat(43), state: 's'.repeat(128) }
    const theirs = await world.broker.authorized(named)
    const second = await world.broker.token(world.broker.grant(theirs.get('code')!), { key })
    assert.equal((await idClaims(second.body.id_token!, 'broker')).nonce, named.nonce)
  })

  it('O14: user-rejects-authentication: access_denied, with the state', async () => {
    const state = 's'.repeat(128)
    const { request_uri = '' } = (await world.bank.push({ state })).body
    const back = handedOver(await world.bank.visit({ client_id: 'bank', request_uri }, createTestBrowser(), true))
    assert.deepEqual([back.get('error'), back.get('state')], ['access_denied', state])
  })

  it('O14: ensure-authorization-request-without-state-success, -without-nonce-success, -with-64-char-nonce-success, -with-long-nonce, -with-long-state, ensure-other-scope-order-succeeds', async () => {
    const none = undefined as unknown as string
    for (const more of [
      { state: none },
      { nonce: none },
      { nonce: 'n'.repeat(64) },
      { nonce: 'n'.repeat(384) },
      { state: 's'.repeat(1000) },
      { scope: 'email profile openid' },
    ] as Record<string, string>[]) {
      const { back, tokens } = await tokensOf(more)
      const { nonce } = await idClaims(tokens.id_token!)
      if ('state' in more) assert.equal(back.get('state') ?? undefined, more.state)
      if ('nonce' in more) assert.equal(nonce, more.nonce)
    }
  })

  it('O14: test-claims-parameter-identity-claims', async () => {
    const wanted = { name: { essential: true }, email: null }
    const { tokens } = await tokensOf({ claims: JSON.stringify({ id_token: wanted, userinfo: wanted }) })
    const known = await read(tokens.access_token!)
    assert.ok(known.body.name && known.body.email)
    assert.equal((await idClaims(tokens.id_token!)).sub, known.body.sub)
  })

  it('O14: ensure-different-nonce-inside-and-outside-request-object, -state-…, state-only-outside-request-object-not-used: only what was pushed counts', async () => {
    const { request_uri = '' } = (await world.bank.push()).body
    const outside = { client_id: 'bank', request_uri, nonce: 'another', state: 'another' }
    const whole = handedOver(await world.bank.visit(outside))
    assert.notEqual(whole.get('state'), 'another')
    const tokens = (await world.bank.token(world.bank.grant(whole.get('code')!), { key })).body
    assert.equal((await idClaims(tokens.id_token!)).nonce, 'a nonce that comes back')
    const bare = (await world.bank.push({ state: undefined as unknown as string })).body.request_uri!
    const back = handedOver(await world.bank.visit({ client_id: 'bank', request_uri: bare, state: 'another' }))
    assert.notEqual(back.get('state'), 'another')
  })

  it('O14: ensure-request-object-without-redirect-uri-fails, ensure-redirect-uri-in-authorization-request, tolerate-unregistered-redirect-uri', async () => {
    for (const redirect_uri of [undefined as unknown as string, `${world.bank.redirectUri}/other`])
      refused(await world.bank.push({ redirect_uri }), 'invalid_request')
  })

  it('O14: ensure-unsigned-authorization-request-without-using-par-fails', async () => {
    await endsWith(world.bank.request(), 'invalid_request')
  })

  it('O14: ensure-response-type-code-idtoken-fails, ensure-response-type-token-fails', async () => {
    for (const response_type of ['code id_token', 'token'])
      refused(
        await world.bank.push({ response_type }),
        'unsupported_response_type',
        'invalid_request',
        'unauthorized_client',
      )
  })

  it('O14: ensure-client-id-in-token-endpoint, ensure-authorization-code-is-bound-to-client: in another’s name with one’s own key, or with another’s code', async () => {
    const code = (await world.bank.authorized()).get('code')!
    const { bank, broker } = world
    const name = { ...(await bank.assertion({ iss: 'broker', sub: 'broker' })), client_id: 'broker' }
    refused(await bank.token(bank.grant(code), { key, by: name }), 'invalid_client', 'invalid_grant')
    refused(await broker.token(broker.grant(code), { key }), 'invalid_grant')
  })

  it('O14: attempt-reuse-authorization-code-after-one-second: invalid_grant, and the token is dead', async () => {
    const { back, tokens } = await tokensOf()
    clock.advance(second)
    refused(await world.bank.token(world.bank.grant(back.get('code')!), { key }), 'invalid_grant')
    assert.equal((await read(tokens.access_token!)).status, 401)
  })

  it('O14: attempt-to-use-expired-auth-code, par-attempt-to-use-expired-request-uri', async () => {
    const code = (await world.bank.authorized()).get('code')!
    const { request_uri = '', expires_in } = (await world.bank.push()).body
    clock.advance(62 * second)
    refused(await world.bank.token(world.bank.grant(code), { key }), 'invalid_grant')
    clock.advance(Number(expires_in) * second)
    await endsWith({ client_id: 'bank', request_uri }, 'invalid_request_uri')
  })

  it('O14: ensure-signed-client-assertion-with-RS256-fails, -client-assertion-in-token-endpoint, -with-exp-is-5-minutes-in-past-fails, -with-wrong-aud-fails, -with-no-sub-fails', async () => {
    const code = (await world.bank.authorized()).get('code')!
    const { bank } = world
    const past = epochSeconds() - 300
    for (const by of [
      await bank.assertion({}, 'RS256'),
      { client_id: 'bank' },
      await bank.assertion({ exp: past, iat: past - 60 }),
      await bank.assertion({ aud: 'https://other1.example.com/invalid' }),
      await bank.assertion({ sub: undefined }),
    ] as Record<string, string>[])
      refused(await bank.token(bank.grant(code), { key, by }), 'invalid_client', 'invalid_request')
    assert.equal((await bank.token(bank.grant(code), { key })).status, 200, 'the code itself was good')
  })

  it('O14: refresh-token: bound to client and key; the one before goes on where it was replaced', async () => {
    const { bank, broker } = world
    const { tokens } = await tokensOf({ scope: 'openid offline_access', prompt: 'consent' })
    const body = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token! }
    const first = await bank.token(body, { key })
    assert.equal(first.status, 200)
    const [before, renewed] = [await idClaims(tokens.id_token!), await idClaims(first.body.id_token!)]
    assert.deepEqual([renewed.sub, renewed.aud], [before.sub, before.aud])
    assert.equal((await bank.token(body, { key })).status, 200)
    refused(await bank.token(body, { key, by: {} }), 'invalid_client', 'invalid_grant', 'invalid_request')
    refused(await bank.token(body), 'invalid_request', 'invalid_grant', 'invalid_dpop_proof')
    refused(await broker.token(body, { key }), 'invalid_grant')
  })

  it('O14: par-ensure-server-accepts-reused-request-uri-before-authentication-completion, par-attempt-reuse-request_uri', async () => {
    const { request_uri = '' } = (await world.bank.push()).body
    const sent = { client_id: 'bank', request_uri }
    const looked = await createTestBrowser().follow(`${world.issuer}/auth?${new URLSearchParams(sent)}`, () => false)
    assert.equal(looked.status, 200)
    assert.ok(handedOver(await world.bank.visit(sent)).get('code'))
    await endsWith(sent, 'invalid_request_uri')
  })

  it('O14: par-ensure-jwt-client-assertion-with-iat-nbf-8-seconds-in-the-future-is-accepted, -over-60-seconds-in-the-future-fails', async () => {
    const ahead = (seconds: number) => {
      const at = epochSeconds() + seconds
      return world.bank.assertion({ iat: at, nbf: at, exp: at + 60 })
    }
    assert.equal((await world.bank.push({}, { by: await ahead(8) })).status, 201)
    refused(await world.bank.push({}, { by: await ahead(70) }), 'invalid_client', 'invalid_request')
  })

  it('O14: par-ensure-request-uri-is-bound-to-client', async () => {
    const { request_uri = '' } = (await world.broker.push()).body
    const errors = ['invalid_request', 'invalid_request_object', 'invalid_request_uri']
    await endsWith({ client_id: 'bank', request_uri }, ...errors)
  })

  it('O14: par-authorization-request-containing-request_uri-form-param, par-invalid-http-method', async () => {
    const random = 'urn:ietf:params:oauth:request_uri:random'
    const errors = ['invalid_request', 'invalid_request_object', 'request_uri_not_supported']
    refused(await world.bank.push({ request_uri: random }), ...errors)
    const put = await world.bank.ask('/request', world.bank.request(await world.bank.assertion()), {}, 'PUT')
    assert.ok(put.status >= 400 && put.status < 600)
  })

  it('O14: par-ensure-pkce-required, par-ensure-plain-pkce-rejected, par-pkce-verifier-required, par-incorrect-pkce-code-verifier-rejected', async () => {
    const none = undefined as unknown as string
    refused(await world.bank.push({ code_challenge: none, code_challenge_method: none }), 'invalid_request')
    refused(await world.bank.push({ code_challenge_method: 'plain' }), 'invalid_request')
    for (const code_verifier of [none, 'w'.repeat(43)]) {
      const code = (await world.bank.authorized()).get('code')!
      refused(await world.bank.token(world.bank.grant(code, { code_verifier }), { key }), 'invalid_grant')
    }
  })

  it('O14: par-without-duplicate-parameters', async () => {
    const { request_uri = '' } = (await world.bank.push()).body
    assert.ok(handedOver(await world.bank.visit({ client_id: 'bank', request_uri })).get('code'))
  })

  it('O14: par-test-array-as-audience-for-client-assertion, par-endpoint-as-audience-…, token-endpoint-as-audience-…', async () => {
    const { issuer } = world
    for (const aud of [[issuer, 'https://other1.example.com/invalid'], `${issuer}/request`, `${issuer}/token`])
      refused(await world.bank.push({}, { by: await world.bank.assertion({ aud }) }), 'invalid_client')
  })
})
