/**
 * Two clients as the Foundation's FAPI 2.0 suite has them: proven by `private_key_jwt`, tokens bound by DPoP, every
 * request pushed, and made by hand, so that each part of it can be wrong.
 */
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose'
import { epochSeconds } from '../../src/lib/clock.ts'
import type { Person } from '../../src/people/index.ts'
import { createTestBrowser, handedOver, type TestBrowser } from './browser.ts'
import { aCompany, aService, declared } from './group.ts'
import { asPerson, aTestOidc, signedIn } from './oidc.ts'
import { close, listen } from './server.ts'
import { verifier } from './tokens.ts'

export type Parameters = Record<string, string>
type Claims = Record<string, unknown>
export interface Answer {
  status: number
  type: string
  body: Record<string, string>
}

export const challenge = {
  code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  code_challenge_method: 'S256',
}

/** A claim or a header's member that is undefined is left out. */
const without = <T extends object>(all: T): T =>
  Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as T

const signed = async (claims: Claims, header: object, key: CryptoKey): Promise<string> =>
  new SignJWT(without(claims)).setProtectedHeader(without(header) as never).sign(key)

export interface ProofKey {
  publicJwk: JWK
  privateJwk: JWK
  privateKey: CryptoKey
  jkt: string
}
export const aProofKey = async (alg = 'ES256'): Promise<ProofKey> => {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
  const [publicJwk, privateJwk] = await Promise.all([publicKey, privateKey].map((key) => exportJWK(key)))
  return { publicJwk: publicJwk!, privateJwk: privateJwk!, privateKey, jkt: await calculateJwkThumbprint(publicJwk!) }
}

/** What a proof says, and what of it is otherwise than it should be. */
export interface Wrong {
  claims?: Claims
  header?: object
  key?: ProofKey
}
export const aProof = async (
  key: ProofKey,
  { method, at, token }: { method: string; at: string; token?: string | undefined },
  { claims = {}, header = {}, key: signer = key }: Wrong = {},
): Promise<string> =>
  signed(
    {
      htm: method,
      htu: at,
      jti: crypto.randomUUID(),
      iat: epochSeconds(),
      ath: token && createHash('sha256').update(token).digest('base64url'),
      ...claims,
    },
    { alg: 'ES256', typ: 'dpop+jwt', jwk: key.publicJwk, ...header },
    signer.privateKey,
  )

export const aFapiWorld = async () => {
  const keys = new Map<string, Promise<{ publicKey: CryptoKey; privateKey: CryptoKey }>>(
    ['bank', 'broker'].map((id) => [id, generateKeyPair('ES256', { extractable: true })]),
  )
  /** Any that the entry does not forbid; RS256 is what the profile does. */
  const rsa = generateKeyPair('PS256', { extractable: true })
  const jwks = createServer(async (request, response) => {
    const own = await keys.get(request.url!.slice(1))!
    const published = [
      { ...(await exportJWK(own.publicKey)), kid: 'es', use: 'sig' },
      { ...(await exportJWK((await rsa).publicKey)), kid: 'rsa', use: 'sig' },
    ]
    response.end(JSON.stringify({ keys: published }))
  })
  const port = await listen(jwks)
  const product = await aTestOidc({
    companies: (url) => {
      const store = aService('mobile', 'mobile-store', url('mobile-store'))
      const [web] = store.clients
      store.clients = [...keys.keys()].map((id) => ({
        ...web!,
        id,
        secret: undefined,
        jwksUri: `http://127.0.0.1:${port}/${id}`,
        profile: 'fapi2',
        offline: true,
        requirePushedAuthorizationRequests: true,
        requireDpop: true,
        keepsRefreshToken: true,
      }))
      return [declared(aCompany({ id: 'mobile' }), [store])]
    },
  })
  const person: Person = await product.aPerson()
  await product.link(person, 'mobile')
  const { issuer } = product

  const aClient = (id: 'bank' | 'broker') => {
    const redirectUri = product.config.group.clients.get(id)!.client.redirectUris[0]!
    const isBack = (url: URL) => url.href.startsWith(redirectUri)

    const assertion = async (claims: Claims = {}, alg: 'ES256' | 'RS256' = 'ES256'): Promise<Parameters> => {
      const at = epochSeconds()
      const all = { iss: id, sub: id, aud: issuer, jti: crypto.randomUUID(), iat: at, exp: at + 60, ...claims }
      const rs = async () => (await importJWK(await exportJWK((await rsa).privateKey), alg)) as CryptoKey
      const key = alg === 'ES256' ? (await keys.get(id)!).privateKey : await rs()
      return {
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: await signed(all, { alg, kid: alg === 'ES256' ? 'es' : 'rsa' }, key),
      }
    }
    const ask = async (path: string, body: Parameters, headers: Parameters = {}, method = 'POST'): Promise<Answer> => {
      const answer = await fetch(issuer + path, { method, headers, body: new URLSearchParams(without(body)) })
      const text = await answer.text()
      const type = answer.headers.get('content-type') ?? ''
      return { status: answer.status, type, body: type.startsWith('application/json') ? JSON.parse(text) : {} }
    }
    const proofFor = async (path: string, key: ProofKey | undefined, wrong?: Wrong): Promise<Parameters> =>
      key ? { DPoP: await aProof(key, { method: 'POST', at: issuer + path }, wrong) } : {}

    const request = (more: Parameters = {}): Parameters => ({
      client_id: id,
      redirect_uri: redirectUri,
      response_type: 'code',
      scope: 'openid profile email',
      state: 'a state that comes back',
      nonce: 'a nonce that comes back',
      ...challenge,
      ...more,
    })
    /** Pushed, with a proof where a key is named; a parameter that is undefined is left out. */
    const push = async (
      more: Parameters = {},
      { by, key }: { by?: Parameters; key?: ProofKey | undefined } = {},
    ): Promise<Answer> =>
      ask('/request', { ...request(more), ...(by ?? (await assertion())) }, await proofFor('/request', key))

    /** As far as the way back, or the page that refuses. */
    const visit = async (sent: Parameters, browser: TestBrowser = createTestBrowser(), refuses = false) => {
      let page = await browser.follow(`${issuer}/auth?${new URLSearchParams(sent)}`, isBack)
      while (!page.next && page.status === 200) {
        const { prompt } = JSON.parse(page.text) as { prompt: string }
        const agreed = prompt === 'consent' ? { consented: true } : signedIn(asPerson(person))
        const done = await browser.submit(page.url, { result: JSON.stringify(refuses ? { refused: true } : agreed) })
        page = await browser.follow(done.next!, isBack)
      }
      return page
    }
    const authorized = async (more: Parameters = {}, key?: ProofKey): Promise<URLSearchParams> => {
      const { request_uri = '' } = (await push(more, { key })).body
      return handedOver(await visit({ client_id: id, request_uri }))
    }
    const token = async (
      body: Parameters,
      { key, by, wrong }: { key?: ProofKey | undefined; by?: Parameters; wrong?: Wrong } = {},
    ): Promise<Answer> =>
      ask('/token', { ...body, ...(by ?? (await assertion())) }, await proofFor('/token', key, wrong))
    const grant = (code: string, more: Parameters = {}): Parameters => ({
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
      code_verifier: verifier,
      ...more,
    })

    return { id, redirectUri, assertion, ask, request, push, visit, authorized, token, grant }
  }

  /** Userinfo is the protected resource: `scheme` as a client writes it. */
  const resource = async (accessToken: string, headers: Record<string, string>, scheme = 'DPoP') => {
    const answer = await fetch(`${issuer}/me`, { headers: { authorization: `${scheme} ${accessToken}`, ...headers } })
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
  }
  const proofAt = (key: ProofKey, accessToken: string, wrong?: Wrong): Promise<string> =>
    aProof(key, { method: 'GET', at: `${issuer}/me`, token: accessToken }, wrong)

  return {
    product,
    issuer,
    person,
    bank: aClient('bank'),
    broker: aClient('broker'),
    resource,
    proofAt,
    close: async () => {
      await product.close()
      await close(jwks)
    },
  }
}

export type FapiWorld = Awaited<ReturnType<typeof aFapiWorld>>
