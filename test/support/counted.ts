/** Counts what a request asks of the store, by operation and collection. */
import type { Connection, Schema } from 'mongoose'
import type { Database } from '../../src/storage/index.ts'

const operations = ['findOne', 'find', 'updateOne', 'findOneAndUpdate', 'deleteOne', 'deleteMany'] as const

export const counting = (database: Database): { database: Database; seen: string[] } => {
  const seen: string[] = []
  return { database: { ...database, connection: counted(database.connection, seen) }, seen }
}

export const counted = (connection: Connection, seen: string[]): Connection =>
  new Proxy(connection, {
    get: (target, name) => {
      const value = Reflect.get(target, name) as unknown
      if (name !== 'model') return typeof value === 'function' ? value.bind(target) : value
      return (model: string, schema: Schema, collection: string) => {
        const made = target.model(model, schema, collection)
        const asked = made.collection as unknown as Record<string, (...parameters: unknown[]) => unknown>
        for (const operation of operations) {
          const ask = asked[operation]!
          asked[operation] = (...parameters) => {
            seen.push(`${operation} ${collection}`)
            return ask.apply(asked, parameters)
          }
        }
        return made
      }
    },
  })
