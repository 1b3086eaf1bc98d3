import type { AccountId } from '../accounts/index.ts'
import type { CompanyId } from '../companies/index.ts'
import { day, now, second } from '../lib/clock.ts'
import { keyPart, padded } from '../lib/ids.ts'
import { type Connection, insertOnce, prefix, storeOf, storeSchema, ttl } from '../storage/index.ts'

interface ChangeRow {
  /** `company:time:account`. */
  _id: string
  account: AccountId
  at: number
  purgeAt?: string
}

interface ChangesPage {
  rows: { account: AccountId; at: number }[]
  next: string
  isMore: boolean
}

/** So long a company may be away and still go on from where it was. */
export const changesKept = 30 * day
/** Kept for longer than told, so that whoever begins at the oldest finds the next page. */
const slack = day
/** What is written at the same moment by several processes may come to be seen in another order, by so much at most. */
const settlesWithin = 10 * second

/**
 * Whether all that came after a mark is still there; the empty one asks for whatever is. A time that has not come was told
 * to nobody: with it a company would hear of nothing until then. Pure.
 */
export const reachesBackTo = (cursor: string): boolean => {
  const [, at] = /^(\d{12,15})(?::|$)/.exec(cursor) ?? []
  if (cursor === '') return true
  return at !== undefined && Number(at) > now() - changesKept - slack / 2 && Number(at) <= now() + settlesWithin
}

/** That something changed of whom a company may write to; what it came to is read when it is told (model M5). */
export const createChangeRows = (connection: Connection) => {
  const store = storeOf<ChangeRow>(
    connection,
    storeSchema<ChangeRow>({ _id: String, account: String, at: Number, purgeAt: ttl.field.purgeAt }),
    'audienceChanges',
  )

  return {
    add: async ({ account, company }: { account: AccountId; company: CompanyId }): Promise<void> => {
      const at = now()
      await insertOnce(store, {
        _id: `${company}:${padded(at)}:${keyPart(account)}`,
        account,
        at,
        ...ttl.at(at + changesKept + slack),
      })
    },

    /**
     * The accounts of a company of which something changed since, each once, oldest first, and where to go on. That is never
     * later than what has settled, also where a page is full: what came to be seen late is told, and none is left out.
     */
    since: async (company: CompanyId, cursor: string, limit: number): Promise<ChangesPage> => {
      const start = `${company}:`
      const after = start + (cursor || padded(now() - changesKept))
      const found = await store.find(prefix(start, { after }), { sort: { _id: 1 }, limit: limit + 1 })
      const page = found.slice(0, limit)
      const last = page.at(-1)
      const settled = padded(now() - settlesWithin)
      const lastMark = last?._id.slice(start.length) ?? ''
      const isMore = found.length > limit && lastMark < settled
      const next = isMore ? lastMark : settled > cursor ? settled : cursor
      return { rows: [...new Map(page.map(({ account, at }) => [account, { account, at }])).values()], next, isMore }
    },

    purge: async (): Promise<number> => ttl.purge(store),
  }
}

export type ChangeRows = ReturnType<typeof createChangeRows>
