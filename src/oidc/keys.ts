import { exportJWK, generateKeyPair, type JWK } from 'jose'
import { day, now } from '../lib/clock.ts'
import { randomId } from '../lib/ids.ts'
import type { SecretBox } from '../lib/secret-box.ts'
import { type KeysStore, keyId, type SigningAlgorithm, type StoredKey } from './keys-store.ts'

export interface SigningKey {
  kid: string
  algorithm: SigningAlgorithm
  jwk: JWK
}

const algorithms: readonly SigningAlgorithm[] = ['ES256', 'RS256']

/** Services cache key sets for up to a day: a key is published that long before anything is signed with it. */
export const publishedBefore = day

/** ID tokens come back as `id_token_hint` as long as a session can live; an unknown key would make logout an error (P10). */
export const publishedAfter = 31 * day

/**
 * published → signing → retired → removed. Of each algorithm the signing key stands first, the others behind it: the
 * library signs with the first (P10).
 */
export const keysInForce = (keys: readonly StoredKey[], at: number): { inForce: StoredKey[]; removed: StoredKey[] } => {
  const inForce: StoredKey[] = []
  const removed: StoredKey[] = []
  for (const algorithm of algorithms) {
    const newestFirst = keys.filter((key) => key.algorithm === algorithm).sort((a, b) => b.number - a.number)
    const signing = newestFirst.find((key) => key.signsFrom <= at) ?? newestFirst.at(-1)
    if (!signing) continue
    inForce.push(signing)
    for (const key of newestFirst) {
      if (key === signing) continue
      const successor = newestFirst.findLast((other) => other.number > key.number)
      const isGone = successor !== undefined && successor.signsFrom + publishedAfter <= at
      if (isGone) removed.push(key)
      else inForce.push(key)
    }
  }
  return { inForce, removed }
}

export const createKeys = ({ store, box }: { store: KeysStore; box: SecretBox }) => {
  const make = async (algorithm: SigningAlgorithm, number: number, signsFrom: number): Promise<StoredKey> => {
    const { privateKey } = await generateKeyPair(algorithm, { extractable: true, modulusLength: 2048 })
    const kid = randomId(9)
    const _id = keyId(algorithm, number)
    const jwk = { ...(await exportJWK(privateKey)), kid, alg: algorithm, use: 'sig' }
    const sealed = box.seal(JSON.stringify(jwk), `key:${_id}`)
    return { _id, algorithm, number, kid, sealed, createdAt: now(), signsFrom }
  }

  /** Sealed anew when a newer secret key came first, before the older one is taken away. */
  const open = async ({ _id, sealed }: StoredKey): Promise<string> => {
    const text = box.open(sealed, `key:${_id}`)
    if (box.isOutdated(sealed)) await store.reseal(_id, box.seal(text, `key:${_id}`))
    return text
  }

  const opened = async (key: StoredKey): Promise<SigningKey> => ({
    kid: key.kid,
    algorithm: key.algorithm,
    jwk: JSON.parse(await open(key)) as JWK,
  })

  return {
    /** The keys as they stand now, signing ones first; makes the very first. */
    current: async (): Promise<SigningKey[]> => {
      let keys = await store.all()
      const missing = algorithms.filter((algorithm) => !keys.some((key) => key.algorithm === algorithm))
      if (missing.length > 0) {
        for (const algorithm of missing) await store.insert(await make(algorithm, 1, now()))
        keys = await store.all()
      }
      const { inForce, removed } = keysInForce(keys, now())
      for (const { _id } of removed) await store.delete(_id)
      return Promise.all(inForce.map(opened))
    },

    /** `atOnce`: for keys that are no secret any more: they vouch for nothing from now on, whoever has cached what. */
    rotate: async ({ atOnce = false } = {}): Promise<void> => {
      const keys = await store.all()
      const successorOf = (algorithm: SigningAlgorithm): Promise<StoredKey> => {
        const newest = Math.max(0, ...keys.filter((key) => key.algorithm === algorithm).map(({ number }) => number))
        return make(algorithm, newest + 1, atOnce ? now() : now() + publishedBefore)
      }
      // All are made before one is kept: whoever rotates at the same moment has seen none of them, and makes no further one.
      for (const key of await Promise.all(algorithms.map(successorOf))) await store.insert(key)
      if (atOnce) for (const { _id } of keys) await store.delete(_id)
    },
  }
}
