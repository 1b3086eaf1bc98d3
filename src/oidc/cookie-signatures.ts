import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto'

/**
 * Signs cookies under the first of `keys` and takes them under any, in Keygrip's form (HMAC-SHA-1 in base64url), which
 * browsers have had from the start. The provider's own signer makes three digests for each look and reads each key
 * anew; every page with a cookie looks once or twice.
 */
export const createCookieSignatures = (keys: readonly string[]) => {
  const read = keys.map((key) => createSecretKey(key, 'utf8'))
  const digests = (data: string) => read.values().map((key) => createHmac('sha1', key).update(data).digest('base64url'))
  const sign = (data: string): string => digests(data).next().value ?? ''
  /** The place of the key under which it was signed, -1 where it was under none. */
  const index = (data: string, signature: string): number => {
    const given = Buffer.from(signature)
    let place = 0
    for (const digest of digests(data)) {
      const right = Buffer.from(digest)
      if (given.length === right.length && timingSafeEqual(given, right)) return place
      place += 1
    }
    return -1
  }
  return { sign, index, verify: (data: string, signature: string): boolean => index(data, signature) >= 0 }
}
