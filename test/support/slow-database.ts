import type { Connection, Schema } from 'mongoose'

const operations = ['findOne', 'updateOne', 'findOneAndUpdate', 'deleteOne', 'deleteMany'] as const

/** The same database, as far away as a real one: every operation of what is registered through it takes its time. */
export const slowly = (connection: Connection, milliseconds = 15): Connection =>
  new Proxy(connection, {
    get: (target, name) => {
      if (name !== 'model') {
        const value = Reflect.get(target, name) as unknown
        return typeof value === 'function' ? value.bind(target) : value
      }
      return (model: string, schema: Schema, collection: string) => {
        const way = () => new Promise<void>((resolve) => setTimeout(resolve, milliseconds))
        // Answered with a cursor at once, and asked by nobody but mongoose.
        schema.pre('find', way)
        const made = target.model(model, schema, collection)
        const asked = made.collection as unknown as Record<string, (...parameters: unknown[]) => unknown>
        for (const operation of operations) {
          const ask = asked[operation]!
          asked[operation] = (...parameters) => way().then(() => ask.apply(asked, parameters))
        }
        return made
      }
    },
  })
