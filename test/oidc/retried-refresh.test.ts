import assert from 'node:assert/strict'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import { type AdjustableClock, adjustableClock, second } from '../../src/lib/clock.ts'
import { digest, randomId } from '../../src/lib/ids.ts'
import { createTestBrowser } from '../world/browser.ts'
import { aClient, aCompany, aService, declared } from '../world/group.ts'
import { asPerson, aTestOidc, signedIn, type TestOidc } from '../world/oidc.ts'
import { aRelyingParty } from '../world/relying-party.ts'
import { slowly } from '../world/slow-database.ts'

interface Tokens {
  error?: string
  access_token: string
  refresh_token: string
}

describe('a client that asks again with a refresh token it has just spent', () => {
  let product: TestOidc
  let clock: AdjustableClock
  // Made before each test, since another file that resets its own resets them all.
  beforeEach(() => {
    clock = adjustableClock()
  })
  before(async () => {
    product = await aTestOidc({
      wrap: (connection) => slowly(connection, 3),
      companies: (url) => {
        const store = aService('mobile', 'mobile-store', url('mobile-store'))
        const [web] = store.clients
        store.clients = [
          web!,
          { ...web!, id: 'several', retriesRefresh: true },
          aClient({ ...web!, id: 'public', secret: undefined, retriesRefresh: true }),
        ]
        return [declared(aCompany({ id: 'mobile' }), [store])]
      },
    })
  })
  after(() => product.close())
  afterEach(() => clock.reset())

  const signIn = async (id: string, headers: () => Promise<Record<string, string>> = async () => ({})) => {
    const person = await product.aPerson()
    await product.link(person, 'mobile')
    const service = await aRelyingParty(product, id)
    const { visit, asked } = await service.travel(createTestBrowser(), () => signedIn(asPerson(person)))
    const ask = async (fields: Record<string, string>): Promise<{ status: number; body: Tokens }> => {
      const basic = service.secret && `Basic ${btoa(`${id}:${encodeURIComponent(service.secret)}`)}`
      const response = await fetch(`${product.issuer}/token`, {
        method: 'POST',
        headers: { ...(basic && { authorization: basic }), ...(await headers()) },
        body: new URLSearchParams({ ...fields, ...(!basic && { client_id: id }) }),
      })
      return { status: response.status, body: (await response.json()) as Tokens }
    }
    const { body } = await ask({
      grant_type: 'authorization_code',
      code: new URL(visit.next!).searchParams.get('code')!,
      redirect_uri: service.redirectUri,
      code_verifier: asked.verifier,
    })
    const refresh = (token: string, more: Record<string, string> = {}) =>
      ask({ grant_type: 'refresh_token', refresh_token: token, ...more })
    return { tokens: body, refresh }
  }
  const lives = async (token: string) =>
    (await fetch(`${product.issuer}/me`, { headers: { authorization: `Bearer ${token}` } })).status === 200

  it('R3: gets the same answer, three at once and once more within ten seconds; never a second pair', async () => {
    const { tokens, refresh } = await signIn('several')
    const answers = await Promise.all([1, 2, 3].map(() => refresh(tokens.refresh_token)))
    answers.push(await refresh(tokens.refresh_token))
    for (const { status, body } of answers) {
      assert.equal(status, 200, JSON.stringify(body))
      assert.deepEqual(body, answers[0]!.body)
    }
    const [{ body: first }] = answers as [(typeof answers)[0]]
    assert.ok(await lives(first.access_token))
    const next = await refresh(first.refresh_token)
    assert.equal(next.status, 200)
    assert.notEqual(next.body.refresh_token, first.refresh_token)
  })

  it('R3: ten seconds later, and once the newer token was used, a spent one ends its grant', async () => {
    for (const late of [true, false]) {
      const { tokens, refresh } = await signIn('several')
      const first = await refresh(tokens.refresh_token)
      const newest = late ? first : await refresh(first.body.refresh_token)
      if (late) clock.advance(11 * second)
      assert.equal((await refresh(tokens.refresh_token)).body.error, 'invalid_grant')
      assert.equal(await lives(newest.body.access_token), false)
      assert.equal((await refresh(newest.body.refresh_token)).body.error, 'invalid_grant')
    }
  })

  it('R3: ten seconds are counted from its own replacement, not from that of the newest', async () => {
    const { tokens, refresh } = await signIn('several')
    const first = await refresh(tokens.refresh_token)
    clock.advance(11 * second)
    const newest = await refresh(first.body.refresh_token)
    assert.equal((await refresh(tokens.refresh_token)).body.error, 'invalid_grant')
    assert.equal(await lives(newest.body.access_token), false)
  })

  it('R3: another scope is not the same question: refused alone, and nothing ends', async () => {
    const { tokens, refresh } = await signIn('several')
    const first = await refresh(tokens.refresh_token)
    assert.equal((await refresh(tokens.refresh_token, { scope: 'openid' })).body.error, 'invalid_grant')
    assert.ok(await lives(first.body.access_token))
  })

  it('R3: who does not declare it, and whom nothing shows to be the same, is answered as a thief is', async () => {
    for (const id of ['mobile-store', 'public']) {
      const { tokens, refresh } = await signIn(id)
      const first = await refresh(tokens.refresh_token)
      assert.equal((await refresh(tokens.refresh_token)).body.error, 'invalid_grant', id)
      assert.equal(await lives(first.body.access_token), false, id)
    }
  })

  it('R3: a public client shows the same DPoP key; with another it gets nothing', async () => {
    const keys = [
      await generateKeyPair('ES256', { extractable: true }),
      await generateKeyPair('ES256', { extractable: true }),
    ]
    let used = keys[0]!
    const proof = async () => {
      const jwk: JWK = await exportJWK(used.publicKey)
      const dpop = await new SignJWT({ htm: 'POST', htu: `${product.issuer}/token`, jti: randomId() })
        .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk })
        .setIssuedAt()
        .sign(used.privateKey)
      return { DPoP: dpop }
    }
    const { tokens, refresh } = await signIn('public', proof)
    const answers = await Promise.all([1, 2, 3].map(() => refresh(tokens.refresh_token)))
    for (const { body } of answers) assert.deepEqual(body, answers[0]!.body)
    assert.ok(answers[0]!.body.access_token, await calculateJwkThumbprint(await exportJWK(used.publicKey)))
    used = keys[1]!
    assert.equal((await refresh(tokens.refresh_token)).body.error, 'invalid_grant')
  })

  it('R3: what is kept opens under the presented token alone, and goes with its grant', async () => {
    const { tokens, refresh } = await signIn('several')
    const { body } = await refresh(tokens.refresh_token)
    const artifacts = product.database.connection.collection<{ _id: string; payload: string }>('artifacts')
    const _id = `RefreshAnswer:${digest(tokens.refresh_token)}`
    const kept = await artifacts.findOne({ _id })
    assert.ok(kept)
    for (const secret of [body.access_token, body.refresh_token, tokens.refresh_token])
      assert.ok(!JSON.stringify(kept).includes(secret))
    clock.advance(11 * second)
    await refresh(tokens.refresh_token)
    assert.equal(await artifacts.findOne({ _id }), null)
  })
})
