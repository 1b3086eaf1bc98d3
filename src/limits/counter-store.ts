import { now } from '../lib/clock.ts'
import { padded } from '../lib/ids.ts'
import { byId, type Connection, purge, storeSchema, trusted } from '../storage/index.ts'

interface Counter {
  _id: string
  count: number
  /** Attempts under way whose outcome is not known, by the slot of time in which each began: after two slots none counts. */
  held?: Record<string, number>
  purgeAt: string
}

export type ResolvedSubject = Pick<Counter, 'count' | 'held'>

export const createCounterStore = (connection: Connection) => {
  const model = connection.model<Counter>(
    'Counter',
    storeSchema<Counter>({
      _id: String,
      count: Number,
      held: {},
      purgeAt: { type: String, index: true, sparse: true },
    }),
    'limits',
  )

  return {
    /** Adds at once, whoever else does, and answers what stands then. */
    add: async (
      id: string,
      by: Partial<Record<'count' | `held.${number}`, number>>,
      until: number,
    ): Promise<ResolvedSubject> => {
      for (;;) {
        try {
          const counter = await model
            .findOneAndUpdate(
              { _id: id },
              { $inc: by, $setOnInsert: { purgeAt: padded(until) } },
              { upsert: true, returnDocument: 'after' },
            )
            .lean<Counter>()
          return { ...counter, count: counter?.count ?? 0 }
        } catch (error) {
          // Two first attempts at once: the second finds the counter that the first has made.
          if ((error as { code?: number }).code !== 11000) throw error
        }
      }
    },

    read: async (id: string): Promise<ResolvedSubject> => {
      const { count = 0, held } = (await byId(model, id)) ?? {}
      return { count, ...(held && { held }) }
    },

    drop: async (ids: string[]): Promise<void> => {
      await model.deleteMany({ _id: trusted({ $in: ids }) })
    },

    clear: async (): Promise<void> => {
      await model.deleteMany({})
    },

    sweep: async (): Promise<void> => {
      await purge(model, { purgeAt: trusted({ $lte: padded(now()) }) })
    },
  }
}
