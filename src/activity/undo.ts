import type { ChangeDetails, Principal, PrincipalId, ReadPrincipal } from '../accounts/index.ts'
import type { CompanyId } from '../companies/index.ts'
import type { DetailName } from '../details/index.ts'
import { now } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { type RecordedChange, type Restored, restoredBy, undoWithin } from '../people/index.ts'
import type { Activity } from './create-activity.ts'

export interface UndoDeps {
  readPrincipal: ReadPrincipal
  changeDetails: ChangeDetails
  activity: Pick<Activity, 'changesSince'>
}

/** What would be taken back: whose changes they were, and the value that each field gets. */
export interface Offered {
  by: CompanyId[]
  restored: Restored
}

/**
 * Taking back what companies or their support changed (S4-3, H18): found in the trail of whose it is, a person or the
 * holder of one separate account, and made as their own new change, which every copy follows like any other (G3).
 */
export const createUndo = ({ readPrincipal, changeDetails, activity }: UndoDeps) => {
  /** Oldest first: the trail, and what a log still holds. The log was read before it, so that nothing falls between. */
  const historyOf = async ({ id, log }: Principal): Promise<RecordedChange[]> => {
    const drained = await activity.changesSince(id, now() - undoWithin)
    const known = new Set(drained.map(({ op }) => op))
    return [...drained, ...log.filter(({ op }) => !known.has(op))]
  }

  /** undefined: there is nobody whose it could be, or nothing of theirs is changed any more. */
  const stateOf = async (id: PrincipalId) => {
    const principal = await readPrincipal(id)
    if (!principal || principal.standsStill) return undefined
    const history = await historyOf(principal)
    const { details, versions } = principal
    return {
      history,
      restoredBy: (ops: readonly string[]): Restored => restoredBy({ ops, history }, (field) => details[field], now()),
      asChanges: (restored: Restored) =>
        (Object.entries(restored) as [DetailName, string | null][]).map(([field, value]) => ({
          field,
          value,
          base: versions[field] ?? 0,
          was: details[field] ?? null,
        })),
    }
  }

  /** AppError `undo-too-late` (gone). */
  const stillOffered = async (id: PrincipalId, ops: readonly string[]) => {
    const state = await stateOf(id)
    const restored = state?.restoredBy(ops) ?? {}
    if (!state || Object.keys(restored).length === 0) throw new AppError('gone', 'undo-too-late')
    return { ...state, restored }
  }

  return {
    /** As long as any of it can be taken back. AppError `undo-too-late` (gone). */
    find: async (id: PrincipalId, ops: readonly string[]): Promise<Offered> => {
      const { history, restored } = await stillOffered(id, ops)
      const actors = history.flatMap(({ op, actor }) => (ops.includes(op) && 'company' in actor ? actor : []))
      return { by: [...new Set(actors.map(({ company }) => company))], restored }
    },

    /** All that may still be taken back, by operation, newest first; each field is offered once, at the newest. */
    offered: async (id: PrincipalId): Promise<Map<string, Restored>> => {
      const state = await stateOf(id)
      const offered = new Map<string, Restored>()
      const named = new Set<string>()
      for (const { op } of state?.history.toReversed() ?? []) {
        const fresh = Object.entries(state?.restoredBy([op]) ?? {}).filter(([field]) => !named.has(field))
        for (const [field] of fresh) named.add(field)
        if (fresh.length > 0) offered.set(op, Object.fromEntries(fresh))
      }
      return offered
    },

    /** All of it at once. AppError `undo-too-late` (gone), or as `ChangeDetails` when a field changed in this very moment. */
    takeBack: async (id: PrincipalId, ops: readonly string[]): Promise<void> => {
      const { restored, asChanges } = await stillOffered(id, ops)
      await changeDetails(id, { changes: asChanges(restored), ...(ops[0] && { undoes: ops[0] }) })
    },
  }
}

export type Undo = ReturnType<typeof createUndo>
