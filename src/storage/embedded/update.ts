import type { Modifier } from 'mingo/updater'
import { engine } from './engine.ts'
import { matcherOf } from './match.ts'
import { type Draft, parentOf, partsOf, throughArray, valueAt } from './paths.ts'
import { asStored } from './values.ts'

type Fields = Record<string, unknown>
type Update = Record<string, Fields>

/**
 * The document as an update leaves it: a new one, which shares with the old, untouched one what stays as it was, and
 * nothing with the update. `$setOnInsert` counts for inserts only, which `fresh` says. What is done to named paths is
 * done here; positions in arrays, conditions and everything rarer are the query engine's. An operator that nobody
 * knows, and anything but operators, is an error: never a silent miss.
 */
export const updated = (before: Readonly<Fields>, update: unknown, filter: Fields, fresh: boolean): Fields => {
  const operators = operatorsOf(update, fresh)
  refuseConflicts(operators)
  keepId(before, operators.$set)
  if (Object.values(operators).some((fields) => '_id' in fields && fields !== operators.$set))
    throw new Error('the _id of a document does not change')
  const steps = stepsOf(before, operators)
  if (!steps) return asStored(byEngine(before, operators, filter))
  const document = { ...before }
  const draft = { document, own: new Set<unknown>([document]) }
  for (const step of steps) step(draft)
  return document
}

const byEngine = (before: Readonly<Fields>, operators: Update, filter: Fields): Fields => {
  const document = structuredClone(before)
  engine().update(document, operators as Modifier<Fields>, [], filter as never, { cloneMode: 'deep' })
  return document
}

const operatorsOf = (update: unknown, fresh: boolean): Update => {
  if (typeof update !== 'object' || update === null || Array.isArray(update))
    throw new Error('an update is an object of operators')
  const operators: Update = {}
  for (const [name, fields] of Object.entries(update as Update)) {
    if (!name.startsWith('$')) throw new Error(`an update needs operators, not the field ${name}`)
    if (name !== '$setOnInsert' && Object.keys(fields).length > 0) operators[name] = fields
  }
  const inserted = (update as Update).$setOnInsert
  if (fresh && inserted) {
    for (const path of Object.keys(inserted))
      if (operators.$set && path in operators.$set) throw new Error(`an update changes ${path} twice`)
    operators.$set = { ...inserted, ...operators.$set }
  }
  return operators
}

/** As on MongoDB: one update says one thing about a path, and nothing about what holds it. */
const refuseConflicts = (operators: Update): void => {
  const paths = new Set<string>()
  for (const fields of Object.values(operators))
    for (const path of Object.keys(fields)) {
      if (paths.has(path)) throw new Error(`an update changes ${path} twice`)
      paths.add(path)
    }
  for (const path of paths)
    for (let dot = path.indexOf('.'); dot !== -1; dot = path.indexOf('.', dot + 1))
      if (paths.has(path.slice(0, dot))) throw new Error(`an update changes ${path.slice(0, dot)} and ${path}`)
}

/** A new document may be given its `_id` by the update itself. */
const keepId = (before: Readonly<Fields>, set: Fields | undefined): void => {
  if (set && '_id' in set && before._id !== undefined && before._id !== set._id)
    throw new Error('the _id of a document does not change')
}

type Step = (draft: Draft) => void

/** All or none: undefined when any of it is the engine's, before anything was changed. */
const stepsOf = (document: Readonly<Fields>, operators: Update): Step[] | undefined => {
  const steps: Step[] = []
  for (const [name, fields] of Object.entries(operators)) {
    const operator = onPath[name]
    if (!operator) return undefined
    for (const [path, operand] of Object.entries(fields)) {
      const parts = partsOf(path)
      const current = parts && valueAt(document, parts)
      const step = parts && current !== throughArray ? operator(parts, operand, current) : undefined
      if (!step) return undefined
      steps.push(step)
    }
  }
  return steps
}

/** `value` is as it will be stored, and nobody else's to change. */
const put = (parts: string[], value: unknown): Step => {
  const last = parts.at(-1) as string
  return (draft) => {
    const parent = parentOf(draft, parts)
    // As in the file, where what is undefined is not there.
    if (value === undefined) delete parent[last]
    else parent[last] = value
  }
}

type OnPath = (parts: string[], operand: unknown, current: unknown) => Step | undefined

const onPath: Record<string, OnPath> = {
  $set: (parts, operand) => put(parts, asStored(operand)),
  $unset: (parts, _, current) => {
    if (current === undefined) return () => {}
    return (draft) => {
      delete parentOf(draft, parts)[parts.at(-1) as string]
    }
  },
  $inc: (parts, operand, current = 0) => {
    if (typeof operand !== 'number' || typeof current !== 'number')
      throw new Error(`$inc adds numbers, and ${parts.join('.')} or its increment is none`)
    return put(parts, asStored(current + operand))
  },
  $max: (parts, operand, current) => {
    if (current === undefined) return put(parts, asStored(operand))
    if (typeof operand !== 'number' || typeof current !== 'number') return undefined
    return operand > current ? put(parts, asStored(operand)) : () => {}
  },
  $push: (parts, operand, current = []) => {
    if (!Array.isArray(current)) throw new Error(`$push adds to arrays, and ${parts.join('.')} is none`)
    const added = addedBy(operand)
    return added && put(parts, [...current, ...asStored(added)])
  },
  $pull: (parts, operand, current) => {
    if (current === undefined) return () => {}
    if (!Array.isArray(current)) throw new Error(`$pull takes from arrays, and ${parts.join('.')} is none`)
    const isMeant = meantBy(operand)
    return (
      isMeant &&
      put(
        parts,
        current.filter((element) => !isMeant(element)),
      )
    )
  },
}

/** undefined: operators on the elements themselves, which the engine knows. */
const meantBy = (operand: unknown): ((element: unknown) => boolean) | undefined => {
  if (typeof operand !== 'object' || operand === null) return (element) => element === operand
  if (Array.isArray(operand) || Object.keys(operand).some((name) => name.startsWith('$'))) return undefined
  const matches = matcherOf(operand as Fields)
  return (element) =>
    typeof element === 'object' && element !== null && !Array.isArray(element) && matches(element as Fields)
}

/** undefined: with `$slice`, `$sort` or `$position`, which the engine knows. */
const addedBy = (operand: unknown): unknown[] | undefined => {
  if (typeof operand !== 'object' || operand === null || !('$each' in operand)) return [operand]
  return Object.keys(operand).length === 1 && Array.isArray(operand.$each) ? operand.$each : undefined
}

/** What an upsert begins with: the filter's own equalities. */
export const seedOf = (filter: Fields): Fields => {
  const seed: Fields = {}
  const own = new Set<unknown>([seed])
  for (const [path, condition] of Object.entries(filter)) {
    const parts = path.startsWith('$') ? undefined : partsOf(path)
    if (!parts) continue
    const value = isOperators(condition) ? condition.$eq : condition
    if (value !== undefined) put(parts, asStored(value))({ document: seed, own })
  }
  return seed
}

const isOperators = (condition: unknown): condition is Fields =>
  typeof condition === 'object' &&
  condition !== null &&
  Object.keys(condition).length > 0 &&
  Object.keys(condition).every((name) => name.startsWith('$'))
