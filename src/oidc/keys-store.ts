import { padded } from '../lib/ids.ts'
import { type Connection, insertOnce, storeOf, storeSchema } from '../storage/index.ts'

export type SigningAlgorithm = 'ES256' | 'RS256'

export interface StoredKey {
  /** `algorithm:number`, so that two processes that rotate at once make one key. */
  _id: string
  algorithm: SigningAlgorithm
  number: number
  kid: string
  /** The private JWK, sealed: it never lies open at rest. */
  sealed: string
  /** Milliseconds: published from `createdAt`, signing from `signsFrom` on. */
  createdAt: number
  signsFrom: number
}

export const keyId = (algorithm: SigningAlgorithm, number: number): string => `${algorithm}:${padded(number)}`

export const createKeysStore = (connection: Connection) => {
  const model = storeOf<StoredKey>(
    connection,
    storeSchema<StoredKey>({
      _id: String,
      algorithm: String,
      number: Number,
      kid: String,
      sealed: String,
      createdAt: Number,
      signsFrom: Number,
    }),
    'keys',
  )

  return {
    all: async (): Promise<StoredKey[]> => model.find({}, { sort: { _id: 1 } }),

    /** False when another process was first. */
    insert: async (key: StoredKey): Promise<boolean> => insertOnce(model, key),

    reseal: async (id: string, sealed: string): Promise<void> => {
      await model.updateOne({ _id: id }, { $set: { sealed } })
    },

    delete: async (id: string): Promise<void> => {
      await model.deleteOne({ _id: id })
    },
  }
}

export type KeysStore = ReturnType<typeof createKeysStore>
