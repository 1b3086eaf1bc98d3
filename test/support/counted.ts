/** Counts what a request asks of the store, by operation and collection. */
import type { Connection, Schema } from 'mongoose'
import type { Database } from '../../src/storage/index.ts'

const operations = ['findOne', 'find', 'updateOne', 'findOneAndUpdate', 'deleteOne', 'deleteMany'] as const

export const counting = (database: Database): { database: Database; seen: string[] } => {
  const seen: string[] = []
  const { connection } = database
  const counted = new Proxy(connection, {
    get: (target, name) => {
      const value = Reflect.get(target, name) as unknown
      if (name !== 'model') return typeof value === 'function' ? value.bind(target) : value
      return (model: string, schema: Schema, collection: string) => {
        for (const operation of operations) schema.pre(operation, () => void seen.push(`${operation} ${collection}`))
        return target.model(model, schema, collection)
      }
    },
  }) as Connection
  return { database: { ...database, connection: counted }, seen }
}
