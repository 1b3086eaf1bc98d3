import { epochSeconds, now } from '../lib/clock.ts'
import { digest } from '../lib/ids.ts'
import { byId, type Connection, indexed, insertOnce, storeOf, storeSchema, trusted, ttl } from '../storage/index.ts'

interface StoredArtifact {
  _id: string
  /** JSON as text: what clients send (`claims`, `resource`) never becomes a key or an operator of the store. */
  payload?: string
  grantId?: string
  consumed?: number
  /** Of a family of refresh tokens: the newest one's number, and its digest. */
  number?: number
  newest?: string
  /** Milliseconds: when a device last asked for its tokens. */
  polledAt?: number
  /** Seconds since 1970; looked at on every read, deletion comes later. */
  exp: number
  purgeAt: string
}

interface Newest {
  number: number
  digest: string
}

interface Artifact {
  payload: string
  consumed?: number
  newest?: Newest
}

interface Kept {
  payload: string
  /** Seconds since 1970. */
  exp: number
  grantId?: string
  /** Seconds in which it is still told apart from what never was, once it has expired. */
  keptFor?: number
}

export const artifactId = (model: string, id: string): string => `${model}:${digest(id)}`

/**
 * Codes, tokens, grants and interactions under the digest of their value: a copy of the store opens nothing. Deleting
 * only cleans; what ends a token is its grant, and what ends a grant is the account's epoch (model M12).
 */
export const createArtifactsStore = (connection: Connection) => {
  const model = storeOf<StoredArtifact>(
    connection,
    storeSchema<StoredArtifact>({
      _id: String,
      payload: String,
      grantId: indexed,
      consumed: Number,
      number: Number,
      newest: String,
      polledAt: Number,
      exp: Number,
      ...ttl.field,
    }),
    'artifacts',
  )
  const expiring = (exp: number, keptFor = 0) => ({ exp, ...ttl.at((exp + keptFor) * 1000) })
  const written = ({ payload, exp, grantId, keptFor }: Kept) => ({
    payload,
    ...expiring(exp, keptFor),
    ...(grantId && { grantId }),
  })

  return {
    put: async (_id: string, kept: Kept): Promise<void> => {
      await model.updateOne({ _id }, { $set: written(kept) }, { upsert: true })
    },

    /** The first of a family, or the next in the place of the one before; false when that has its successor, or is gone. */
    putNewest: async (_id: string, { newest, ...kept }: Kept & { newest: Newest }): Promise<boolean> => {
      const { number, digest } = newest
      const $set = { ...written(kept), number, newest: digest }
      if (number === 0) return insertOnce(model, { _id, ...$set })
      return (await model.updateOne({ _id, number: number - 1 }, { $set })).matchedCount === 1
    },

    /** False when it is there already: for what may be seen once only (jti, user code). */
    putOnce: async (_id: string, payload: string, exp: number, keptFor = 0): Promise<boolean> =>
      insertOnce(model, { _id, payload, ...expiring(exp, keptFor) }),

    /** What `putOnce` put, by something else; false when somebody was first. */
    replace: async (_id: string, from: string, payload: string, exp: number): Promise<boolean> => {
      const replaced = await model.updateOne({ _id, payload: from }, { $set: { payload, ...expiring(exp) } })
      return replaced.matchedCount === 1
    },

    /** `keptFor`: also one that expired no longer ago than so many seconds. */
    get: async (_id: string, keptFor = 0): Promise<Artifact | undefined> => {
      const found = await byId(model, _id)
      if (!found || found.exp + keptFor <= epochSeconds() || found.payload === undefined) return undefined
      const { payload, consumed, number, newest } = found
      return {
        payload,
        ...(consumed !== undefined && { consumed }),
        ...(number !== undefined && newest !== undefined && { newest: { number, digest: newest } }),
      }
    },

    /** One winner (Z1): true for the first, false for whoever comes after or at the same moment. */
    consume: async (_id: string): Promise<boolean> => {
      const consumed = await model.updateOne(
        { _id, consumed: trusted({ $exists: false }) },
        { $set: { consumed: epochSeconds() } },
      )
      return consumed.modifiedCount === 1
    },

    /** When it was asked for before this time. */
    polled: async (_id: string): Promise<number | undefined> => {
      const before = await model.findOneAndUpdate({ _id }, { $set: { polledAt: now() } }, { returnDocument: 'before' })
      return before?.polledAt
    },

    delete: async (_id: string): Promise<void> => {
      await model.deleteOne({ _id })
    },

    /** Whether anything under a grant could still be used. */
    hasTokens: async (grantId: string): Promise<boolean> => {
      const unspent = { grantId, consumed: trusted({ $exists: false }), exp: trusted({ $gt: epochSeconds() }) }
      return (await model.findOne(unspent, { only: { _id: 1 } })) !== null
    },

    deleteOfGrant: async (grantId: string): Promise<void> => {
      await model.deleteMany({ grantId })
    },

    purge: async (): Promise<void> => {
      await ttl.purge(model)
    },
  }
}

export type ArtifactsStore = ReturnType<typeof createArtifactsStore>
