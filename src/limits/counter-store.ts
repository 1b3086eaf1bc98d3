import { now } from '../lib/clock.ts'
import { padded } from '../lib/ids.ts'
import { byId, type Connection, storeSchema, trusted } from '../storage/index.ts'

interface Counter {
  _id: string
  count: number
  purgeAt: string
}

export const createCounterStore = (connection: Connection) => {
  const model = connection.model<Counter>(
    'Counter',
    storeSchema<Counter>({ _id: String, count: Number, purgeAt: { type: String, index: true, sparse: true } }),
    'limits',
  )

  return {
    /** Adds at once, whoever else does, and answers the sum. */
    add: async (id: string, by: number, until: number): Promise<number> => {
      for (;;) {
        try {
          const counter = await model
            .findOneAndUpdate(
              { _id: id },
              { $inc: { count: by }, $setOnInsert: { purgeAt: padded(until) } },
              { upsert: true, returnDocument: 'after' },
            )
            .lean<Counter>()
          return counter?.count ?? by
        } catch (error) {
          // Two first attempts at once: the second finds the counter that the first has made.
          if ((error as { code?: number }).code !== 11000) throw error
        }
      }
    },

    read: async (id: string): Promise<number> => (await byId(model, id))?.count ?? 0,

    drop: async (ids: string[]): Promise<void> => {
      await model.deleteMany({ _id: trusted({ $in: ids }) })
    },

    clear: async (): Promise<void> => {
      await model.deleteMany({})
    },

    sweep: async (): Promise<void> => {
      await model.deleteMany({ purgeAt: trusted({ $lte: padded(now()) }) })
    },
  }
}
