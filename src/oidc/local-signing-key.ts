import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto'
import { promisify } from 'node:util'
import { ExternalSigningKey } from 'oidc-provider'
import type { SigningKey } from './keys.ts'

const signOnThread = promisify(sign)

/**
 * A private key that signs where it is asked: an elliptic signature costs less than handing it to a thread and back, as
 * the library's own way does (27 µs of the processor against 90, 2026-11-29). The RSA one, which takes longer, goes there.
 */
export class LocalSigningKey extends ExternalSigningKey {
  #key: SigningKey
  #private: KeyObject
  #public: KeyObject

  constructor(key: SigningKey) {
    super()
    this.#key = key
    this.#private = createPrivateKey({ key: key.jwk as Record<string, unknown>, format: 'jwk' })
    this.#public = createPublicKey(this.#private)
  }

  override get kid(): string {
    return this.#key.kid
  }

  override get alg(): SigningKey['algorithm'] {
    return this.#key.algorithm
  }

  override keyObject(): KeyObject {
    return this.#public
  }

  override async sign(data: Uint8Array): Promise<Buffer> {
    return this.alg === 'ES256'
      ? joined(sign('sha256', data, this.#private))
      : signOnThread('sha256', data, this.#private)
  }
}

/**
 * An ECDSA signature over P-256 as JWS has it (RFC 7518 §3.4: both numbers, 32 bytes each) from the SEQUENCE of two INTEGERs
 * that OpenSSL makes. Asked for by `dsaEncoding`, it would cost as much again as the signature.
 */
const joined = (der: Buffer): Buffer => {
  const both = Buffer.alloc(64)
  let at = 2
  for (const end of [32, 64]) {
    const length = der[at + 1]!
    const number = der.subarray(at + 2, at + 2 + length)
    // A leading zero keeps a high first bit from being a sign.
    const bare = number.length > 32 ? number.subarray(1) : number
    bare.copy(both, end - bare.length)
    at += 2 + length
  }
  return both
}
