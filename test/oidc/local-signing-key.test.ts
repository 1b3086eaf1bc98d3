import assert from 'node:assert/strict'
import { compactVerify, exportJWK, generateKeyPair, importJWK } from 'jose'
import { LocalSigningKey } from '../../src/oidc/local-signing-key.ts'

describe('a key that signs where it is asked', () => {
  for (const algorithm of ['ES256', 'RS256'] as const)
    it(`signs what its public half verifies, however long the numbers of a signature are: ${algorithm}`, async () => {
      const { privateKey } = await generateKeyPair(algorithm, { extractable: true })
      const jwk = await exportJWK(privateKey)
      const key = new LocalSigningKey({ kid: 'one', algorithm, jwk })
      const { n, e, kty, crv, x, y } = jwk
      const publicHalf = await importJWK({ n, e, kty, crv, x, y } as never, algorithm)
      const head = Buffer.from(JSON.stringify({ alg: algorithm, kid: key.kid })).toString('base64url')
      // One in 128 has a number with a leading zero byte less, and one in two a zero more.
      for (let i = 0; i < (algorithm === 'ES256' ? 600 : 2); i += 1) {
        const signed = `${head}.${Buffer.from(String(i)).toString('base64url')}`
        const signature = await key.sign(Buffer.from(signed))
        await compactVerify(`${signed}.${signature.toString('base64url')}`, publicHalf)
      }
    })

  it('hands out its public half alone', async () => {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true })
    const key = new LocalSigningKey({ kid: 'one', algorithm: 'ES256', jwk: await exportJWK(privateKey) })
    assert.equal(key.keyObject().type, 'public')
    assert.doesNotMatch(JSON.stringify(key), /"d"/)
  })
})
