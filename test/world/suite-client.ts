/**
 * A client as the OpenID Foundation's suite is one: with a secret, without PKCE by its entry's exemption (O13), and with
 * requests of its own making, so that nothing of a library's kindness stands between. What the suite checks of every
 * answer is checked here.
 */
import assert from 'node:assert/strict'
import { createRemoteJWKSet, type JWTPayload, jwtVerify } from 'jose'
import { clientSecret } from '../../src/config/settings.ts'
import { epochSeconds } from '../../src/lib/clock.ts'
import type { Person } from '../../src/people/index.ts'
import { createTestBrowser, handedOver, type TestBrowser, type Visit } from './browser.ts'
import { aCompany, aService, declared } from './group.ts'
import { asPerson, aTestOidc, signedIn, type TestOidc } from './oidc.ts'
import { documentOf, fieldsOf } from './pages.ts'

type Parameters = Record<string, string>
type Json = Record<string, unknown>
export type Tokens = Record<string, string>

/** Older than what a request asks for that asks for a fresh proof. */
const longAgo = 1000

export const suiteClient = 'mobile-store'
export const otherClient = 'mobile-second'

/** A product with the suite's two clients at one company; ID tokens in RS256, which is what the plans ask for. */
export const aSuiteProduct = () =>
  aTestOidc({
    companies: (url) => {
      const store = aService('mobile', suiteClient, url(suiteClient))
      const first = { ...store.clients[0]!, withoutPkce: true, offline: true, idTokenAlgorithm: 'RS256' as const }
      store.clients = [first, { ...first, id: otherClient }]
      return [declared(aCompany({ id: 'mobile' }), [store])]
    },
  })

export const aLinkedPerson = async (product: TestOidc): Promise<Person> => {
  const person = await product.aPerson()
  await product.link(person, 'mobile')
  return person
}

interface SuiteClientDeps {
  product: TestOidc
  person: Person
  id?: string
  mode?: 'query' | 'form_post'
}

export const aSuiteClient = ({ product, person, id = suiteClient, mode = 'query' }: SuiteClientDeps) => {
  const { issuer } = product
  const redirectUri = product.config.group.clients.get(id)!.client.redirectUris[0]!
  const secret = clientSecret(product.config, id)!
  const keys = createRemoteJWKSet(new URL(`${issuer}/jwks`))
  const isBack = (url: URL) => url.href.startsWith(redirectUri)

  /** What comes by POST comes by POST alone (OAuth 2.0 Form Post Response Mode §2). */
  const formPosted = (visit: Visit): URLSearchParams => {
    if (!documentOf(visit).querySelector('#form-post')) return new URLSearchParams()
    const { searchParams, hash } = new URL(visit.url)
    assert.deepEqual([searchParams.has('code'), searchParams.has('error'), hash], [false, false, ''])
    return new URLSearchParams(fieldsOf(visit, redirectUri))
  }
  const answerOf = (visit: Visit): URLSearchParams => {
    const answer = visit.next ? handedOver(visit) : formPosted(visit)
    if (mode === 'form_post') assert.equal(visit.next, undefined, 'answered in the address')
    return answer
  }

  /** What somebody answers who is asked: who they are, or that they allow it. */
  const answered = (prompt: string, isFresh: boolean) =>
    prompt === 'consent'
      ? { consented: true }
      : signedIn(asPerson(person), { provenAt: isFresh ? epochSeconds() : epochSeconds() - longAgo })

  /** What comes back at the service, and which pages asked. A parameter that is empty is left out. */
  const authorize = async (more: Parameters = {}, browser: TestBrowser = createTestBrowser(), post = false) => {
    const request: Parameters = {
      client_id: id,
      redirect_uri: redirectUri,
      response_type: 'code',
      scope: 'openid',
      state: 'a state that comes back',
      nonce: 'n',
      ...(mode === 'form_post' && { response_mode: mode }),
      ...more,
    }
    const sent = Object.fromEntries(Object.entries(request).filter(([, value]) => value !== ''))
    const first = post
      ? (await browser.submit(`${issuer}/auth`, sent)).next!
      : `${issuer}/auth?${new URLSearchParams(sent)}`
    const pages: string[] = []
    let visit = await browser.follow(first, isBack)
    while (!visit.next && visit.status === 200 && visit.text.startsWith('{')) {
      const { prompt } = JSON.parse(visit.text) as { prompt: string }
      pages.push(prompt)
      const result = answered(prompt, Boolean(more.prompt || more.max_age))
      const done = await browser.submit(visit.url, { result: JSON.stringify(result) })
      visit = await browser.follow(done.next!, isBack)
    }
    const answer = answerOf(visit)
    if ([...answer].length > 0) assertAnswer(answer, sent)
    return { visit, pages, browser, answer }
  }

  /** State and issuer come back as they are, beside a code or an error and nothing else (RFC 6749 §4.1.2, RFC 9207). */
  const assertAnswer = (answer: URLSearchParams, sent: Parameters): void => {
    assert.equal(answer.get('state') ?? undefined, sent.state)
    assert.equal(answer.get('iss'), issuer)
    const names = answer.has('error') ? ['error', 'error_description', 'iss', 'state'] : ['code', 'iss', 'state']
    assert.deepEqual(
      [...answer.keys()].filter((name) => !names.includes(name)),
      [],
    )
    assert.match(answer.get('error_description') ?? '', /^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/)
  }

  const token = async (body: Parameters, how: 'basic' | 'post' = 'basic') => {
    const answer = await fetch(`${issuer}/token`, {
      method: 'POST',
      headers: how === 'basic' ? { authorization: `Basic ${btoa(`${id}:${secret}`)}` } : {},
      body: new URLSearchParams({ ...body, ...(how === 'post' && { client_id: id, client_secret: secret }) }),
    })
    assert.match(answer.headers.get('content-type') ?? '', /^application\/json/)
    assert.equal(answer.headers.get('cache-control'), 'no-store')
    return { status: answer.status, body: (await answer.json()) as Tokens }
  }
  const redeem = (code: string, how?: 'basic' | 'post') =>
    token({ grant_type: 'authorization_code', code, redirect_uri: redirectUri }, how)

  /** Signed by a key that is named, for this client, now (OpenID Connect Core §3.1.3.7). */
  const claimsOf = async (idToken: string): Promise<JWTPayload> => {
    const { payload, protectedHeader } = await jwtVerify(idToken, keys, { issuer, audience: id, algorithms: ['RS256'] })
    assert.ok(protectedHeader.kid && payload.sub && Math.abs(payload.iat! - epochSeconds()) < 300)
    return payload
  }

  const flow = async (more: Parameters = {}, browser?: TestBrowser) => {
    const { answer, pages, browser: used } = await authorize(more, browser)
    assert.ok(answer.get('code'), answer.toString())
    const { status, body } = await redeem(answer.get('code')!)
    assert.equal(status, 200, JSON.stringify(body))
    assert.ok(body.access_token && Number(body.expires_in) > 0 && body.token_type === 'Bearer')
    return { body, pages, browser: used, claims: await claimsOf(body.id_token!) }
  }

  const userinfo = async (init: RequestInit) => {
    const answer = await fetch(`${issuer}/me`, init)
    return { status: answer.status, body: (await answer.json()) as Json }
  }

  return { id, redirectUri, authorize, token, redeem, claimsOf, flow, userinfo }
}

export const bearer = ({ access_token }: Tokens) => ({ authorization: `Bearer ${access_token}` })

export const discoveryOf = async (product: TestOidc): Promise<Json> =>
  (await (await fetch(`${product.issuer}/.well-known/openid-configuration`)).json()) as Json
