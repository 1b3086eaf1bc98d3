import type { DetailName } from '../details/index.ts'
import { hour } from '../lib/clock.ts'
import { isByHolder, type PersonLogEntry } from './person.ts'

/** How long a change by somebody else can be taken back (S4-3, threats T16). */
export const undoWithin = 72 * hour

/** A change as its record tells it; `kind` is that of a log entry or of an event. */
export type RecordedChange = Pick<PersonLogEntry, 'op' | 'at' | 'actor' | 'changes' | 'confirmed'> & { kind: string }

/** What comes back, by field. */
export type Restored = Partial<Record<DetailName, string | null>>

/** Which changes are taken back, and all changes of their holder's details in the last 72 hours, oldest first. */
export interface ToUndo {
  ops: readonly string[]
  history: readonly RecordedChange[]
}

const isByOthers = ({ actor }: RecordedChange): boolean => actor.kind === 'company' || actor.kind === 'support'

const changedIn = ({ changes = {} }: RecordedChange): DetailName[] =>
  (Object.keys(changes) as DetailName[]).filter((field) => changes[field]?.before !== changes[field]?.after)

/** Its holder chose this value, also where it stood already. That a company's word was dropped chooses nothing. */
const isHoldersWord = (change: RecordedChange, field: DetailName): boolean =>
  isByHolder(change.actor) &&
  change.kind !== 'source-dropped' &&
  (change.changes?.[field] !== undefined || change.confirmed?.includes(field) === true)

/**
 * What each field of these changes goes back to (model M7): what its holder last said, or had in force before the first
 * change by others within 72 hours, however many followed it, so that a second write buries nothing (H18). A field is
 * left out when its holder has spoken since, when it stands like that already, and when it stands as nobody here said.
 * Pure.
 */
export const restoredBy = (
  { ops, history }: ToUndo,
  current: (field: DetailName) => string | null | undefined,
  at: number,
): Restored => {
  const restored: Restored = {}
  const fields = new Set(history.flatMap((change) => (ops.includes(change.op) ? changedIn(change) : [])))
  for (const field of fields) {
    const spokenAt = history.findLastIndex((change) => isHoldersWord(change, field))
    const since = history.slice(spokenAt + 1).filter((change) => changedIn(change).includes(field))
    const byOthers = since.filter((change) => isByOthers(change) && at - change.at <= undoWithin)
    const before = byOthers[0]?.changes?.[field]?.before ?? null
    const stands = current(field) ?? null
    if (!byOthers.some(({ op }) => ops.includes(op)) || before === stands) continue
    if (since.at(-1)?.changes?.[field]?.after === stands) restored[field] = before
  }
  return restored
}
