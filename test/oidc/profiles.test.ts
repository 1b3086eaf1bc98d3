import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import { exportJWK, generateKeyPair, importJWK, SignJWT } from 'jose'
import * as client from 'openid-client'
import { epochSeconds } from '../../src/lib/clock.ts'
import { createLog } from '../../src/lib/log.ts'
import { createTestBrowser, handedOver } from '../world/browser.ts'
import { aCompany, aService, declared } from '../world/group.ts'
import { asPerson, aTestOidc, signedIn, type TestOidc } from '../world/oidc.ts'
import { aRelyingParty } from '../world/relying-party.ts'
import { close, listen } from '../world/server.ts'
import { verifier } from '../world/tokens.ts'

const challenge = { code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256' }

describe('what a client is exempt from, and held to, by its entry', () => {
  let product: TestOidc
  const lines: { msg: string; client?: string; exempt?: string; request?: string }[] = []
  const es = generateKeyPair('ES256', { extractable: true })
  const rs = generateKeyPair('RS256', { extractable: true })
  const jwks = createServer(async (_request, response) => {
    const keys = [
      { ...(await exportJWK((await es).publicKey)), kid: 'es', alg: 'ES256', use: 'sig' },
      { ...(await exportJWK((await rs).publicKey)), kid: 'rs', alg: 'RS256', use: 'sig' },
    ]
    response.end(JSON.stringify({ keys }))
  })

  before(async () => {
    const jwksUri = `http://127.0.0.1:${await listen(jwks)}/jwks`
    product = await aTestOidc({
      deps: { log: createLog('info', { write: (line) => void lines.push(JSON.parse(line)) }) },
      companies: (url) => {
        const store = aService('mobile', 'mobile-store', url('mobile-store'))
        const [web] = store.clients
        store.clients = [
          web!,
          { ...web!, id: 'older', withoutPkce: true },
          // As no check of the configuration would let it through.
          { ...web!, id: 'app', kind: 'native', secret: undefined, withoutPkce: true },
          { ...web!, id: 'bound', requireDpop: true },
          { ...web!, id: 'keeping', keepsRefreshToken: true },
          { ...web!, id: 'keyed', secret: undefined, jwksUri },
          {
            ...web!,
            id: 'bank',
            secret: undefined,
            jwksUri,
            profile: 'fapi2',
            requirePushedAuthorizationRequests: true,
            requireDpop: true,
            keepsRefreshToken: true,
          },
        ]
        return [declared(aCompany({ id: 'mobile' }), [store])]
      },
    })
  })
  after(async () => {
    await product.close()
    await close(jwks)
  })

  const linked = async () => {
    const person = await product.aPerson()
    await product.link(person, 'mobile')
    return person
  }
  const uriOf = (id: string) => product.config.group.clients.get(id)!.client.redirectUris[0]!
  const urlOf = (id: string, more: Record<string, string>) =>
    `${product.issuer}/auth?${new URLSearchParams({ client_id: id, redirect_uri: uriOf(id), response_type: 'code', scope: 'openid', ...more })}`
  /** A code for this client, or the error that it is told. */
  const answered = async (id: string, more: Record<string, string>) => {
    const browser = createTestBrowser()
    const isBack = (url: URL) => url.href.startsWith(uriOf(id))
    const page = await browser.follow(urlOf(id, more), isBack)
    if (page.next) return handedOver(page)
    const finished = await browser.submit(page.url, { result: JSON.stringify(signedIn(asPerson(await linked()))) })
    return handedOver(await browser.follow(finished.next!, isBack))
  }
  const token = (id: string, body: Record<string, string>, headers: Record<string, string> = {}) =>
    post(id, '/token', body, headers)
  const post = async (id: string, path: string, body: Record<string, string>, headers: Record<string, string> = {}) => {
    const { secret } = await aRelyingParty(product, id)
    const answer = await fetch(product.issuer + path, {
      method: 'POST',
      headers: { ...(secret && { authorization: `Basic ${btoa(`${id}:${secret}`)}` }), ...headers },
      body: new URLSearchParams({ ...(!secret && { client_id: id }), ...body }),
    })
    return { status: answer.status, body: (await answer.json()) as Record<string, string> }
  }
  const redeem = (id: string, code: string, more: Record<string, string> = {}) =>
    token(id, { grant_type: 'authorization_code', code, redirect_uri: uriOf(id), ...more })

  it('O13: a site that is exempt signs people in without PKCE, with a nonce and without; each time is logged', async () => {
    assert.ok(
      lines.some(({ client, exempt }) => client === 'older' && exempt === 'PKCE'),
      'not told at the start',
    )
    const requests: Record<string, string>[] = [{}, { nonce: 'n' }]
    for (const more of requests) {
      lines.length = 0
      const code = (await answered('older', more)).get('code')
      const { status, body } = await redeem('older', code!)
      assert.equal(status, 200)
      assert.ok(body.access_token)
      const told = lines.filter(({ msg, client }) => /PKCE left out/.test(msg) && client === 'older')
      assert.ok(told.length > 0 && told.every(({ request }) => request))
    }
  })

  it('O13: nobody else is: not a site whose entry does not say so, and never a public client', async () => {
    for (const id of ['mobile-store', 'app']) {
      const answer = await answered(id, { nonce: 'n' })
      assert.deepEqual([answer.get('error'), answer.get('code')], ['invalid_request', null], id)
    }
  })

  it('O13: a verifier without a challenge is refused, and a challenge needs its verifier, exempt or not', async () => {
    const plain = (await answered('older', {})).get('code')!
    const added = await redeem('older', plain, { code_verifier: verifier })
    assert.deepEqual([added.status, added.body.error], [400, 'invalid_grant'])
    const challenged = (await answered('older', challenge)).get('code')!
    const missing = await redeem('older', challenged)
    assert.deepEqual([missing.status, missing.body.error], [400, 'invalid_grant'])
    assert.equal((await redeem('older', challenged, { code_verifier: verifier })).status, 200)
  })

  const assertion = async (id: string, more: Record<string, unknown> = {}, key: 'es' | 'rs' = 'es') =>
    new SignJWT({ aud: product.issuer, iat: epochSeconds(), exp: epochSeconds() + 60, ...more })
      .setProtectedHeader({ alg: key === 'es' ? 'ES256' : 'RS256', kid: key })
      .setIssuer(id)
      .setSubject(id)
      .setJti(crypto.randomUUID())
      .sign((await (key === 'es' ? es : rs)).privateKey)
  /** Whether a client that presents this is taken for who it is. */
  const isProven = async (id: string, client_assertion: string): Promise<boolean> => {
    const { body } = await token(id, {
      grant_type: 'authorization_code',
      code: 'unknown',
      redirect_uri: uriOf(id),
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion,
    })
    return body.error !== 'invalid_client'
  }

  it('O14: a client’s clock may be ten seconds ahead, and no minute', async () => {
    const ahead = (seconds: number) => ({ iat: epochSeconds() + seconds, nbf: epochSeconds() + seconds })
    assert.equal(await isProven('keyed', await assertion('keyed', ahead(9))), true)
    assert.equal(await isProven('keyed', await assertion('keyed', ahead(60))), false)
  })

  it('O14: RS256 and a list as `aud` are taken of others, and not under the profile fapi2', async () => {
    const list = { aud: [product.issuer] }
    assert.equal(await isProven('keyed', await assertion('keyed', {}, 'rs')), true)
    assert.equal(await isProven('keyed', await assertion('keyed', list)), true)
    assert.equal(await isProven('bank', await assertion('bank')), true)
    assert.equal(await isProven('bank', await assertion('bank', {}, 'rs')), false)
    assert.equal(await isProven('bank', await assertion('bank', list)), false)
  })

  it('O14: a client that is held to DPoP gets no token without a proof', async () => {
    const answer = await answered('bound', challenge)
    const { status, body } = await redeem('bound', answer.get('code')!, { code_verifier: verifier })
    assert.equal(status, 400)
    assert.match(body.error!, /invalid_dpop_proof|invalid_request|invalid_grant/)
    assert.equal(body.access_token, undefined)
  })

  it('O14: a client kept without rotation refreshes with the same token, again and again', async () => {
    const code = (await answered('keeping', challenge)).get('code')!
    const first = await redeem('keeping', code, { code_verifier: verifier })
    const refresh_token = first.body.refresh_token!
    for (let i = 0; i < 3; i++) {
      const { status, body } = await token('keeping', { grant_type: 'refresh_token', refresh_token })
      assert.equal(status, 200)
      assert.ok(body.refresh_token === undefined || body.refresh_token === refresh_token)
    }
  })

  it('O14: under the profile fapi2 a request is pushed, tokens are bound to a key, the refresh token stays', async () => {
    const config = await client.discovery(
      new URL(product.issuer),
      'bank',
      { id_token_signed_response_alg: 'ES256' },
      client.PrivateKeyJwt({ key: (await es).privateKey, kid: 'es' }),
      { execute: [client.allowInsecureRequests] },
    )
    const plain = await createTestBrowser().visit(urlOf('bank', challenge))
    assert.equal(handedOver(plain).get('error'), 'invalid_request')

    const boundBy = async (alg: string) => {
      const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair(alg))
      const pkceCodeVerifier = client.randomPKCECodeVerifier()
      const [state, nonce] = [client.randomState(), client.randomNonce()]
      const url = await client.buildAuthorizationUrlWithPAR(
        config,
        {
          redirect_uri: uriOf('bank'),
          scope: 'openid profile',
          code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
          code_challenge_method: 'S256',
          state,
          nonce,
        },
        { DPoP },
      )
      const browser = createTestBrowser()
      const isBack = (each: URL) => each.href.startsWith(uriOf('bank'))
      const page = await browser.follow(url.href, isBack)
      const finished = await browser.submit(page.url, { result: JSON.stringify(signedIn(asPerson(await linked()))) })
      const back = await browser.follow(finished.next!, isBack)
      const checks = { pkceCodeVerifier, expectedState: state, expectedNonce: nonce }
      return {
        DPoP,
        tokens: await client.authorizationCodeGrant(config, new URL(back.next!), checks, undefined, { DPoP }),
      }
    }
    const { tokens, DPoP } = await boundBy('ES256')
    assert.equal(tokens.token_type, 'dpop')
    for (let i = 0; i < 2; i++) {
      const again = await client.refreshTokenGrant(config, tokens.refresh_token!, undefined, { DPoP })
      assert.ok(again.refresh_token === undefined || again.refresh_token === tokens.refresh_token)
    }
    await assert.rejects(boundBy('RS256'), { error: 'invalid_dpop_proof' })
  })

  it('O14: a proof in RS256 is refused under the profile fapi2 wherever it is shown: pushed, at the token, at userinfo', async () => {
    const pair = await generateKeyPair('PS256', { extractable: true })
    const jwk = await exportJWK(pair.publicKey)
    const whole = await exportJWK(pair.privateKey)
    const proof = async (alg: 'PS256' | 'RS256', method: string, path: string, accessToken?: string) =>
      new SignJWT({
        htm: method,
        htu: product.issuer + path,
        ...(accessToken && { ath: createHash('sha256').update(accessToken).digest('base64url') }),
      })
        .setProtectedHeader({ alg, typ: 'dpop+jwt', jwk: { kty: jwk.kty!, n: jwk.n!, e: jwk.e! } })
        .setIssuedAt()
        .setJti(crypto.randomUUID())
        .sign(await importJWK({ ...whole, alg }, alg))
    const proven = async (body: Record<string, string>) => ({
      ...body,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await assertion('bank'),
    })
    const push = async (alg: 'PS256' | 'RS256') =>
      post(
        'bank',
        '/request',
        await proven({ redirect_uri: uriOf('bank'), response_type: 'code', scope: 'openid', ...challenge }),
        {
          DPoP: await proof(alg, 'POST', '/request'),
        },
      )
    assert.equal((await push('RS256')).body.error, 'invalid_dpop_proof')
    const pushed = await push('PS256')
    assert.equal(pushed.status, 201, JSON.stringify(pushed.body))
    const code = (await answered('bank', { request_uri: pushed.body.request_uri! })).get('code')!
    const grant = { grant_type: 'authorization_code', code, redirect_uri: uriOf('bank'), code_verifier: verifier }
    const tokens = await post('bank', '/token', await proven(grant), { DPoP: await proof('PS256', 'POST', '/token') })
    const { access_token: access = '' } = tokens.body
    const read = async (alg: 'PS256' | 'RS256') =>
      fetch(`${product.issuer}/me`, {
        headers: { authorization: `DPoP ${access}`, DPoP: await proof(alg, 'GET', '/me', access) },
      })
    const refused = await read('RS256')
    assert.deepEqual(
      [refused.status >= 400, ((await refused.json()) as { error: string }).error],
      [true, 'invalid_dpop_proof'],
    )
    assert.equal((await read('PS256')).status, 200)
  })
})
