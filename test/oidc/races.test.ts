import assert from 'node:assert/strict'
import * as client from 'openid-client'
import { createTestBrowser } from '../world/browser.ts'
import { asPerson, aTestOidc, signedIn, type TestOidc } from '../world/oidc.ts'
import { aRelyingParty, type RelyingParty } from '../world/relying-party.ts'
import { slowly } from '../world/slow-database.ts'

const racers = 8
const rounds = 2

interface Answer {
  status: number
  body: { error?: string; access_token?: string; refresh_token?: string; request_uri?: string }
}

describe('what may be redeemed once, raced for behind a slow database', () => {
  let product: TestOidc
  let service: RelyingParty
  const signIn = async () => {
    const person = await product.aPerson()
    await product.link(person, 'mobile')
    return service.travel(createTestBrowser(), () => signedIn(asPerson(person)))
  }
  const token = async (fields: Record<string, string>): Promise<Answer> => {
    const { client_id, client_secret } = {
      client_id: 'mobile-store',
      client_secret: service.secret!,
    }
    const response = await fetch(`${product.issuer}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${client_id}:${encodeURIComponent(client_secret)}`)}` },
      body: new URLSearchParams(fields),
    })
    return { status: response.status, body: (await response.json()) as Answer['body'] }
  }
  const codeOf = ({ visit, asked }: Awaited<ReturnType<typeof signIn>>) => ({
    grant_type: 'authorization_code',
    code: new URL(visit.next!).searchParams.get('code')!,
    redirect_uri: service.redirectUri,
    code_verifier: asked.verifier,
  })
  const userinfo = async (accessToken: string) =>
    (await fetch(`${product.issuer}/me`, { headers: { authorization: `Bearer ${accessToken}` } })).status
  const race = (fields: Record<string, string>) => Promise.all(Array.from({ length: racers }, () => token(fields)))
  const winnersOf = (answers: Answer[]) => answers.filter(({ status }) => status === 200)

  before(async () => {
    product = await aTestOidc({ wrap: (connection) => slowly(connection) })
    service = await aRelyingParty(product, 'mobile-store')
  })
  after(() => product.close())

  it('Z1: of eight that redeem one code at the same moment, one gets tokens and the others invalid_grant', async () => {
    for (let round = 0; round < rounds; round++) {
      const answers = await race(codeOf(await signIn()))
      const winners = winnersOf(answers)
      assert.equal(winners.length, 1)
      for (const { status, body } of answers)
        if (status !== 200) assert.deepEqual([status, body.error], [400, 'invalid_grant'])
    }
  })

  it('Z1: of eight that rotate one refresh token at the same moment, one gets a new one', async () => {
    for (let round = 0; round < rounds; round++) {
      const { body } = await token(codeOf(await signIn()))
      const answers = await race({ grant_type: 'refresh_token', refresh_token: body.refresh_token! })
      assert.equal(winnersOf(answers).length, 1)
      for (const { status, body } of answers)
        if (status !== 200) assert.deepEqual([status, body.error], [400, 'invalid_grant'])
    }
  })

  it('§1: a code that comes back later ends every token that came of it', async () => {
    const fields = codeOf(await signIn())
    const { body } = await token(fields)
    assert.equal(await userinfo(body.access_token!), 200)
    assert.equal((await token(fields)).body.error, 'invalid_grant')
    assert.equal(await userinfo(body.access_token!), 401)
    const refreshed = await token({ grant_type: 'refresh_token', refresh_token: body.refresh_token! })
    assert.equal(refreshed.body.error, 'invalid_grant')
  })

  it('§1: a refresh token that comes back later ends its whole family', async () => {
    const first = await token(codeOf(await signIn()))
    const second = await token({ grant_type: 'refresh_token', refresh_token: first.body.refresh_token! })
    assert.equal(second.status, 200)
    const replayed = await token({ grant_type: 'refresh_token', refresh_token: first.body.refresh_token! })
    assert.equal(replayed.body.error, 'invalid_grant')
    assert.equal(await userinfo(second.body.access_token!), 401)
    const newest = await token({ grant_type: 'refresh_token', refresh_token: second.body.refresh_token! })
    assert.equal(newest.body.error, 'invalid_grant')
  })

  it('Z1: of eight that use one DPoP proof at the same moment, one is answered', async () => {
    const person = await product.aPerson()
    await product.link(person, 'mobile')
    const dpop = client.getDPoPHandle(service.config, await client.randomDPoPKeyPair('ES256'))
    const { visit, asked } = await service.travel(createTestBrowser(), () => signedIn(asPerson(person)))
    const tokens = await client.authorizationCodeGrant(
      service.config,
      new URL(visit.next!),
      { pkceCodeVerifier: asked.verifier, expectedState: asked.state, expectedNonce: asked.nonce },
      undefined,
      { DPoP: dpop },
    )
    assert.equal(tokens.token_type, 'dpop')
    // A proof is taken from a real request and sent eight times.
    let proof = ''
    const spy = await aRelyingParty(product, 'mobile-store')
    spy.config[client.customFetch] = async (_url, { headers }) => {
      proof = new Headers(headers as Record<string, string>).get('dpop') ?? ''
      return new Response('{}', { status: 500 })
    }
    await client.fetchUserInfo(spy.config, tokens.access_token, tokens.claims()!.sub, { DPoP: dpop }).catch(() => {})
    const answers = await Promise.all(
      Array.from({ length: racers }, () =>
        fetch(`${product.issuer}/me`, {
          headers: { authorization: `DPoP ${tokens.access_token}`, dpop: proof },
        }),
      ),
    )
    assert.deepEqual(answers.map(({ status }) => status).sort(), [
      200,
      ...Array.from({ length: racers - 1 }, () => 401),
    ])
  })

  it('Z1: a pushed request is good for one authorization', async () => {
    const person = await product.aPerson()
    await product.link(person, 'mobile')
    const browser = createTestBrowser()
    await service.travel(browser, () => signedIn(asPerson(person)))
    const asked = await service.request()
    const pushed = await client.buildAuthorizationUrlWithPAR(
      service.config,
      Object.fromEntries([...asked.url.searchParams].filter(([name]) => name !== 'client_id')),
    )
    const visits = await Promise.all(Array.from({ length: racers }, () => browser.visit(pushed.href)))
    const codes = visits.filter(({ next }) => next && new URL(next).searchParams.has('code'))
    assert.equal(codes.length, 1)
  })
})
