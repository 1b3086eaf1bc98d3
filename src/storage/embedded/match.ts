import { isDeepStrictEqual } from 'node:util'
import type { Query } from 'mingo'
import { engine } from './engine.ts'
import { partsOf, throughArray, valueAt } from './paths.ts'

type Filter = Record<string, unknown>
type Fields = Record<string, unknown>
type Test = (value: unknown) => boolean | undefined

/**
 * Whether a document is meant by a filter. Comparisons of single values, which is what hot paths ask, are made here;
 * everything else, and every document where an array or a date is met on the way, is left to the query engine.
 */
export const matcherOf = (filter: Filter): ((document: Fields) => boolean) => {
  let query: Query | undefined
  const byEngine = (document: Fields): boolean => {
    query ??= queryOf(filter)
    return query.test(document)
  }
  const tests: { parts: string[]; test: Test }[] = []
  for (const [path, condition] of Object.entries(filter)) {
    const parts = path.startsWith('$') ? undefined : partsOf(path)
    const test = parts && testOf(condition)
    if (!parts || !test) {
      // Built at once: an operator that nobody knows is an error even where no document would meet it.
      query = queryOf(filter)
      return byEngine
    }
    tests.push({ parts, test })
  }
  return (document) => {
    for (const { parts, test } of tests) {
      const value = valueAt(document, parts)
      const answer = value === throughArray ? throughElements(document, parts, test) : test(value)
      if (answer === undefined) return byEngine(document)
      if (!answer) return false
    }
    return true
  }
}

const queryOf = (filter: Filter): Query => new (engine().Query)(filter)

/**
 * As on MongoDB, null finds a list with an element that lacks the field, also where another has it (mingo 7.2 misses it).
 * undefined: the engine's to answer.
 */
const throughElements = (document: Fields, parts: string[], test: Test): true | undefined => {
  const list = parts.length === 2 ? document[parts[0]!] : undefined
  if (!Array.isArray(list) || test !== isNull) return undefined
  const lacks = (element: unknown) =>
    typeof element === 'object' && element !== null && !Array.isArray(element) && isNull((element as Fields)[parts[1]!])
  return list.some(lacks) || undefined
}

type Scalar = string | number | boolean | null

const isScalar = (value: unknown): value is Scalar =>
  value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'

const isPlain = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype

/** undefined: not one of these, or not for this value. */
const testOf = (condition: unknown): Test | undefined => {
  if (isScalar(condition)) return equals(condition)
  if (!isPlain(condition)) return undefined
  if (!Object.keys(condition).some((name) => name.startsWith('$'))) return isLike(condition)
  const tests: Test[] = []
  for (const [operator, operand] of Object.entries(condition)) {
    const test = known[operator]?.(operand)
    if (!test) return undefined
    tests.push(test)
  }
  if (tests.length === 0) return undefined
  return (value) => {
    for (const test of tests) {
      const answer = test(value)
      if (answer !== true) return answer
    }
    return true
  }
}

/** Null or absent: one to a filter. */
const isNull: Test = (value) => (value === undefined ? true : isScalar(value) ? value === null : undefined)

const equals = (expected: Scalar): Test =>
  expected === null
    ? isNull
    : (value) => {
        if (value === undefined) return false
        return isScalar(value) ? value === expected : undefined
      }

/** As on MongoDB, an object is like another in the order of its fields as well (mingo 7.2 takes any order). */
const isLike = (expected: Fields): Test => {
  const wanted = JSON.stringify(expected)
  return (value) => {
    const each = Array.isArray(value) ? value : [value]
    return each.some((one) => JSON.stringify(one) === wanted && isDeepStrictEqual(one, expected))
  }
}

const compares =
  (holds: (order: number) => boolean) =>
  (operand: unknown): Test | undefined => {
    // As on MongoDB, null is in order with null and with what is absent (mingo 7.2 misses the absent).
    if (operand === null)
      return (value) => {
        const same = isNull(value)
        return same === undefined ? undefined : same && holds(0)
      }
    if (typeof operand !== 'string' && typeof operand !== 'number') return undefined
    return (value) => {
      if (value === undefined) return false
      if (!isScalar(value)) return undefined
      // Values of different kinds are never in order: `$lt` finds no document without the field.
      if (typeof value !== typeof operand) return false
      return holds(value === operand ? 0 : (value as string) < (operand as string) ? -1 : 1)
    }
  }

const known: Record<string, (operand: unknown) => Test | undefined> = {
  $eq: (operand) => (isScalar(operand) ? equals(operand) : isPlain(operand) ? isLike(operand) : undefined),
  $ne: (operand) => {
    if (!isScalar(operand)) return undefined
    const same = equals(operand)
    return (value) => {
      const answer = same(value)
      return answer === undefined ? undefined : !answer
    }
  },
  $in: (operand) => {
    if (!Array.isArray(operand) || !operand.every(isScalar)) return undefined
    return (value) => {
      if (value !== undefined && !isScalar(value)) return undefined
      return operand.includes(value === undefined ? null : value)
    }
  },
  $exists: (operand) => (typeof operand === 'boolean' ? (value) => (value !== undefined) === operand : undefined),
  $lt: compares((order) => order < 0),
  $lte: compares((order) => order <= 0),
  $gt: compares((order) => order > 0),
  $gte: compares((order) => order >= 0),
}
