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
  /** Digest of the code that it began with. */
  code?: string
  /** What those of its access tokens are for that have no row. */
  access?: string
  /** Seconds since 1970: until then one of them that was given back would be good. */
  givenBackUntil?: number
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

interface Artifact extends Pick<StoredArtifact, 'consumed' | 'code' | 'access' | 'givenBackUntil'> {
  payload: string
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

/** How a family goes on: by its next token, in the place of the one before, or of the code that it began with. */
interface Next extends Kept {
  newest: Newest
  code?: string | undefined
  access?: string | undefined
}

const absent = trusted({ $exists: false })

export const artifactId = (model: string, id: string): string => `${model}:${digest(id)}`
/** The one row of the refresh tokens that follow each other, and of what they came from and came with. */
export const familyRow = (family: string): string => artifactId('RefreshFamily', family)

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
      code: String,
      access: String,
      givenBackUntil: Number,
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

    /** A family that has its code alone. */
    putCode: async (_id: string, code: string, kept: Kept): Promise<void> => {
      await insertOnce(model, { _id, ...written(kept), code })
    },

    /** Also the first of a family; false when what it follows has its successor, or is gone. */
    putNewest: async (_id: string, { newest, code, access, ...kept }: Next): Promise<boolean> => {
      const { number, digest } = newest
      const $set = { ...written(kept), number, newest: digest, ...(access !== undefined && { access }) }
      if (code === undefined && number === 0) return insertOnce(model, { _id, ...$set })
      const before = code === undefined ? { number: number - 1 } : { code, number: absent, consumed: absent }
      return (await model.updateOne({ _id, ...before }, { $set })).matchedCount === 1
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
      const { payload, consumed, number, newest, code, access, givenBackUntil } = found
      return {
        payload,
        ...(consumed !== undefined && { consumed }),
        ...(code !== undefined && { code }),
        ...(access !== undefined && { access }),
        ...(givenBackUntil !== undefined && { givenBackUntil }),
        ...(number !== undefined && newest !== undefined && { newest: { number, digest: newest } }),
      }
    },

    /** One winner (Z1): true for the first, false for whoever comes after or at the same moment. */
    consume: async (_id: string): Promise<boolean> => {
      const unspent = { _id, consumed: absent, number: absent }
      return (await model.updateOne(unspent, { $set: { consumed: epochSeconds() } })).modifiedCount === 1
    },

    /** Of a family's access tokens one was given back, and would be good until then. */
    noteGivenBack: async (_id: string, until: number): Promise<void> => {
      await model.updateOne({ _id }, { $max: { givenBackUntil: until } })
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
      const unspent = { grantId, consumed: absent, exp: trusted({ $gt: epochSeconds() }) }
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
