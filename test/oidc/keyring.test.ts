import assert from 'node:assert/strict'
import { exportJWK, generateKeyPair } from 'jose'
import { adjustableClock, epochSeconds, hour } from '../../src/lib/clock.ts'
import { createKeyring } from '../../src/oidc/keyring.ts'

describe('a company’s access token that is shown again', () => {
  const of = { typ: 'at+jwt', issuer: 'https://sign-in.example' }
  const aKeyring = async () => {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true })
    const jwk = { ...(await exportJWK(privateKey)), kid: 'k', alg: 'ES256', use: 'sig' }
    return createKeyring([{ kid: 'k', algorithm: 'ES256', jwk } as never])
  }
  const claims = () => ({ iss: of.issuer, aud: 'a', client_id: 'c', iat: epochSeconds(), exp: epochSeconds() + 3600 })

  it('is good until it runs out, also once it was looked at, and for what it is alone', async () => {
    const clock = adjustableClock()
    try {
      const keyring = await aKeyring()
      const token = await keyring.sign(claims(), { typ: of.typ })
      for (const _time of ['looked at', 'known']) assert.equal((await keyring.verify(token, of))?.client_id, 'c')
      assert.equal(await keyring.verify(token, { ...of, typ: 'JWT' }), undefined)
      assert.equal(await keyring.verify(token, { ...of, issuer: 'https://other.example' }), undefined)
      assert.equal(await keyring.verify(`${token}x`, of), undefined)
      assert.equal(await (await aKeyring()).verify(token, of), undefined, 'signed by another key')
      clock.advance(hour)
      assert.equal(await keyring.verify(token, of), undefined, 'it ran out')
    } finally {
      clock.reset()
    }
  })
})
