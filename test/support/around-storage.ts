import type { Connection, Schema } from 'mongoose'

const operations = ['findOne', 'updateOne', 'findOneAndUpdate', 'deleteOne', 'deleteMany'] as const

/** The same database, with an act of the test's before each operation on what is registered through it. */
export const beforeEachOperation = (
  connection: Connection,
  act: (operation: string, collection: string) => Promise<void> | void,
): Connection =>
  new Proxy(connection, {
    get: (target, name) => {
      const value = Reflect.get(target, name) as unknown
      if (name !== 'model') return typeof value === 'function' ? value.bind(target) : value
      return (model: string, schema: Schema, collection: string) => {
        // Answered with a cursor at once, and asked by nobody but mongoose.
        schema.pre('find', () => act('find', collection))
        const made = target.model(model, schema, collection)
        const asked = made.collection as unknown as Record<string, (...parameters: unknown[]) => unknown>
        for (const operation of operations) {
          const ask = asked[operation]!
          asked[operation] = async (...parameters) => {
            await act(operation, collection)
            return ask.apply(asked, parameters)
          }
        }
        return made
      }
    },
  })
