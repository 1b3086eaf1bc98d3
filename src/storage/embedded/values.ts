/** Documents as text: JSON, with dates told apart from strings. What JSON would quietly change is refused. */

const dated = '{"$date":'

type Kind = 'value' | 'date' | 'list' | 'fields'

/** Throws on what would not come back as it went in. */
const kindOf = (value: unknown): Kind => {
  if (value === null || value === undefined) return 'value'
  const kind = typeof value
  if (kind === 'string' || kind === 'boolean') return 'value'
  if (kind === 'number') {
    if (Number.isFinite(value)) return 'value'
    throw new TypeError(`the store keeps finite numbers, not ${value}`)
  }
  if (kind !== 'object') throw new TypeError(`the store keeps no ${kind}`)
  if (value instanceof Date) return 'date'
  if (Array.isArray(value)) return 'list'
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null)
    throw new TypeError(`the store keeps plain values, not a ${prototype.constructor?.name}`)
  for (const name in value)
    if (name.startsWith('$')) throw new TypeError(`a field's name does not begin with $, as ${name} does`)
  return 'fields'
}

/** Whether a date is in it, as far as `isKnown` says nothing of a part; throws as `kindOf` does. */
const hasDate = (value: unknown, isKnown?: (part: unknown) => boolean): boolean => {
  const kind = kindOf(value)
  if (kind === 'value') return false
  if (kind === 'date') return true
  if (isKnown?.(value)) return false
  let found = false
  if (kind === 'list') {
    for (const part of value as unknown[]) found = hasDate(part, isKnown) || found
    return found
  }
  for (const name in value as object) found = hasDate((value as Record<string, unknown>)[name], isKnown) || found
  return found
}

/** A value as it comes back from the file, and a copy of one's own; throws as `encode` does. */
export const asStored = <T>(value: T): T => {
  const kind = kindOf(value)
  // JSON knows no negative zero.
  if (kind === 'value') return (value === 0 ? 0 : value) as T
  if (kind === 'date') return new Date((value as Date).getTime()) as T
  // Nor has it holes: what is undefined in a list is null.
  if (kind === 'list') return Array.from(value as unknown[], (part) => asStored(part) ?? null) as T
  const copy = { ...value } as Record<string, unknown>
  for (const name in copy) {
    const part = asStored(copy[name])
    if (part === undefined) delete copy[name]
    else if (!Object.is(part, copy[name])) copy[name] = part
  }
  return copy as T
}

const withDates = (value: unknown): unknown => {
  if (value instanceof Date) return { $date: value.getTime() }
  if (Array.isArray(value)) return value.map(withDates)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, withDates(part)]))
}

export const encode = (document: object): string => JSON.stringify(hasDate(document) ? withDates(document) : document)

/** As `encode`, of what an update made of the document that lies there as `before`: its frozen parts were looked through then. */
export const encodeUpdated = (document: object, before: string): string =>
  JSON.stringify(before.includes(dated) || hasDate(document, Object.isFrozen) ? withDates(document) : document)

export const decode = (text: string): Record<string, unknown> =>
  text.includes(dated)
    ? JSON.parse(text, (_, value) => (typeof value?.$date === 'number' ? new Date(value.$date) : value))
    : JSON.parse(text)
