import type { mongo } from 'mongoose'
import { isTrusted } from './schema.ts'

type Fields = Record<string, unknown>
type Fits = (value: unknown) => boolean

const simple = new Map<unknown, Fits>([
  [String, (value) => typeof value === 'string'],
  [Number, (value) => Number.isFinite(value)],
  [Boolean, (value) => typeof value === 'boolean'],
  [Date, (value) => value instanceof Date],
])

/** Of a field that holds values of any form, and paths within them. */
const anything: Fits = () => true

const fitsOf = (declared: unknown): { whole: Fits; element: Fits } => {
  const type = (declared as { type?: unknown }).type ?? declared
  if (!Array.isArray(type)) return { whole: simple.get(type) ?? anything, element: () => false }
  const element = simple.get(type[0]) ?? anything
  return { whole: (value) => Array.isArray(value) && value.every(element), element }
}

const hasOperators = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).some((name) => name.startsWith('$'))

/** Operators whose operands are values of the field. */
const storing = new Set(['$set', '$setOnInsert', '$max', '$inc'])

/**
 * What a schema declares, held at each call (T21): a field that it does not name, and a value of another kind, is an
 * error; what looks like an operator and is none of ours is a value.
 */
export const createFieldRules = (collection: string, definition: object) => {
  const fields = new Map(Object.entries(definition).map(([name, declared]) => [name, fitsOf(declared)]))

  const fieldAt = (path: string) => {
    const known = fields.get(path)
    if (known) return known
    const dot = path.indexOf('.')
    const root = dot > 0 ? fields.get(path.slice(0, dot)) : undefined
    if (!root || (root.whole !== anything && root.element !== anything))
      throw new TypeError(`the documents of ${collection} have no ${path}`)
    return { whole: anything, element: anything }
  }

  const refused = (path: string): TypeError => new TypeError(`${path} in ${collection} holds other values`)

  /** Of our own operators or a value; absent is no value to find by, since it would mean every document. */
  const conditionOf = (path: string, value: unknown): unknown => {
    const { whole, element } = fieldAt(path)
    if (value === null || isTrusted(value)) return value
    if (value === undefined || !(whole(value) || element(value))) throw refused(path)
    return hasOperators(value) ? { $eq: value } : value
  }

  /** Absent stays absent: what is undefined is not said. */
  const operandsOf = (operator: string, said: Fields): Fields => {
    const operands: Fields = {}
    for (const [path, value] of Object.entries(said)) {
      const { whole } = fieldAt(path)
      if (value === undefined) continue
      if (value !== null && storing.has(operator) && !whole(value)) throw refused(path)
      operands[path] = value
    }
    return operands
  }

  return {
    filterOf: (filter: object): mongo.Filter<mongo.Document> => {
      const conditions: Fields = {}
      for (const [path, value] of Object.entries(filter)) conditions[path] = conditionOf(path, value)
      return conditions as mongo.Filter<mongo.Document>
    },

    documentOf: (document: object): mongo.OptionalId<mongo.Document> => operandsOf('$set', document as Fields),

    updateOf: (update: object): mongo.UpdateFilter<mongo.Document> => {
      const operators: Fields = {}
      for (const [operator, said] of Object.entries(update)) {
        if (!operator.startsWith('$')) throw new TypeError(`an update needs operators, not the field ${operator}`)
        if (said) operators[operator] = operandsOf(operator, said as Fields)
      }
      return operators as mongo.UpdateFilter<mongo.Document>
    },
  }
}
