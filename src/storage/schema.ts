const meant: unique symbol = Symbol('meant')

/** Operators in a filter that are our own. */
export interface Operators {
  readonly [meant]: true
}

/** Marks operators in a filter of our own as meant: anything else that looks like one is taken as a value (T21). */
export const trusted = (operators: object): Operators => Object.assign(operators, { [meant]: true as const })

export const isTrusted = (value: unknown): value is Operators =>
  typeof value === 'object' && value !== null && meant in value

/** A text that documents are found by: a sparse index of its own (model M14). */
export const indexed = { type: String, index: true, sparse: true } as const
/** Texts, by any of which a document is found. */
export const indexedEach = { type: [String], index: true, sparse: true, default: undefined } as const
/** A list that may be absent. */
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
export type Schema<Held> = { [Field in keyof Held]-?: Declared<Exclude<Held[Field], undefined>> }

/** The fields of a collection's documents, which `storeOf` holds each call to, and which of them are indexed. */
export const storeSchema = <Held>(definition: Schema<Held>): Schema<Held> => definition
