import {
  byId,
  type Connection,
  conflict,
  isDuplicateKey,
  retryOnConflict,
  storeOf,
  storeSchema,
  trusted,
  ttl,
} from '../storage/index.ts'

interface Counter {
  _id: string
  count: number
  /** Attempts under way whose outcome is not known, by the slot of time in which each began: after two slots none counts. */
  held?: Record<string, number>
  purgeAt: string
}

export type CounterState = Pick<Counter, 'count' | 'held'>

export const createCounterStore = (connection: Connection) => {
  const model = storeOf<Counter>(
    connection,
    storeSchema<Counter>({
      _id: String,
      count: Number,
      held: {},
      ...ttl.field,
    }),
    'limits',
  )

  return {
    /** Adds at once, whoever else does, and answers what stands then. */
    add: async (
      id: string,
      by: Partial<Record<'count' | `held.t${number}`, number>>,
      until: number,
    ): Promise<CounterState> =>
      retryOnConflict(async () => {
        try {
          const counter = await model.findOneAndUpdate(
            { _id: id },
            { $inc: by, $setOnInsert: ttl.at(until) },
            { upsert: true, returnDocument: 'after' },
          )
          return { ...counter, count: counter?.count ?? 0 }
        } catch (error) {
          // Two first attempts at once: the second finds the counter that the first has made.
          if (isDuplicateKey(error)) return conflict
          throw error
        }
      }),

    read: async (id: string): Promise<CounterState> => {
      const { count = 0, held } = (await byId(model, id)) ?? {}
      return { count, ...(held && { held }) }
    },

    /** Attempts under way stay: each takes its own place back, and would leave one too many in a counter made anew. */
    forget: async (ids: string[]): Promise<void> => {
      await model.updateMany({ _id: trusted({ $in: ids }) }, { $set: { count: 0 } })
    },

    forgetAll: async (): Promise<void> => {
      await model.updateMany({}, { $set: { count: 0 } })
    },

    sweep: async (): Promise<void> => {
      await ttl.purge(model)
    },
  }
}
