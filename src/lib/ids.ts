/** Random identifiers, and the digests by which secrets are stored and looked up. */
import { createHmac, createSecretKey, hash, type KeyObject, randomFillSync, timingSafeEqual } from 'node:crypto'

/** Asked of the system by the page: each question by itself cost more than most of what an id is made for. */
const drawn = Buffer.alloc(4096)
let used = drawn.length

/** Unguessable, URL-safe; 16 bytes (128 bits) unless told, as 22 characters. */
export const randomId = (bytes = 16): string => {
  if (used + bytes > drawn.length) {
    randomFillSync(drawn)
    used = 0
  }
  const id = drawn.toString('base64url', used, used + bytes)
  drawn.fill(0, used, used + bytes)
  used += bytes
  return id
}

/** What is stored of a secret that is itself random (token, code handle): enough to find it, useless to a thief. */
export const digest = (secret: string): string => hash('sha256', secret, 'base64url')

/** Keyed digest for what can be guessed (an e-mail address, a network), so that a dump can't be searched by guessing. */
export const keyedDigest = (key: Uint8Array | string, ...parts: string[]): string => {
  const said = parts.map((part) => `${Buffer.byteLength(part)}:${part}`).join('')
  return createHmac('sha256', typeof key === 'string' ? key : prepared(key))
    .update(said)
    .digest('base64url')
}

/** The few keys there are, each read by the library once: reading it took longer than the digest. */
const keys = new WeakMap<Uint8Array, KeyObject>()
const prepared = (key: Uint8Array): KeyObject => {
  const known = keys.get(key) ?? createSecretKey(key)
  keys.set(key, known)
  return known
}

/** Of two digests; where they differ shows in no time. Not for what is typed: its length would. */
export const sameSecret = (a: string, b: string): boolean => {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}

/** Makes a part safe inside a `part:part` key: no colon, nor in a dotted path, nor in a range of such keys (model M14). */
export const keyPart = (part: string): string => encodeURIComponent(part).replaceAll('.', '%2E')

/** Zero-padded, so that keys order as numbers do. */
export const padded = (n: number): string => String(n).padStart(12, '0')
