import { now } from '../lib/clock.ts'
import { omitUndefined } from '../lib/omit-undefined.ts'
import {
  byId,
  type Connection,
  compareAndSet,
  conflict,
  dueIn,
  dueIndex,
  indexed,
  insertOnce,
  noLane,
  retryOnConflict,
  storeOf,
  storeSchema,
} from '../storage/index.ts'
import { type ConfirmedNumber, mostReceipts, noPreferences, type Preferences, type Receipt } from './preference.ts'

/** What a rule makes of somebody's choices as they stand; undefined: nothing. Pure. */
type Decide = (
  seen: Preferences,
) =>
  | { set: Partial<Pick<Preferences, 'choices' | 'groupNews' | 'objections'>>; receipt: Omit<Receipt, 'n'> }
  | undefined

/**
 * One document for each principal: a save is one compare-and-set on it, with its receipt in the same write (model M4),
 * however many companies it speaks of.
 */
export const createPreferencesStore = (connection: Connection) => {
  const store = storeOf<Preferences>(
    connection,
    storeSchema<Preferences>({
      _id: String,
      s: Number,
      rev: Number,
      n: Number,
      choices: [{}],
      groupNews: {},
      objections: {},
      log: [{}],
      number: {},
      due: indexed,
    }),
    'preferences',
  )
  const due = dueIndex(store)

  return {
    get: async (id: string): Promise<Preferences | undefined> => (await byId(store, id)) ?? undefined,

    /** The choices then; undefined when the rule makes nothing of them. */
    change: async (id: string, decide: Decide): Promise<Preferences | undefined> =>
      retryOnConflict(async () => {
        const seen = await byId(store, id)
        const decided = decide(seen ?? noPreferences(id))
        if (!decided) return undefined
        const { set, receipt } = decided
        const before = seen ?? noPreferences(id)
        const n = before.n + 1
        const log = [...before.log, { ...receipt, n }].slice(-mostReceipts)
        const changed = omitUndefined({ ...set, n, log, due: dueIn(noLane, now()) })
        if (seen) return (await compareAndSet(store, seen, { set: changed })) ?? conflict
        const made = { ...before, ...changed, rev: 1 }
        return (await insertOnce(store, made)) ? made : conflict
      }),

    /** Nothing that its holder decided: there is no receipt of it. */
    noteNumber: async (id: string, number: ConfirmedNumber): Promise<void> => {
      await retryOnConflict(async () => {
        const seen = await byId(store, id)
        if (seen) return (await compareAndSet(store, seen, { set: { number } })) ?? conflict
        return (await insertOnce(store, { ...noPreferences(id), number, rev: 1 })) || conflict
      })
    },

    /** `seen`: that confirmation alone; one that came since it was read stays. */
    forgetNumber: async (id: string, seen?: ConfirmedNumber): Promise<void> => {
      const still = seen && { 'number.digest': seen.digest, 'number.at': seen.at }
      await store.updateOne({ _id: id, ...still }, { $unset: { number: '' } })
    },

    /** Companies have heard, unless something changed since. */
    settle: async ({ _id, rev }: Preferences): Promise<void> => {
      await store.updateOne({ _id, rev }, { $unset: { due: '' } })
    },

    due: async (limit: number): Promise<Preferences[]> => due.due(noLane, limit),

    forget: async (id: string): Promise<void> => {
      await store.deleteOne({ _id: id })
    },
  }
}

export type PreferencesStore = ReturnType<typeof createPreferencesStore>
