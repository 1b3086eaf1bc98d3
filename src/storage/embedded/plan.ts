/**
 * Which documents of a collection a filter can mean, as far as its keys tell: one `_id`, some, a range of `_id`, or a
 * range or some values of a declared index. What a plan covers need not be looked at again; `rest` still has to be.
 */
type Plan = (
  | { by: 'id'; ids: string[] }
  | { by: 'range'; index: string | null; range: Range }
  | { by: 'values'; index: string; ranges: Range[] }
) & { rest: Record<string, unknown> | null }

/** Bounds as SQL puts them; `null`: unbounded on that side. */
export interface Range {
  from: string | null
  above: boolean
  to: string | null
  below: boolean
}

const everything: Range = { from: null, above: false, to: null, below: false }

export const planOf = (filter: Record<string, unknown>, indexes: ReadonlySet<string>): Plan => {
  const { _id, ...others } = filter
  const rest = Object.keys(others).length > 0 ? others : null
  if (typeof _id === 'string') return { by: 'id', ids: [_id], rest }
  const ids = listOf(_id)
  if (ids) return { by: 'id', ids, rest }
  const range = rangeOf(_id)
  if (range) return { by: 'range', index: null, range, rest }
  if (_id === undefined)
    for (const index of indexes) {
      const { [index]: condition, ...left } = others
      const unmet = Object.keys(left).length > 0 ? left : null
      const bound = typeof condition === 'string' ? exactly(condition) : rangeOf(condition)
      if (bound) return { by: 'range', index, range: bound, rest: unmet }
      const values = listOf(condition)
      if (values) return { by: 'values', index, ranges: values.map(exactly), rest: unmet }
    }
  return { by: 'range', index: null, range: everything, rest: Object.keys(filter).length > 0 ? filter : null }
}

const exactly = (value: string): Range => ({ from: value, above: false, to: value, below: false })

const listOf = (condition: unknown): string[] | undefined => {
  if (typeof condition !== 'object' || condition === null) return undefined
  const [name, ...more] = Object.keys(condition)
  const list = (condition as { $in?: unknown }).$in
  if (name !== '$in' || more.length > 0 || !Array.isArray(list)) return undefined
  return list.every((each) => typeof each === 'string') ? [...new Set(list as string[])].sort() : undefined
}

/** Only strings against strings: every other comparison is left to the query engine. */
const rangeOf = (condition: unknown): Range | undefined => {
  if (typeof condition !== 'object' || condition === null) return undefined
  const entries = Object.entries(condition)
  if (entries.length === 0) return undefined
  const range = { ...everything }
  for (const [operator, value] of entries) {
    if (typeof value !== 'string') return undefined
    if (operator === '$gte' || operator === '$gt') Object.assign(range, { from: value, above: operator === '$gt' })
    else if (operator === '$lte' || operator === '$lt') Object.assign(range, { to: value, below: operator === '$lt' })
    else if (operator === '$eq') return entries.length === 1 ? exactly(value) : undefined
    else return undefined
  }
  return range
}
