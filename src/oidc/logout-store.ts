import { day, now } from '../lib/clock.ts'
import { keyPart } from '../lib/ids.ts'
import {
  type Connection,
  dueIn,
  indexed,
  insertOnce,
  outboxOf,
  storeOf,
  storeSchema,
  trusted,
  ttl,
} from '../storage/index.ts'

/** A service still to be told that a session ended (OpenID Connect Back-Channel Logout 1.0). */
export interface Logout {
  _id: string
  client: string
  sub: string
  sid: string
  attempts: number
  at: number
  /** `<client>|<time>` while it is still to be told. */
  due?: string
  outcome?: 'acknowledged' | 'gave-up'
  /** Of the last answer; 0: none came. */
  status?: number
  purgeAt?: string
}

/** Each end of a session at a client is one row, however often it is noticed; the outcome is kept for a month. */
export const createLogoutStore = (connection: Connection) => {
  const model = storeOf<Logout>(
    connection,
    storeSchema<Logout>({
      _id: String,
      client: String,
      sub: String,
      sid: String,
      attempts: Number,
      at: Number,
      due: indexed,
      outcome: String,
      status: Number,
      ...ttl.field,
    }),
    'logouts',
  )
  const outbox = outboxOf(model)

  return {
    ...outbox,

    enqueue: async ({ client, sub, sid }: Pick<Logout, 'client' | 'sub' | 'sid'>): Promise<void> => {
      const [_id, at] = [`${keyPart(client)}:${keyPart(sid)}`, now()]
      await insertOnce(model, { _id, client, sub, sid, attempts: 0, at, due: dueIn(keyPart(client), at) })
    },

    /** Whoever gets it makes the attempt, which counts however it ends. */
    claim: (logout: Logout, until: number): Promise<Logout | undefined> =>
      outbox.claim(logout, until, { attempts: logout.attempts + 1 }),

    /** To be told at a later time; `status` of the answer, 0: none came. */
    postpone: (claimed: Logout, until: number, status: number): Promise<void> =>
      outbox.postpone(claimed, until, { status }),

    /** What an older version had queued without a lane. Idempotent. */
    adoptQueued: async (): Promise<void> => {
      const old = await model.find({ due: trusted({ $gt: '', $lt: ':' }) })
      for (const { _id, client, due } of old.filter((row) => !row.due?.includes('|')))
        await model.updateOne({ _id, due }, { $set: { due: `${keyPart(client)}|${due}` } })
    },

    settle: (_id: string, outcome: NonNullable<Logout['outcome']>, status: number): Promise<void> =>
      outbox.end(_id, { outcome, status, ...ttl.at(now() + 30 * day) }),

    purge: async (): Promise<void> => {
      await ttl.purge(model)
    },
  }
}

export type LogoutStore = ReturnType<typeof createLogoutStore>
