import type { Connection, Schema } from 'mongoose'

const operations = ['findOne', 'find', 'updateOne', 'findOneAndUpdate', 'deleteOne', 'deleteMany'] as const

/** The same database, as far away as a real one: every operation of what is registered through it takes its time. */
export const slowly = (connection: Connection, milliseconds = 15): Connection =>
  new Proxy(connection, {
    get: (target, name) => {
      if (name !== 'model') {
        const value = Reflect.get(target, name) as unknown
        return typeof value === 'function' ? value.bind(target) : value
      }
      return (model: string, schema: Schema, collection: string) => {
        for (const operation of operations)
          schema.pre(operation, () => new Promise<void>((resolve) => setTimeout(resolve, milliseconds)))
        return target.model(model, schema, collection)
      }
    },
  })
