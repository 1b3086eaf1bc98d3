import assert from 'node:assert/strict'
import { adjustableClock, epochSeconds, minute } from '../../src/lib/clock.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { aProof, aProofKey, type ProofKey, type Wrong } from '../world/fapi-client.ts'

interface Door {
  method: string
  path: string
  body?: object
  scope: string
  resource: string
}

describe('P3, Z8: a company’s token that is bound to a key (RFC 9449)', () => {
  let product: TestApp
  let key: ProofKey
  let doors: Door[]
  before(async () => {
    product = await aTestApp()
    key = await aProofKey()
    const ada = await product.aPerson({ links: ['games'] })
    const { subject } = await product.account(ada.accounts.games!)
    const audience = { scope: 'audience.read', resource: `${product.issuer}/audience/games` }
    const question = {
      subject: { type: 'user', id: subject },
      action: { name: 'marketing' },
      resource: { type: 'channel', id: 'email' },
    }
    doors = [
      { method: 'GET', path: `/scim/games/Users/${subject}`, scope: 'accounts.read', resource: 'games' },
      { method: 'POST', path: '/audience/games/evaluation', body: question, ...audience },
      { method: 'GET', path: '/audience/games/changes', ...audience },
    ]
  })
  after(() => product.close())

  const tokenFor = async ({ scope, resource }: Door): Promise<string> => {
    const proof = await aProof(key, { method: 'POST', at: `${product.issuer}/token` })
    return product.companyToken('games', scope, resource, proof)
  }
  const proofOf = (token: string, { method, path }: Door, wrong?: Wrong): Promise<string> =>
    aProof(key, { method, at: product.issuer + path, token }, wrong)
  const ask = async ({ method, path, body }: Door, headers: Record<string, string>) => {
    const answer = await fetch(product.issuer + path, {
      method,
      headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    })
    return { status: answer.status, challenge: answer.headers.get('www-authenticate') ?? '', text: await answer.text() }
  }

  it('opens each of its doors to whoever has the key, once for each proof', async () => {
    for (const door of doors) {
      const token = await tokenFor(door)
      const headers = { authorization: `DPoP ${token}`, dpop: await proofOf(token, door) }
      assert.equal((await ask(door, headers)).status, 200, door.path)
      const again = await ask(door, headers)
      assert.equal(again.status, 401, `${door.path}, with a proof that was used`)
      assert.match(again.challenge, /^DPoP error="invalid_dpop_proof", algs="ES256 /)
    }
  })

  it('opens none to whoever has the token alone, and says what is needed', async () => {
    for (const door of doors) {
      const token = await tokenFor(door)
      const shown: Record<string, string>[] = [
        { authorization: `Bearer ${token}` },
        { authorization: `Bearer ${token}`, dpop: await proofOf(token, door) },
        { authorization: `DPoP ${token}` },
        { authorization: `DPoP ${token}`, dpop: 'nonsense' },
      ]
      for (const headers of shown) {
        const { status, challenge, text } = await ask(door, headers)
        assert.equal(status, 401, `${door.path} ${JSON.stringify(Object.keys(headers))}`)
        assert.match(challenge, /^DPoP error="invalid_(token|dpop_proof)"/)
        assert.match(text, /bound to a key: send it with the scheme DPoP/)
      }
    }
  })

  it('takes a proof for this very request, token and moment alone, by the key it is bound to', async () => {
    const other = await aProofKey()
    const wrongs: [string, Wrong][] = [
      ['another method', { claims: { htm: 'DELETE' } }],
      ['another address', { claims: { htu: `${product.issuer}/scim/games/Users/somebody` } }],
      ['no address', { claims: { htu: 7 } }],
      ['another token', { claims: { ath: 'x' } }],
      ['no token', { claims: { ath: undefined } }],
      ['no name of its own', { claims: { jti: undefined } }],
      ['a name without an end', { claims: { jti: 'x'.repeat(300) } }],
      ['long ago', { claims: { iat: epochSeconds() - 400 } }],
      ['to come', { claims: { iat: epochSeconds() + 400 } }],
      ['no time', { claims: { iat: undefined } }],
      ['another kind of token', { header: { typ: 'JWT' } }],
      ['another key, its own', { header: { jwk: other.publicJwk }, key: other }],
      ['the key, signed by another', { key: other }],
      ['the private key', { header: { jwk: key.privateJwk } }],
    ]
    for (const door of doors) {
      const token = await tokenFor(door)
      for (const [what, wrong] of wrongs) {
        const dpop = await proofOf(token, door, wrong)
        assert.equal((await ask(door, { authorization: `DPoP ${token}`, dpop })).status, 401, `${door.path}, ${what}`)
      }
      // A query and a fragment are no part of what is proven (RFC 9449 §4.3).
      const dpop = await proofOf(token, door, { claims: { htu: `${product.issuer}${door.path}?a=b#c` } })
      assert.equal((await ask(door, { authorization: `DPoP ${token}`, dpop })).status, 200, door.path)
    }
  })

  it('is not what a token without a key becomes by another scheme', async () => {
    for (const door of doors) {
      const token = await product.companyToken('games', door.scope, door.resource)
      const { status, challenge } = await ask(door, {
        authorization: `DPoP ${token}`,
        dpop: await proofOf(token, door),
      })
      assert.equal(status, 401, door.path)
      assert.equal(challenge, 'Bearer error="invalid_token"')
    }
  })

  it('O1: is shown by one of eight that show the same proof at once, and by nobody again however far ahead it was dated', async () => {
    for (const door of doors) {
      const token = await tokenFor(door)
      const dpop = await proofOf(token, door, { claims: { iat: epochSeconds() + 299 } })
      const headers = { authorization: `DPoP ${token}`, dpop }
      const all = await Promise.all(Array.from({ length: 8 }, () => ask(door, headers)))
      assert.deepEqual(
        all.map(({ status }) => status).toSorted(),
        [200, ...Array.from({ length: 7 }, () => 401)],
        door.path,
      )
    }
    const [scim] = doors
    const clock = adjustableClock()
    try {
      const { key: proven, ...asked } = { key, method: scim!.method, at: product.issuer + scim!.path }
      const jti = crypto.randomUUID()
      const at = epochSeconds() + 299
      const first = await tokenFor(scim!)
      const used = await aProof(proven, { ...asked, token: first }, { claims: { iat: at, jti } })
      assert.equal((await ask(scim!, { authorization: `DPoP ${first}`, dpop: used })).status, 200)
      clock.advance(9 * minute)
      await product.features.oidc.tick()
      const later = await tokenFor(scim!)
      const again = await aProof(proven, { ...asked, token: later }, { claims: { iat: at, jti } })
      assert.equal((await ask(scim!, { authorization: `DPoP ${later}`, dpop: again })).status, 401)
    } finally {
      clock.reset()
    }
  })

  it('P10: opens its door after the keys were replaced', async () => {
    const [scim] = doors
    const token = await tokenFor(scim!)
    await product.features.oidc.rotate()
    const headers = { authorization: `DPoP ${token}`, dpop: await proofOf(token, scim!) }
    assert.equal((await ask(scim!, headers)).status, 200)
  })
})
