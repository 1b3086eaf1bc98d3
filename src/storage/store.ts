import type { mongo } from 'mongoose'
import { type Connection, declare } from './connection.ts'
import { createFieldRules } from './field-rules.ts'
import type { Operators, Schema } from './schema.ts'

type Path<Row> = (keyof Row & string) | `${keyof Row & string}.${string}`
type Element<Value> = Value extends readonly (infer Each)[] ? Each : never

/** What documents are meant: values that they hold, or operators that are ours (`trusted`). */
type Filter<Row> = {
  [At in Path<Row>]?: At extends keyof Row ? Row[At] | Element<Row[At]> | Operators | null : unknown
}

type Change<Row> = { [At in Path<Row>]?: unknown }

/** Atomic on one document; of named paths alone. */
type Update<Row> = {
  [Operator in '$set' | '$setOnInsert' | '$unset' | '$inc' | '$max' | '$push' | '$pull']?: Change<Row>
}

interface Look<Row> {
  sort?: { [Field in keyof Row]?: 1 | -1 }
  limit?: number
  /** These fields and `_id`. */
  only?: { [Field in keyof Row]?: 1 }
}

interface UpdateOptions {
  upsert?: boolean
}

/**
 * The documents of one collection: the driver's own calls on either database, held to what its schema declares (T21).
 * What is read is as it lies there, and not to be changed.
 */
export interface Store<Row extends { _id: string }> {
  findOne: (filter: Filter<Row>, look?: Omit<Look<Row>, 'limit'>) => Promise<Row | null>
  find: (filter: Filter<Row>, look?: Look<Row>) => Promise<Row[]>
  countDocuments: (filter: Filter<Row>) => Promise<number>
  /** An error (`isDuplicateKey`) where its `_id` is taken. */
  insertOne: (document: Row) => Promise<mongo.InsertOneResult>
  /** All in one write; an error where one of them is refused, and of the others some may stand. */
  insertMany: (documents: readonly Row[]) => Promise<unknown>
  updateOne: (filter: Filter<Row>, update: Update<Row>, options?: UpdateOptions) => Promise<mongo.UpdateResult>
  updateMany: (filter: Filter<Row>, update: Update<Row>) => Promise<mongo.UpdateResult>
  findOneAndUpdate: (
    filter: Filter<Row>,
    update: Update<Row>,
    options: UpdateOptions & { returnDocument: 'before' | 'after' },
  ) => Promise<Row | null>
  deleteOne: (filter: Filter<Row>) => Promise<mongo.DeleteResult>
  deleteMany: (filter: Filter<Row>) => Promise<mongo.DeleteResult>
}

export const storeOf = <Row extends { _id: string }>(
  connection: Connection,
  schema: Schema<Row>,
  collection: string,
): Store<Row> => {
  declare(connection, collection, schema)
  const documents = connection.db.collection(collection)
  const { documentOf, filterOf, updateOf } = createFieldRules(collection, schema)
  const asked = ({ only, ...look }: Look<Row>) => ({ ...look, ...(only && { projection: only }) }) as mongo.FindOptions

  return {
    findOne: async (filter, look = {}) => (await documents.findOne(filterOf(filter), asked(look))) as Row | null,
    find: async (filter, look = {}) => (await documents.find(filterOf(filter), asked(look)).toArray()) as never,
    countDocuments: async (filter) => documents.countDocuments(filterOf(filter)),
    insertOne: async (document) => documents.insertOne(documentOf(document)),
    insertMany: async (some) => documents.insertMany(some.map(documentOf)),
    updateOne: async (filter, update, options = {}) => documents.updateOne(filterOf(filter), updateOf(update), options),
    updateMany: async (filter, update) => documents.updateMany(filterOf(filter), updateOf(update)),
    findOneAndUpdate: async (filter, update, options) =>
      (await documents.findOneAndUpdate(filterOf(filter), updateOf(update), options)) as Row | null,
    deleteOne: async (filter) => documents.deleteOne(filterOf(filter)),
    deleteMany: async (filter) => documents.deleteMany(filterOf(filter)),
  }
}

/** The document with this `_id`, as it lies there and not to be changed; null when there is none. */
export const byId = async <Row extends { _id: string }>(store: Store<Row>, id: string): Promise<Row | null> =>
  store.findOne({ _id: id } as Filter<Row>)
