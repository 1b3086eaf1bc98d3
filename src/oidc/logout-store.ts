import { day, now } from '../lib/clock.ts'
import { keyPart } from '../lib/ids.ts'
import { type Connection, dueIn, dueIndex, indexed, insertOnce, storeSchema, trusted, ttl } from '../storage/index.ts'

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
  const model = connection.model<Logout>(
    'Logout',
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

  return {
    ...dueIndex(model),

    enqueue: async ({ client, sub, sid }: Pick<Logout, 'client' | 'sub' | 'sid'>): Promise<void> => {
      const [_id, at] = [`${keyPart(client)}:${keyPart(sid)}`, now()]
      await insertOnce(model, { _id, client, sub, sid, attempts: 0, at, due: dueIn(keyPart(client), at) })
    },

    /** Whoever moves the counter makes the attempt; it comes back by itself should that process die. */
    claim: async ({ _id, client, attempts }: Logout, until: number): Promise<boolean> => {
      const claimed = await model.updateOne(
        { _id, attempts, due: trusted({ $exists: true }) },
        { $set: { attempts: attempts + 1, due: dueIn(keyPart(client), until) } },
      )
      return claimed.modifiedCount === 1
    },

    /** To be told at a later time; `status` of the answer, 0: none came. */
    postpone: async ({ _id, client }: Logout, until: number, status: number): Promise<void> => {
      const due = trusted({ $exists: true })
      await model.updateOne({ _id, due }, { $set: { status, due: dueIn(keyPart(client), until) } })
    },

    /** What an older version had queued without a lane. Idempotent. */
    adoptQueued: async (): Promise<void> => {
      const old = await model.find({ due: trusted({ $gt: '', $lt: ':' }) }).lean<Logout[]>()
      for (const { _id, client, due } of old.filter((row) => !row.due?.includes('|')))
        await model.updateOne({ _id, due }, { $set: { due: `${keyPart(client)}|${due}` } })
    },

    settle: async (_id: string, outcome: NonNullable<Logout['outcome']>, status: number): Promise<void> => {
      await model.updateOne({ _id }, { $set: { outcome, status, ...ttl.at(now() + 30 * day) }, $unset: { due: '' } })
    },

    purge: async (): Promise<void> => {
      await ttl.purge(model)
    },
  }
}

export type LogoutStore = ReturnType<typeof createLogoutStore>
