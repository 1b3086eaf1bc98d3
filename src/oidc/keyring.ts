import { importJWK, type JWK, type JWTPayload, jwtVerify } from 'jose'
import { epochSeconds } from '../lib/clock.ts'
import { digest } from '../lib/ids.ts'
import { keepNewest } from '../lib/keep-newest.ts'
import type { SigningKey } from './keys.ts'
import type { SigningAlgorithm } from './keys-store.ts'
import { LocalSigningKey } from './local-signing-key.ts'

/** Tokens that are known to be ours. */
const mostVerified = 1000

type Key = Awaited<ReturnType<typeof importJWK>>

/** The keys of one moment, ready for use: the first of each algorithm signs, all of them verify. */
export const createKeyring = async (keys: readonly SigningKey[]) => {
  const own = keys.map((key) => new LocalSigningKey(key))
  /** By a digest of it: a machine shows the same token for each of many requests, and a signature costs more than all else. */
  const verified = new Map<string, JWTPayload>()
  const verifying = new Map<string, { algorithm: SigningAlgorithm; key: Key }>()
  for (const { kid, algorithm, jwk } of keys) {
    verifying.set(kid, { algorithm, key: await importJWK(publicHalf(jwk), algorithm) })
  }

  return {
    kids: keys.map(({ kid }) => kid).join(' '),
    jwks: { keys: own },

    sign: async (
      payload: Record<string, unknown>,
      { typ }: { typ?: string },
      algorithm: SigningAlgorithm = 'ES256',
    ): Promise<string> => {
      const key = own.find(({ alg }) => alg === algorithm)!
      const part = (said: object) => Buffer.from(JSON.stringify(said)).toString('base64url')
      const signed = `${part({ alg: algorithm, typ, kid: key.kid })}.${part(payload)}`
      return `${signed}.${(await key.sign(Buffer.from(signed))).toString('base64url')}`
    },

    /** The claims of a token that one of these keys signed and that is good now; each kind only as what it is (RFC 8725). */
    verify: async (token: string, { typ, issuer }: { typ: string; issuer: string }) => {
      const asked = digest(`${typ}|${issuer}|${token}`)
      const seen = verified.get(asked)
      // What was signed stays signed; only its time runs out.
      if (seen && (seen.exp ?? 0) > epochSeconds()) return seen
      verified.delete(asked)
      try {
        const { payload } = await jwtVerify(
          token,
          ({ kid, alg }) => {
            const known = verifying.get(kid ?? '')
            if (!known || known.algorithm !== alg) throw new TypeError('unknown key')
            return known.key
          },
          { typ, issuer, algorithms: ['ES256', 'RS256'], requiredClaims: ['exp', 'iat', 'aud', 'client_id'] },
        )
        keepNewest(verified, asked, payload, mostVerified)
        return payload
      } catch {
        return undefined
      }
    },
  }
}

export type Keyring = Awaited<ReturnType<typeof createKeyring>>

const publicHalf = ({ kty, crv, x, y, n, e, kid, alg }: JWK): JWK =>
  kty === 'EC' ? { kty, crv, x, y, kid, alg } : { kty, n, e, kid, alg }
