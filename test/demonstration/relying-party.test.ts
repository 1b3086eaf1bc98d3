import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { createRelyingParty } from '../../scripts/demonstration/relying-party.ts'

describe('a service that somebody comes back to', () => {
  let server: Server
  let issuer: string
  let exchanges: number
  let party: ReturnType<typeof createRelyingParty>
  const url = 'http://localhost:9'

  before(async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256')
    const jwk = { ...(await exportJWK(publicKey)), kid: 'key', alg: 'ES256' }
    // This provider's codes are the nonces they stand for.
    const idToken = (nonce: string) =>
      new SignJWT({ iss: issuer, sub: 'ada', aud: 'store', sid: 'this browser', nonce })
        .setIssuedAt()
        .setExpirationTime('10m')
        .setProtectedHeader({ alg: 'ES256', kid: 'key' })
        .sign(privateKey)
    const answers: Record<string, (sent: URLSearchParams) => unknown> = {
      '/.well-known/openid-configuration': () => ({
        issuer,
        authorization_endpoint: `${issuer}/auth`,
        token_endpoint: `${issuer}/token`,
        userinfo_endpoint: `${issuer}/me`,
        jwks_uri: `${issuer}/jwks`,
        id_token_signing_alg_values_supported: ['ES256'],
        authorization_response_iss_parameter_supported: true,
      }),
      '/jwks': () => ({ keys: [jwk] }),
      '/token': async (sent) => {
        exchanges++
        return { access_token: 'token', token_type: 'Bearer', id_token: await idToken(sent.get('code') ?? '') }
      },
      '/me': () => ({ sub: 'ada', given_name: 'Ada' }),
    }
    server = createServer(async (request, response) => {
      const sent = new URLSearchParams(Buffer.concat(await request.toArray()).toString())
      const body = await answers[request.url ?? '']?.(sent)
      response.writeHead(body ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  after(() => {
    server.closeAllConnections()
    server.close()
  })

  beforeEach(() => {
    exchanges = 0
    party = createRelyingParty({
      name: 'Mobile Store',
      url,
      issuer,
      clientId: 'store',
      clientSecret: 'secret',
      scope: 'openid profile',
    })
  })

  const begin = async () => {
    const { to, state } = await party.begin()
    return { state, code: new URL(to).searchParams.get('nonce') ?? '' }
  }
  const back = (parameters: Record<string, string>) =>
    new URL(`${url}/callback?${new URLSearchParams({ iss: issuer, ...parameters })}`)
  const always = () => true

  it('signs in whoever began here, under an id that nobody knew before', async () => {
    const begun = await begin()
    const { session, error } = await party.complete(back(begun), (each) => each === begun.state)
    assert.equal(error, undefined)
    assert.deepEqual(
      [party.session(session)?.subject, party.session(session)?.claims.given_name, session === begun.state],
      ['ada', 'Ada', false],
    )
  })

  it('signs nobody in by a link that another browser began (T8: login CSRF)', async () => {
    assert.deepEqual(await party.complete(back(await begin()), () => false), { error: 'unknown_state' })
    assert.equal(exchanges, 0)
  })

  it('takes a state once, and none that it never gave', async () => {
    const begun = await begin()
    assert.ok((await party.complete(back(begun), always)).session)
    assert.equal((await party.complete(back(begun), always)).error, 'unknown_state')
    assert.equal((await party.complete(back({ ...begun, state: 'made up' }), always)).error, 'unknown_state')
    assert.equal(exchanges, 1)
  })

  it('refuses an ID token that answers another request', async () => {
    const [own, other] = [await begin(), await begin()]
    assert.equal((await party.complete(back({ ...own, code: other.code }), always)).session, undefined)
    assert.equal(exchanges, 1, 'the token came, and was not believed')
  })

  it('gives no code away that another provider answered with (RFC 9207, mix-up)', async () => {
    for (const iss of ['https://evil.example', undefined]) {
      const answer = back({ ...(await begin()), ...(iss && { iss }) })
      if (!iss) answer.searchParams.delete('iss')
      assert.equal((await party.complete(answer, always)).session, undefined, String(iss))
    }
    assert.equal(exchanges, 0)
  })

  it('says why somebody is not signed in', async () => {
    const { state } = await begin()
    assert.deepEqual(await party.complete(back({ state, error: 'access_denied' }), always), { error: 'access_denied' })
  })

  it('finishes what eight tabs began, one beside another', async () => {
    const begun = await Promise.all(Array.from({ length: 8 }, begin))
    const ends = await Promise.all(begun.map((each) => party.complete(back(each), always)))
    assert.equal(new Set(ends.map(({ session }) => party.session(session))).size, 8)
    party.signedOut({ sid: 'this browser' })
    assert.ok(ends.every(({ session }) => session && !party.session(session)))
  })

  it('is told of a change and of a sign-out while its page is open', async () => {
    const { session } = await party.complete(back(await begin()), always)
    let told = 0
    const stop = party.watch(session, () => told++)
    party.changed('ada', { given_name: 'Ida', family_name: null })
    assert.equal(party.session(session)?.claims.given_name, 'Ida')
    party.changed('somebody else', { given_name: 'Bo' })
    party.signedOut({ sid: 'of another browser', sub: 'ada' })
    assert.equal(told, 1)
    party.signedOut({ sid: 'this browser', sub: 'ada' })
    assert.equal(told, 2)
    assert.equal(party.session(session), undefined)
    stop()
  })
})
