import type { DetailName } from '../details/index.ts'
import type { Restored } from '../people/index.ts'

/** As a page names what an undo brings back (model M7). */
export const restoredList = (restored: Restored = {}): { field: DetailName; value: string | null }[] =>
  Object.entries(restored).map(([field, value]) => ({ field: field as DetailName, value }))
