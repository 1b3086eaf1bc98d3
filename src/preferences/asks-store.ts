import { type AccountId, type PrincipalId, principalKey } from '../accounts/index.ts'
import type { CompanyId } from '../companies/index.ts'
import { day, now } from '../lib/clock.ts'
import { padded, randomId } from '../lib/ids.ts'
import { omitUndefined } from '../lib/omit-undefined.ts'
import {
  type Connection,
  indexedEach,
  insertOnce,
  optionalList,
  storeOf,
  storeSchema,
  trusted,
  ttl,
} from '../storage/index.ts'

/** What was answered about one account of the company's own. */
interface Answered {
  account: AccountId
  /** Whose it was then, as records name a principal. */
  holder: string
  purpose: string
  channel: string
  reason: string
  allowed: boolean
}

/** As its holder reads it. */
export type Asked = Pick<Answered, 'account' | 'purpose' | 'channel' | 'allowed'> & { at: number }

/** That a company asked whom it may write to: who, when, about whom or about how many, and what it was told. */
export interface Ask {
  /** `company:time:random`. */
  _id: string
  client: string
  operation: 'evaluation' | 'evaluations' | 'changes' | 'export'
  at: number
  /** Of one evaluation, also where there is no such account. */
  purpose?: string
  channel?: string
  reason?: string
  /** Of each account of its own that it asked about one by one. */
  answers?: Answered[]
  /** Their holders. */
  find?: string[]
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
      purpose: String,
      channel: String,
      reason: String,
      answers: optionalList,
      find: indexedEach,
      count: Number,
      purgeAt: ttl.field.purgeAt,
    }),
    'audienceAsks',
  )
  return {
    add: async (company: CompanyId, ask: Omit<Ask, '_id' | 'at' | 'find' | 'purgeAt'>): Promise<void> => {
      const at = now()
      const _id = `${company}:${padded(at)}:${randomId(8)}`
      const holders = [...new Set(ask.answers?.map(({ holder }) => holder))]
      const find = holders.length > 0 && { find: holders }
      await insertOnce(store, omitUndefined({ ...ask, _id, at, ...find, ...ttl.at(at + keptFor) }))
    },

    /**
     * A page of what was asked about one holder, newest first; `older` is where the next begins. What was asked while the
     * account was somebody else's is not theirs (T18).
     */
    ofHolder: async (
      id: PrincipalId,
      { limit, before }: { limit: number; before?: string | undefined },
    ): Promise<{ asked: Asked[]; older?: string }> => {
      const key = principalKey(id)
      const sort = { at: -1, _id: -1 } as const
      const last = before === undefined ? undefined : readCursor(before)
      const among = last
        ? await store.find({ find: key, at: last.at, _id: trusted({ $lt: last._id }) }, { sort, limit: limit + 1 })
        : []
      const earlier = await store.find(
        { find: key, ...(last && { at: trusted({ $lt: last.at }) }) },
        { sort, limit: limit + 1 },
      )
      const rows = [...among, ...earlier]
      const end = rows[limit - 1]
      const asked = rows
        .slice(0, limit)
        .flatMap(({ at, answers = [] }) =>
          answers.flatMap(({ holder, account, purpose, channel, allowed }) =>
            holder === key ? [{ at, account, purpose, channel, allowed }] : [],
          ),
        )
      return rows.length > limit && end ? { asked, older: `${end.at}~${end._id}` } : { asked }
    },

    purge: async (): Promise<number> => ttl.purge(store),
  }
}

export type AsksStore = ReturnType<typeof createAsksStore>

const readCursor = (cursor: string): Pick<Ask, 'at' | '_id'> => {
  const end = Math.max(cursor.indexOf('~'), 0)
  return { at: Number(cursor.slice(0, end)) || 0, _id: cursor.slice(end + 1) }
}
