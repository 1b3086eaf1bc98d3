import type { AccountId } from '../accounts/index.ts'
import type { CompanyId } from '../companies/index.ts'
import { now, second } from '../lib/clock.ts'
import { dueAt, type PersonId } from '../people/index.ts'
import { byId, type Connection, storeSchema, trusted } from '../storage/index.ts'

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
  const model = connection.model<LinkEntry>(
    'Link',
    storeSchema<LinkEntry>({
      _id: String,
      person: String,
      company: String,
      state: String,
      account: String,
      epoch: Number,
      former: { type: [String], default: undefined },
      rev: Number,
      due: { type: String, index: true, sparse: true },
    }),
    'links',
  )

  return {
    find: async (person: PersonId, company: CompanyId): Promise<LinkEntry | null> =>
      byId(model, keyOf(person, company)),

    ofPerson: async (person: PersonId): Promise<LinkEntry[]> =>
      model
        .find({ _id: trusted({ $gte: `${person}:`, $lt: `${person};` }) })
        .sort({ _id: 1 })
        .lean<LinkEntry[]>(),

    /** Reserves person→company for one account; undefined when somebody else moved the entry first. */
    reserve: async (
      entry: Pick<LinkEntry, 'person' | 'company' | 'account' | 'epoch'>,
      over: LinkEntry | null,
    ): Promise<LinkEntry | undefined> => {
      const _id = keyOf(entry.person, entry.company)
      const due = dueAt('-', now() + abandonedAfter)
      if (!over) {
        const fresh: LinkEntry = { _id, ...entry, state: 'joining', rev: 1, due }
        const inserted = await model.updateOne({ _id }, { $setOnInsert: fresh }, { upsert: true })
        return inserted.upsertedCount === 1 ? fresh : undefined
      }
      const former = formerOf(over, entry.account)
      const moved = await model
        .findOneAndUpdate(
          { _id, rev: over.rev },
          {
            $set: {
              account: entry.account,
              epoch: entry.epoch,
              ...((over.former || former.length > 0) && { former }),
              state: 'joining',
              rev: over.rev + 1,
              due,
            },
          },
          { returnDocument: 'after' },
        )
        .lean<LinkEntry>()
      return moved ?? undefined
    },

    /** Puts one that its person had there before among those in sight; false when somebody else moved the entry first. */
    keepInSight: async (entry: LinkEntry, account: AccountId): Promise<boolean> => {
      const former = [...new Set([...(entry.former ?? []), account])].slice(0, mostFormer)
      const moved = await model.updateOne({ _id: entry._id, rev: entry.rev }, { $set: { former, rev: entry.rev + 1 } })
      return moved.modifiedCount === 1
    },

    /** False when somebody else moved the entry first. */
    settle: async (entry: LinkEntry, state: 'active' | 'ended'): Promise<boolean> => {
      const moved = await model.updateOne(
        { _id: entry._id, rev: entry.rev },
        { $set: { state, rev: entry.rev + 1 }, $unset: { due: '' } },
      )
      return moved.modifiedCount === 1
    },

    due: async (before: number): Promise<LinkEntry[]> =>
      model
        .find({ due: trusted({ $gte: '-|', $lte: dueAt('-', before) }) })
        .sort({ due: 1 })
        .limit(100)
        .lean<LinkEntry[]>(),
  }
}

export type LinkIndex = ReturnType<typeof createLinkIndex>
