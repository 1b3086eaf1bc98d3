import mongoose, { type Model, Schema, type SchemaDefinition } from 'mongoose'

/** Marks operators in a filter of our own as meant: anything else that looks like one is taken as a value (T21). */
export const trusted = <T extends object>(operators: T): T => mongoose.trusted(operators) as T

/** A text that documents are found by: a sparse index of its own (model M14). */
export const indexed = { type: String, index: true, sparse: true } as const
/** Texts, by any of which a document is found. */
export const indexedEach = { type: [String], index: true, sparse: true, default: undefined } as const
/** A list that may be absent: without a default of its own mongoose would store an empty one. */
export const optionalTexts = { type: [String], default: undefined } as const
export const optionalList = { type: [{}], default: undefined } as const

/** How a field of that type is declared. */
type Declared<Value> = [Value] extends [string | null]
  ? StringConstructor | typeof indexed | { type: StringConstructor; index: true }
  : [Value] extends [number | null]
    ? NumberConstructor
    : [Value] extends [boolean]
      ? BooleanConstructor
      : [Value] extends [readonly string[]]
        ? [StringConstructor] | typeof optionalTexts | typeof indexedEach
        : Record<string, never> | [Record<string, never>] | typeof optionalList

/** Every field of what is held, and no other. */
type Definition<Held> = { [Field in keyof Held]-?: Declared<Exclude<Held[Field], undefined>> }

/**
 * A schema by the store's rules: named fields only, absent stays absent, empty objects are kept, no version key beside
 * our own `rev`, no getters of an id that is a string already, nothing built in the background (`Database.prepare`).
 */
export const storeSchema = <Held>(definition: Definition<Held>): Schema<Held> =>
  new Schema<Held>(definition as unknown as SchemaDefinition<Held>, {
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
