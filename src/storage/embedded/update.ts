import { update as apply } from 'mingo'
import type { Modifier } from 'mingo/updater'
import type { Document } from './table.ts'

/**
 * A document after an update, itself left as it was. `$setOnInsert` counts for inserts only, which `fresh` says. An
 * operator the engine does not know, and anything but operators, is an error: never a silent miss.
 */
export const updated = (
  document: Document,
  update: unknown,
  filter: Record<string, unknown>,
  fresh: boolean,
): Document => {
  const { $setOnInsert = {}, ...operators } = operatorsOf(update)
  const { _id = document._id, ...inserted } = fresh ? ($setOnInsert as Record<string, unknown>) : {}
  if (document._id !== undefined && _id !== document._id) throw new Error('the _id of a document does not change')
  const copy = structuredClone({ ...document, _id }) as Document
  const modifier: Record<string, object> = { ...(operators as Record<string, object>) }
  modifier.$set = { ...inserted, ...modifier.$set }
  for (const [operator, fields] of Object.entries(modifier))
    if (Object.keys(fields).length === 0) delete modifier[operator]
  if (Object.keys(modifier).length > 0)
    apply(copy, modifier as Modifier<Document>, [], filter as never, { cloneMode: 'deep' })
  return copy
}

const operatorsOf = (update: unknown): Record<string, unknown> => {
  if (typeof update !== 'object' || update === null || Array.isArray(update))
    throw new Error('an update is an object of operators')
  const strange = Object.keys(update).find((name) => !name.startsWith('$'))
  if (strange !== undefined) throw new Error(`an update needs operators, not the field ${strange}`)
  return update as Record<string, unknown>
}

/** What an upsert begins with: the filter's own equalities. */
export const seedOf = (filter: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(filter).filter(
      ([name, value]) => !name.startsWith('$') && (typeof value !== 'object' || value === null || Array.isArray(value)),
    ),
  )
