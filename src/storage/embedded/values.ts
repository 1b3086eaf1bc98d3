/** Documents as text: JSON, with dates told apart from strings. */

const isDated = (value: unknown): boolean => {
  if (value instanceof Date) return true
  if (typeof value !== 'object' || value === null) return false
  for (const part of Object.values(value)) if (typeof part === 'object' && part !== null && isDated(part)) return true
  return false
}

const withDates = (value: unknown): unknown => {
  if (value instanceof Date) return { $date: value.getTime() }
  if (Array.isArray(value)) return value.map(withDates)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, withDates(part)]))
}

export const encode = (document: object): string => JSON.stringify(isDated(document) ? withDates(document) : document)

export const decode = (text: string): Record<string, unknown> =>
  text.includes('{"$date":')
    ? JSON.parse(text, (_, value) => (typeof value?.$date === 'number' ? new Date(value.$date) : value))
    : JSON.parse(text)
