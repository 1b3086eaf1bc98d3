/**
 * What the Foundation's FAPI 2.0 plan asks about DPoP proofs (O14): each test has the name of its module, without what all
 * names begin with, and checks what that checks; the rest of the plan stands in `fapi2-security-profile.test.ts`.
 */
import assert from 'node:assert/strict'
import { epochSeconds } from '../../../src/lib/clock.ts'
import {
  type Answer,
  aFapiWorld,
  aProofKey,
  type FapiWorld,
  type Parameters,
  type ProofKey,
  type Wrong,
} from '../../world/fapi-client.ts'

describe('OpenID conformance, FAPI 2.0 security profile final: proofs (O14)', () => {
  let world: FapiWorld
  let key: ProofKey
  let other: ProofKey
  before(async () => {
    world = await aFapiWorld()
    ;[key, other] = await Promise.all([aProofKey(), aProofKey()])
  })
  after(() => world.close())

  const refused = ({ status, body }: Answer, ...errors: string[]) => {
    assert.ok(errors.includes(body.error!), `${JSON.stringify(body)}, not ${errors}`)
    assert.equal(status, 400)
  }
  /** Redeems a code; what was pushed beforehand named a key by `pushed`, or by `dpop_jkt`. */
  const redeemed = async (
    more: Parameters = {},
    { pushed, by = key, wrong }: { pushed?: ProofKey; by?: ProofKey; wrong?: Wrong } = {},
  ): Promise<Answer> => {
    const code = (await world.bank.authorized(more, pushed)).get('code')!
    return world.bank.token(world.bank.grant(code), { key: by, ...(wrong && { wrong }) })
  }
  const accessToken = async (): Promise<string> => (await redeemed()).body.access_token!
  const mismatch = ['invalid_request', 'invalid_grant', 'invalid_dpop_proof']

  it('O14: access-token-type-header-case-sensitivity', async () => {
    const token = await accessToken()
    for (const scheme of ['DPoP', 'dpop', 'dPOp'])
      assert.equal((await world.resource(token, { DPoP: await world.proofAt(key, token) }, scheme)).status, 200, scheme)
  })

  it('O14: check-dpop-proof-nbf-exp, ensure-dpop-proof-with-iat-is10seconds-before-succeeds, -after-succeeds', async () => {
    const at = epochSeconds()
    for (const claims of [{ nbf: at, exp: at + 300 }, { iat: at - 10 }, { iat: at + 10 }]) {
      const { status, body } = await redeemed({}, { wrong: { claims } })
      assert.equal(status, 200, JSON.stringify(body))
      const proof = await world.proofAt(key, body.access_token!, { claims })
      assert.equal((await world.resource(body.access_token!, { DPoP: proof })).status, 200)
    }
  })

  it('O14: ensure-mismatched-dpop-jkt-fails: pushed with one key, naming another', async () => {
    refused(await world.bank.push({ dpop_jkt: other.jkt }, { key }), 'invalid_request', 'invalid_dpop_proof')
  })

  it('O14: ensure-token-endpoint-fails-with-mismatched-dpop-proof-jkt, -mismatched-dpop-jkt', async () => {
    refused(await redeemed({}, { pushed: other }), ...mismatch)
    refused(await redeemed({ dpop_jkt: other.jkt }), ...mismatch)
  })

  it('O14: ensure-dpopproof-at-par-endpoint-binding-success, ensure-dpop-auth-code-binding-success', async () => {
    assert.equal((await redeemed({}, { pushed: key })).status, 200)
    assert.equal((await redeemed({ dpop_jkt: key.jkt }, { pushed: key })).status, 200)
  })

  it('O14: ensure-holder-of-key-required', async () => {
    const code = (await world.bank.authorized()).get('code')!
    refused(await world.bank.token(world.bank.grant(code)), ...mismatch)
  })

  describe('dpop-negative-tests', () => {
    let token: string
    before(async () => {
      token = await accessToken()
    })
    const read = async (wrong?: Wrong) => world.resource(token, { DPoP: await world.proofAt(key, token, wrong) })
    const isRefused = ({ status }: { status: number }, of: string) =>
      assert.ok(status === 400 || status === 401, `${of}: ${status}`)

    it('O14: a proof without one of its parts, or with a wrong one, reads nothing', async () => {
      const wrong: Record<string, Wrong> = {
        'no typ': { header: { typ: undefined } },
        'another typ': { header: { typ: 'jwt' } },
        'no jwk': { header: { jwk: undefined } },
        'the private key': { header: { jwk: key.privateJwk } },
        'another key': { header: { jwk: other.publicJwk }, key: other },
        'a key that did not sign': { key: other },
        'no jti': { claims: { jti: undefined } },
        'no htm': { claims: { htm: undefined } },
        'another htm': { claims: { htm: 'PUT' } },
        'no htu': { claims: { htu: undefined } },
        'another htu': { claims: { htu: 'https://other1.example.com/me' } },
        'no iat': { claims: { iat: undefined } },
        'an hour ahead': { claims: { iat: epochSeconds() + 3600 } },
        'an hour ago': { claims: { iat: epochSeconds() - 3600 } },
        'no ath': { claims: { ath: undefined } },
        'another ath': { claims: { ath: 'bm90IHRoaXMgdG9rZW4' } },
      }
      for (const [of, each] of Object.entries(wrong)) isRefused(await read(each), of)
    })

    it('O14: nor do two proofs, none, half of one, one that is not signed, or none with the token as a bearer’s', async () => {
      const [proof, second] = [await world.proofAt(key, token), await world.proofAt(key, token)]
      const [, claims = ''] = proof.split('.')
      const unsigned = (alg: object) =>
        `${Buffer.from(JSON.stringify({ ...alg, typ: 'dpop+jwt', jwk: key.publicJwk })).toString('base64url')}.${claims}.`
      const sent: Record<string, Parameters> = {
        two: { DPoP: `${proof}, ${second}` },
        none: {},
        half: { DPoP: proof.slice(0, proof.lastIndexOf('.')) },
        'alg none': { DPoP: unsigned({ alg: 'none' }) },
        'no alg': { DPoP: unsigned({}) },
      }
      for (const [of, headers] of Object.entries(sent)) isRefused(await world.resource(token, headers), of)
      isRefused(await world.resource(token, {}, 'Bearer'), 'a bearer')
    })

    it('O14: a proof counts once; what is no part of it is passed over, and an address is compared as one', async () => {
      const proof = await world.proofAt(key, token)
      assert.equal((await world.resource(token, { DPoP: proof })).status, 200)
      isRefused(await world.resource(token, { DPoP: proof }), 'again')
      const htu = `${world.issuer}/me`
      for (const good of [
        { claims: { htu: `${htu}?one=two#three` } },
        { claims: { htu: htu.replace('http://localhost', 'HTTP://LOCALHOST') } },
        { claims: { extra: 'passed over' }, header: { extra: 'passed over' } },
        {},
      ] as Wrong[])
        assert.equal((await read(good)).status, 200, JSON.stringify(good))
    })
  })
})
