import { type AccountId, type PrincipalId, principalKey } from '../accounts/index.ts'
import { padded } from '../lib/ids.ts'
import { omitUndefined } from '../lib/omit-undefined.ts'
import { type Connection, insertOnce, optionalTexts, prefix, storeOf, storeSchema, trusted } from '../storage/index.ts'
import type { ActivityEvent, EventKind } from './event.ts'

/** Sorts by time within its holder; `what` makes it one of a kind. */
export const eventId = (holder: PrincipalId, at: number, what: string): string =>
  `${principalKey(holder)}:${padded(at)}:${what}`

export interface Page {
  /** Only what is older than this event. */
  before?: string
  limit: number
  kinds?: readonly EventKind[]
}

/** When each service was last used with an account: one row per pair, so that showing it costs no history. */
interface LastUse {
  _id: string
  at: number
}

export const createEventsStore = (connection: Connection) => {
  const model = storeOf<ActivityEvent>(
    connection,
    storeSchema<ActivityEvent>({
      _id: String,
      at: Number,
      kind: String,
      actor: {},
      op: String,
      changes: {},
      confirmed: optionalTexts,
      fields: optionalTexts,
      reason: String,
      undoes: String,
      company: String,
      account: String,
      service: String,
      partner: String,
      how: String,
      times: Number,
      until: Number,
      network: String,
      device: String,
      browser: String,
      mail: String,
      about: String,
      act: String,
      role: String,
      case: String,
    }),
    'events',
  )
  const uses = storeOf<LastUse>(connection, storeSchema<LastUse>({ _id: String, at: Number }), 'uses')

  return {
    /** True for the first time only. */
    insert: async (event: ActivityEvent): Promise<boolean> => insertOnce(model, omitUndefined(event)),

    /** Once more; false when the record is no more, as with a sign-in that was erased. */
    again: async (_id: string, at: number): Promise<boolean> =>
      (await model.updateOne({ _id }, { $inc: { times: 1 }, $max: { until: at } })).matchedCount === 1,

    /** Newest first. */
    list: async (holder: PrincipalId, { before, limit, kinds }: Page): Promise<ActivityEvent[]> => {
      const own = `${principalKey(holder)}:`
      return model.find(
        {
          ...prefix(own, before?.startsWith(own) ? { before } : {}),
          ...(kinds && { kind: trusted({ $in: [...kinds] }) }),
        },
        { sort: { _id: -1 }, limit },
      )
    },

    /** All of these kinds since a time, oldest first: what may be written in that while is bounded by budgets (H9). */
    since: async (holder: PrincipalId, { since, kinds }: { since: number; kinds: readonly EventKind[] }) => {
      const own = `${principalKey(holder)}:`
      const range = prefix(own, { from: own + padded(since) })
      return model.find({ ...range, kind: trusted({ $in: [...kinds] }) }, { sort: { _id: 1 } })
    },

    /** Everything of a sign-in that is no more. */
    forget: async (holder: PrincipalId): Promise<void> => {
      await model.deleteMany(prefix(`${principalKey(holder)}:`))
    },

    /** When the services were last used with an account that is no more. */
    forgetUses: async (account: AccountId): Promise<void> => {
      await uses.deleteMany(prefix(`${account}|`))
    },

    used: async (account: AccountId, service: string, at: number): Promise<void> => {
      await uses.updateOne({ _id: `${account}|${service}` }, { $max: { at } }, { upsert: true })
    },

    /** By service id. */
    lastUses: async (account: AccountId): Promise<Record<string, number>> => {
      const found = await uses.find(prefix(`${account}|`), { sort: { _id: 1 } })
      return Object.fromEntries(found.map(({ _id, at }) => [_id.slice(account.length + 1), at]))
    },
  }
}

export type EventsStore = ReturnType<typeof createEventsStore>
