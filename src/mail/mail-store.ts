import { day, now } from '../lib/clock.ts'
import { padded } from '../lib/ids.ts'
import { type Connection, storeSchema, trusted } from '../storage/index.ts'

export interface QueuedMail {
  _id: string
  of?: string
  /** The letter's kind, address and values, sealed; gone once it is sent. */
  sealed?: string
  /** Whether `_id` was given, so that the same news is never sent twice. */
  once: boolean
  tries: number
  at: number
  /** Its place among those that were asked for at the same moment. */
  place: number
  /** `-|<time>` while it is to be sent. */
  due?: string
  /** When what is left of it goes as well. */
  purgeAt?: string
}

const dueAt = (time: number) => `-|${padded(time)}`
const keptAfterwards = 30 * day

/** The queue of letters. A letter is claimed by moving `due`: of several processes one sends it. */
export const createMailStore = (connection: Connection) => {
  const model = connection.model<QueuedMail>(
    'Mail',
    storeSchema<QueuedMail>({
      _id: String,
      of: { type: String, index: true, sparse: true },
      sealed: String,
      once: Boolean,
      tries: Number,
      at: Number,
      place: Number,
      due: { type: String, index: true, sparse: true },
      purgeAt: { type: String, index: true, sparse: true },
    }),
    'mails',
  )
  let asked = 0
  const dueNow = () => ({ due: trusted({ $gte: '-|', $lte: dueAt(now()) }) })

  return {
    /** False when a letter with this id was queued before. */
    insert: async (mail: Pick<QueuedMail, '_id' | 'of' | 'sealed' | 'once'>): Promise<boolean> => {
      asked += 1
      const queued = { ...mail, tries: 0, at: now(), place: asked, due: dueAt(now()) }
      const { upsertedCount } = await model.updateOne({ _id: mail._id }, { $setOnInsert: queued }, { upsert: true })
      return upsertedCount === 1
    },

    due: async (limit: number): Promise<QueuedMail[]> =>
      model.find(dueNow()).sort({ due: 1 }).limit(limit).lean<QueuedMail[]>(),

    countDue: async (): Promise<number> => model.countDocuments(dueNow()),

    /** True for the one who may try to send it now; it comes due again when nothing is heard until then. */
    claim: async (mail: QueuedMail, until: number): Promise<boolean> => {
      const claimed = await model.updateOne(
        { _id: mail._id, due: mail.due },
        { $set: { due: dueAt(until) }, $inc: { tries: 1 } },
      )
      return claimed.modifiedCount === 1
    },

    postpone: async (id: string, until: number): Promise<void> => {
      await model.updateOne({ _id: id, due: trusted({ $exists: true }) }, { $set: { due: dueAt(until) } })
    },

    /** Sent or given up: nothing of its content stays. */
    finish: async ({ _id, once }: QueuedMail): Promise<void> => {
      if (once) {
        const purgeAt = dueAt(now() + keptAfterwards)
        await model.updateOne({ _id }, { $unset: { of: '', sealed: '', due: '' }, $set: { purgeAt } })
      } else await model.deleteOne({ _id })
    },

    /** What waits for somebody who is no more is sent no more. */
    forget: async (of: string): Promise<void> => {
      await model.deleteMany({ of })
    },

    purge: async (): Promise<void> => {
      await model.deleteMany({ purgeAt: trusted({ $gte: '-|', $lte: dueAt(now()) }) })
    },
  }
}
