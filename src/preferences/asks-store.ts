import { type AccountId, type PrincipalId, principalKey } from '../accounts/index.ts'
import type { CompanyId } from '../companies/index.ts'
import { day, now } from '../lib/clock.ts'
import { padded, randomId } from '../lib/ids.ts'
import { writeTogether } from '../lib/write-together.ts'
import { type Connection, prefix, storeOf, storeSchema, ttl } from '../storage/index.ts'

/** What was answered about one account of the company's own. */
interface Answered {
  account: AccountId
  /** Whose it was then. */
  holder: PrincipalId
  purpose: string
  channel: string
  reason: string
  allowed: boolean
}

/** As its holder reads it. */
export interface Asked extends Pick<Answered, 'purpose' | 'channel' | 'allowed'> {
  company: CompanyId
  at: number
}

/** That a company asked whom it may write to: who, when, about whom or about how many, and what it was told. */
interface Ask {
  /** `holder:time:random` of an answer about somebody, so that they read theirs; else `-:company:time:random`. */
  _id: string
  company: CompanyId
  client: string
  operation: 'evaluation' | 'evaluations' | 'changes' | 'export' | 'confirmation'
  at: number
  account?: AccountId
  purpose?: string
  channel?: string
  reason?: string
  allowed?: boolean
  /** Of how many it was told. */
  count: number
  purgeAt?: string
}

const keptFor = 400 * day

/** Appended only, a row for each; those of many who ask at once are written together. */
export const createAsksStore = (connection: Connection) => {
  const store = storeOf<Ask>(
    connection,
    storeSchema<Ask>({
      _id: String,
      company: String,
      client: String,
      operation: String,
      at: Number,
      account: String,
      purpose: String,
      channel: String,
      reason: String,
      allowed: Boolean,
      count: Number,
      purgeAt: ttl.field.purgeAt,
    }),
    'audienceAsks',
  )

  const write = writeTogether<Ask>(store.insertMany)

  const rowOf = (whose: string, at: number, ask: Omit<Ask, '_id' | 'at' | 'purgeAt'>): Ask => ({
    ...ask,
    _id: `${whose}:${padded(at)}:${randomId(8)}`,
    at,
    ...ttl.at(at + keptFor),
  })

  return {
    /** `answers`: of each account of its own that it asked about; a question about nobody is a row all the same. */
    add: async (
      company: CompanyId,
      ask: Pick<Ask, 'client' | 'operation' | 'account' | 'purpose' | 'channel' | 'reason' | 'count'>,
      answers: readonly Answered[] = [],
    ): Promise<void> => {
      const { client, operation } = ask
      const at = now()
      const rows = answers.map(({ holder, ...answer }) =>
        rowOf(principalKey(holder), at, { company, client, operation, ...answer, count: 1 }),
      )
      if (answers.length < ask.count || ask.count === 0)
        rows.push(rowOf(`-:${company}`, at, { company, ...ask, count: ask.count - answers.length }))
      await write(rows)
    },

    /**
     * A page of what was asked about one holder, newest first; `older` is where the next begins. What was asked while the
     * account was somebody else's is not theirs (T18).
     */
    ofHolder: async (
      id: PrincipalId,
      { limit, before }: { limit: number; before?: string | undefined },
    ): Promise<{ asked: Asked[]; older?: string }> => {
      const own = `${principalKey(id)}:`
      const range = prefix(own, before === undefined ? {} : { before: own + before })
      const rows = await store.find(range, { sort: { _id: -1 }, limit: limit + 1 })
      const last = rows[limit - 1]
      const asked = rows.slice(0, limit).map(({ company, at, purpose = '', channel = '', allowed = false }) => ({
        company,
        at,
        purpose,
        channel,
        allowed,
      }))
      return rows.length > limit && last ? { asked, older: last._id.slice(own.length) } : { asked }
    },

    /**
     * When one of these companies last asked (ms since 1970) while, up to 0.3.0, a row began with the company and no holder
     * could be shown theirs; undefined: never, or those rows are gone.
     */
    unlistedUntil: async (companies: readonly CompanyId[]): Promise<number | undefined> => {
      const newest = await Promise.all(
        companies.map((id) => store.find(prefix(`${id}:`), { sort: { _id: -1 }, limit: 1 })),
      )
      const times = newest.flat().flatMap(({ company, at }) => (company === undefined ? [at] : []))
      return times.length > 0 ? Math.max(...times) : undefined
    },

    purge: async (): Promise<number> => ttl.purge(store),
  }
}

export type AsksStore = ReturnType<typeof createAsksStore>
