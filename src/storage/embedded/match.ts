import { Query } from 'mingo'
import { partsOf, throughArray, valueAt } from './paths.ts'

type Filter = Record<string, unknown>
type Fields = Record<string, unknown>
type Test = (value: unknown) => boolean | undefined

/**
 * Whether a document is meant by a filter. Comparisons of single values, which is what hot paths ask, are made here;
 * everything else, and every document where an array or a date is met on the way, is left to the query engine.
 */
export const matcherOf = (filter: Filter): ((document: Fields) => boolean) => {
  let engine: Query | undefined
  const byEngine = (document: Fields): boolean => {
    engine ??= new Query(filter)
    return engine.test(document)
  }
  const tests: { parts: string[]; test: Test }[] = []
  for (const [path, condition] of Object.entries(filter)) {
    const parts = path.startsWith('$') ? undefined : partsOf(path)
    const test = parts && testOf(condition)
    if (!parts || !test) {
      // Built at once: an operator that nobody knows is an error even where no document would meet it.
      engine = new Query(filter)
      return byEngine
    }
    tests.push({ parts, test })
  }
  return (document) => {
    for (const { parts, test } of tests) {
      const value = valueAt(document, parts)
      const answer = value === throughArray ? undefined : test(value)
      if (answer === undefined) return byEngine(document)
      if (!answer) return false
    }
    return true
  }
}

type Scalar = string | number | boolean | null

const isScalar = (value: unknown): value is Scalar =>
  value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'

/** undefined: not one of these, or not for this value. */
const testOf = (condition: unknown): Test | undefined => {
  if (isScalar(condition)) return equals(condition)
  if (typeof condition !== 'object' || condition === null || Object.getPrototypeOf(condition) !== Object.prototype)
    return undefined
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

const equals =
  (expected: Scalar): Test =>
  (value) => {
    if (value === undefined) return expected === null
    return isScalar(value) ? value === expected : undefined
  }

const compares =
  (holds: (order: number) => boolean) =>
  (operand: unknown): Test | undefined => {
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
  $eq: (operand) => (isScalar(operand) ? equals(operand) : undefined),
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
