import type { AccountId } from '../accounts/index.ts'
import type { CompanyId } from '../companies/index.ts'
import { day, now } from '../lib/clock.ts'
import { padded, randomId } from '../lib/ids.ts'
import { omitUndefined } from '../lib/omit-undefined.ts'
import { type Connection, insertOnce, prefix, storeOf, storeSchema, ttl } from '../storage/index.ts'

/** That a company asked whom it may write to: who, when, about whom or about how many, and what it was told. */
export interface Ask {
  /** `company:time:random`. */
  _id: string
  client: string
  operation: 'evaluation' | 'evaluations' | 'changes' | 'export'
  at: number
  /** Of one evaluation, where there is such an account of its own. */
  account?: AccountId
  purpose?: string
  channel?: string
  reason?: string
  /** Of how many it was told. */
  count: number
  purgeAt?: string
}

const keptFor = 400 * day

/** Appended only; a row by itself, so that many who ask at once wait for no other. */
export const createAsksStore = (connection: Connection) => {
  const store = storeOf<Ask>(
    connection,
    storeSchema<Ask>({
      _id: String,
      client: String,
      operation: String,
      at: Number,
      account: String,
      purpose: String,
      channel: String,
      reason: String,
      count: Number,
      purgeAt: ttl.field.purgeAt,
    }),
    'audienceAsks',
  )
  return {
    add: async (company: CompanyId, ask: Omit<Ask, '_id' | 'at' | 'purgeAt'>): Promise<void> => {
      const at = now()
      const _id = `${company}:${padded(at)}:${randomId(8)}`
      await insertOnce(store, omitUndefined({ ...ask, _id, at, ...ttl.at(at + keptFor) }))
    },

    /** The newest first. */
    newest: (company: CompanyId, limit: number): Promise<Ask[]> =>
      store.find(prefix(`${company}:`), { sort: { _id: -1 }, limit }),

    purge: async (): Promise<number> => ttl.purge(store),
  }
}

export type AsksStore = ReturnType<typeof createAsksStore>
