import { calculateJwkThumbprint, EmbeddedJWK, jwtVerify } from 'jose'
import { epochSeconds } from '../lib/clock.ts'
import { digest } from '../lib/ids.ts'
import type { GroupClient } from '../services/index.ts'

/** Seconds that a DPoP proof's date may be before and after our clock's (the library's `CHALLENGE_OK_WINDOW`; RFC 9449 §11.1). */
export const proofWindow = 300

/** What a proof may be signed by, at every endpoint. */
export const proofAlgorithms = ['ES256', 'EdDSA', 'Ed25519', 'RS256', 'PS256'] as const

/** How a token came: the scheme in lower case, and the request that it came with. */
export interface Shown {
  scheme: string
  /** Of the header `DPoP`; empty where there was none. */
  proof: string
  method: string
  path: string
}

export interface ProofOfKeyDeps {
  issuer: string
  /** False for what was shown before, by the same client, until `exp` (seconds since 1970) and the window after it. */
  isNew: (clientId: string, jti: string, exp: number) => Promise<boolean>
  /** What a client is held to by its entry (O14). */
  mayProve: (clientId: string, alg: unknown) => boolean
}

/** Whether an access token is of before its client was held to a key (`requireDpop`): its minutes are not waited for (O14). */
export const lacksKey = ({ client }: GroupClient, key: unknown): boolean => client.requireDpop && key === undefined

/** Characters of a proof, which has one public key, and of its `jti`. */
const longestProof = 4096
const longestJti = 256

/**
 * Whether who shows a token has the key that it is bound to: signed for this very request and token, now, and never shown
 * before (RFC 9449 §4.3). The library asks the same at its own endpoints; these are the companies'.
 */
export const createProofOfKey =
  ({ issuer, isNew, mayProve }: ProofOfKeyDeps) =>
  async (token: string, { clientId, thumbprint }: { clientId: string; thumbprint: string }, shown: Shown) => {
    const { scheme, proof, method, path } = shown
    if (scheme !== 'dpop' || proof.length > longestProof) return false
    const options = { typ: 'dpop+jwt', algorithms: [...proofAlgorithms] }
    const read = await jwtVerify(proof, EmbeddedJWK, options).catch(() => undefined)
    if (!read || !mayProve(clientId, read.protectedHeader.alg)) return false
    const { htm, htu, ath, jti, iat } = read.payload
    const isForThis = htm === method && addressOf(htu) === addressOf(`${issuer}${path}`) && ath === digest(token)
    const isOfNow = typeof iat === 'number' && Math.abs(epochSeconds() - iat) <= proofWindow
    if (!isForThis || !isOfNow || typeof jti !== 'string' || jti === '' || jti.length > longestJti) return false
    if ((await calculateJwkThumbprint(read.protectedHeader.jwk!)) !== thumbprint) return false
    return isNew(clientId, jti, epochSeconds() + proofWindow)
  }

/** Without query and fragment, written one way (RFC 9449 §4.3); null for what is no address. */
const addressOf = (address: unknown): string | null => {
  const url = typeof address === 'string' ? URL.parse(address) : null
  return url && url.origin + url.pathname
}
