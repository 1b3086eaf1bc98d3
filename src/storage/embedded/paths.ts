type Fields = Record<string, unknown>

/**
 * `a.b.c` in its parts. undefined: a position in an array, or an operator of one; those are the query engine's.
 * A part that is a prototype's name is refused: a path comes from a name, and a name may come from outside (T21).
 */
export const partsOf = (path: string): string[] | undefined => {
  const parts = path.includes('.') ? path.split('.') : [path]
  for (const part of parts) {
    if (part === '__proto__' || part === '') throw new Error(`a path does not hold ${part || 'an empty name'}`)
    if (part.startsWith('$') || /^\d+$/.test(part)) return undefined
  }
  return parts
}

/** Stands for "an array is on the way", where only the query engine knows what a path means. */
export const throughArray = Symbol('through an array')

/** The value at a path; undefined when absent. */
export const valueAt = (document: Fields, parts: readonly string[]): unknown => {
  let value: unknown = document
  for (const part of parts) {
    if (typeof value !== 'object' || value === null) return undefined
    if (Array.isArray(value)) return throughArray
    value = Object.hasOwn(value, part) ? (value as Fields)[part] : undefined
  }
  return value
}

/** A document that is being changed, and which of its objects are its own: the others are shared with the one before. */
export interface Draft {
  document: Fields
  own: Set<unknown>
}

/** The draft's own object that holds the last part of a path: copied on the way, made when absent. */
export const parentOf = ({ document, own }: Draft, parts: readonly string[]): Fields => {
  let holder = document
  for (const part of parts.slice(0, -1)) {
    const next = Object.hasOwn(holder, part) ? holder[part] : {}
    if (typeof next !== 'object' || next === null || next instanceof Date)
      throw new Error(`${parts.join('.')} leads through ${part}, no object`)
    const mine = own.has(next) ? next : { ...next }
    own.add(mine)
    holder[part] = mine
    holder = mine as Fields
  }
  return holder
}
