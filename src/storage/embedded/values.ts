/** Documents as text: JSON, with dates told apart from strings. What JSON would quietly change is refused. */

const dated = '{"$date":'

/** Whether a date is in it; throws on what would not come back as it went in. */
const hasDate = (value: unknown): boolean => {
  if (value === null || value === undefined) return false
  const kind = typeof value
  if (kind === 'string' || kind === 'boolean') return false
  if (kind === 'number') {
    if (Number.isFinite(value)) return false
    throw new TypeError(`the store keeps finite numbers, not ${value}`)
  }
  if (kind !== 'object') throw new TypeError(`the store keeps no ${kind}`)
  if (value instanceof Date) return true
  let found = false
  if (Array.isArray(value)) {
    for (const part of value) found = hasDate(part) || found
    return found
  }
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null)
    throw new TypeError(`the store keeps plain values, not a ${prototype.constructor?.name}`)
  for (const name in value) {
    if (name.startsWith('$')) throw new TypeError(`a field's name does not begin with $, as ${name} does`)
    found = hasDate((value as Record<string, unknown>)[name]) || found
  }
  return found
}

const withDates = (value: unknown): unknown => {
  if (value instanceof Date) return { $date: value.getTime() }
  if (Array.isArray(value)) return value.map(withDates)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, withDates(part)]))
}

export const encode = (document: object): string => JSON.stringify(hasDate(document) ? withDates(document) : document)

export const decode = (text: string): Record<string, unknown> =>
  text.includes(dated)
    ? JSON.parse(text, (_, value) => (typeof value?.$date === 'number' ? new Date(value.$date) : value))
    : JSON.parse(text)
