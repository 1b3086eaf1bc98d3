import mongoose, { type Model, Schema, type SchemaDefinition } from 'mongoose'

/** Marks operators in a filter of our own as meant: anything else that looks like one is taken as a value (T21). */
export const trusted = <T extends object>(operators: T): T => mongoose.trusted(operators) as T

/**
 * A schema by the store's rules: named fields only, absent stays absent, empty objects are kept, no version key beside
 * our own `rev`, no getters of an id that is a string already, nothing built in the background (`Database.prepare`).
 */
export const storeSchema = <T>(definition: Record<string, unknown>): Schema<T> =>
  new Schema<T>(definition as SchemaDefinition<T>, {
    versionKey: false,
    minimize: false,
    strict: 'throw',
    strictQuery: 'throw',
    id: false,
    autoCreate: false,
    autoIndex: false,
  })

/**
 * The document with this `_id`, as it lies there and not to be changed; null when there is none. Most of what is read is
 * read so: without a query to build, cast and run hooks for, it costs a third.
 */
export const byId = async <T>(model: Model<T>, id: string): Promise<T | null> => {
  if (typeof id !== 'string') throw new TypeError('the _id of a document is a string')
  return (await model.collection.findOne({ _id: id as never })) as T | null
}
