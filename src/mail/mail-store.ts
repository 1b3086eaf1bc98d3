import { day, now } from '../lib/clock.ts'
import { laneOf } from '../lib/dispatcher.ts'
import {
  type Connection,
  dueIn,
  indexed,
  insertOnce,
  noLane,
  outboxOf,
  purge,
  storeOf,
  storeSchema,
  trusted,
} from '../storage/index.ts'

export interface QueuedMail {
  _id: string
  of?: string
  /** The letter's kind, address and values, sealed; gone once it is sent. */
  sealed?: string
  /** Whether `_id` was given, so that the same news is never sent twice. */
  once: boolean
  /** Answers to it; what failed on the way there is no try. */
  tries: number
  at: number
  /** Its place among those that were asked for at the same moment. */
  place: number
  /** `<lane>|<time>` while it is to be sent; a lane is a mail domain, unreadable. */
  due?: string
  /** `-|<time>` it was asked for, until it is sent or given up. */
  unsent?: string
  /** When what is left of it goes as well. */
  purgeAt?: string
}

const keptAfterwards = 30 * day
const mostCounted = 10_000

/** The outbox of letters. A letter is claimed by moving `due`: of several processes one sends it. */
export const createMailStore = (connection: Connection) => {
  const model = storeOf<QueuedMail>(
    connection,
    storeSchema<QueuedMail>({
      _id: String,
      of: indexed,
      sealed: String,
      once: Boolean,
      tries: Number,
      at: Number,
      place: Number,
      due: indexed,
      unsent: indexed,
      purgeAt: indexed,
    }),
    'mails',
  )
  const outbox = outboxOf(model)
  let asked = 0

  return {
    ...outbox,

    /** False when a letter with this id was queued before. */
    insert: async (mail: Pick<QueuedMail, '_id' | 'of' | 'sealed' | 'once'>, lane: string): Promise<boolean> => {
      asked += 1
      const at = now()
      const queued = { ...mail, tries: 0, at, place: asked, due: dueIn(lane, at), unsent: dueIn(noLane, at) }
      return insertOnce(model, queued)
    },

    /** How many wait, whatever for (ten thousand at most are counted), and since when the oldest does. */
    unsent: async (): Promise<{ count: number; since: number | undefined }> => {
      const waiting = await model.find(
        { unsent: trusted({ $gt: '' }) },
        { sort: { unsent: 1 }, limit: mostCounted, only: { unsent: 1 } },
      )
      const oldest = waiting[0]?.unsent
      return { count: waiting.length, since: oldest === undefined ? undefined : laneOf(oldest).at }
    },

    /** It was answered, and not for good. */
    postpone: (mail: QueuedMail, until: number): Promise<void> =>
      outbox.postpone(mail, until, { tries: mail.tries + 1 }),

    /** It never reached anybody who could have answered. */
    putBack: (mail: QueuedMail, until: number): Promise<void> => outbox.postpone(mail, until),

    /** Sent or given up: nothing of its content stays. */
    finish: async ({ _id, once }: QueuedMail): Promise<void> => {
      if (once) {
        const purgeAt = dueIn(noLane, now() + keptAfterwards)
        await outbox.end(_id, { purgeAt }, ['of', 'sealed', 'unsent'])
      } else await model.deleteOne({ _id })
    },

    /** What waits for somebody who is no more is sent no more. */
    forget: async (of: string): Promise<void> => {
      await model.deleteMany({ of })
    },

    purge: async (): Promise<void> => {
      await purge(model, { purgeAt: trusted({ $gte: `${noLane}|`, $lte: dueIn(noLane, now()) }) })
    },
  }
}
