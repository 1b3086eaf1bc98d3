import type { AccountId } from '../accounts/index.ts'
import type { CompanyId } from '../companies/index.ts'
import { now, second } from '../lib/clock.ts'
import type { PersonId } from '../people/index.ts'
import {
  byId,
  type Connection,
  compareAndSet,
  dueIn,
  dueIndex,
  indexed,
  insertOnce,
  noLane,
  optionalTexts,
  prefix,
  storeOf,
  storeSchema,
} from '../storage/index.ts'

/**
 * Finds the account that a person holds at a company. An index: the account's own document decides whether the link
 * is there (model M1). joining → active → ended; it reserves person→company, so that two tabs make one account (M3).
 */
export interface LinkEntry {
  _id: string
  person: PersonId
  company: CompanyId
  state: 'joining' | 'active' | 'ended'
  account: AccountId
  /** The epoch that the account will have once it is linked. */
  epoch: number
  /** Accounts that this person had there before, newest first: each says by itself whether it still is one that left. */
  former?: AccountId[]
  rev: number
  due?: string
}

/** So many are kept in sight; who makes more of them at one company loses the oldest from it, not the account. */
const mostFormer = 50

/** Whoever is linked next leaves the one before in sight. */
const formerOf = ({ account, former = [] }: LinkEntry, next: AccountId): AccountId[] =>
  [...new Set([account, ...former])].filter((id) => id !== next).slice(0, mostFormer)

/** A reservation that nobody finished is settled after this long. */
const abandonedAfter = 30 * second

const keyOf = (person: PersonId, company: CompanyId) => `${person}:${company}`

export const createLinkIndex = (connection: Connection) => {
  const model = storeOf<LinkEntry>(
    connection,
    storeSchema<LinkEntry>({
      _id: String,
      person: String,
      company: String,
      state: String,
      account: String,
      epoch: Number,
      former: optionalTexts,
      rev: Number,
      due: indexed,
    }),
    'links',
  )
  const due = dueIndex(model)

  return {
    find: async (person: PersonId, company: CompanyId): Promise<LinkEntry | null> =>
      byId(model, keyOf(person, company)),

    ofPerson: async (person: PersonId): Promise<LinkEntry[]> => model.find(prefix(`${person}:`), { sort: { _id: 1 } }),

    /** Reserves person→company for one account; undefined when somebody else moved the entry first. */
    reserve: async (
      entry: Pick<LinkEntry, 'person' | 'company' | 'account' | 'epoch'>,
      over: LinkEntry | null,
    ): Promise<LinkEntry | undefined> => {
      const _id = keyOf(entry.person, entry.company)
      const comesDue = dueIn(noLane, now() + abandonedAfter)
      if (!over) {
        const fresh: LinkEntry = { _id, ...entry, state: 'joining', rev: 1, due: comesDue }
        return (await insertOnce(model, fresh)) ? fresh : undefined
      }
      const former = formerOf(over, entry.account)
      return compareAndSet(model, over, {
        set: {
          account: entry.account,
          epoch: entry.epoch,
          ...((over.former || former.length > 0) && { former }),
          state: 'joining',
          due: comesDue,
        },
      })
    },

    /** Puts one that its person had there before among those in sight; false when somebody else moved the entry first. */
    keepInSight: async (entry: LinkEntry, account: AccountId): Promise<boolean> => {
      const former = [...new Set([...(entry.former ?? []), account])].slice(0, mostFormer)
      return (await compareAndSet(model, entry, { set: { former } })) !== undefined
    },

    /** False when somebody else moved the entry first. */
    settle: async (entry: LinkEntry, state: 'active' | 'ended'): Promise<boolean> =>
      (await compareAndSet(model, entry, { set: { state }, unset: ['due'] })) !== undefined,

    due: async (before: number): Promise<LinkEntry[]> => due.due(noLane, 100, { before }),
  }
}

export type LinkIndex = ReturnType<typeof createLinkIndex>
