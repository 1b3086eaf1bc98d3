import { type AccountsStore, type Principal, restoredOwn, type SeparateProfile } from '../accounts/index.ts'
import type { CompanyId } from '../companies/index.ts'
import { now } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import {
  type PeopleStore,
  type RecordedChange,
  type Restored,
  restoredOf,
  undoChange,
  undoWithin,
} from '../people/index.ts'
import type { Activity } from './create-activity.ts'

export interface UndoDeps {
  people: PeopleStore
  accounts: Pick<AccountsStore, 'get'>
  separateProfile: Pick<SeparateProfile, 'takeBack'>
  activity: Pick<Activity, 'changesSince'>
}

/** What would be taken back: whose changes they were, and the value that each field gets. */
export interface Offered {
  by: CompanyId[]
  restored: Restored
}

/**
 * Taking back what companies or their support changed (S4-3, H18): found in the trail of whose it is, a person or the
 * holder of one separate account, and made as their own new change.
 */
export const createUndo = ({ people, accounts, separateProfile, activity }: UndoDeps) => {
  /** Oldest first: the trail, and what a log still holds. The log was read before it, so that nothing falls between. */
  const historyOf = async (holder: Principal, log: readonly RecordedChange[]): Promise<RecordedChange[]> => {
    const drained = await activity.changesSince(holder, now() - undoWithin)
    const known = new Set(drained.map(({ op }) => op))
    return [...drained, ...log.filter(({ op }) => !known.has(op))]
  }

  /** undefined: there is nobody whose it could be. */
  const stateOf = async (holder: Principal) => {
    if (holder.kind === 'person') {
      const person = await people.get(holder.person)
      if (person?.status !== 'active') return undefined
      const history = await historyOf(holder, person.log)
      return {
        history,
        restoredBy: (ops: readonly string[]) => restoredOf(person, { ops, history }, now()),
        takeBack: async (ops: readonly string[]) => void (await undoChange(people, person, { ops, history })),
      }
    }
    const account = await accounts.get(holder.account)
    if (!account) return undefined
    const history = await historyOf(holder, account.log)
    return {
      history,
      restoredBy: (ops: readonly string[]) => restoredOwn(account, { ops, history }, now()),
      takeBack: (ops: readonly string[]) => separateProfile.takeBack(holder.account, { ops, history }),
    }
  }

  return {
    /** As long as any of it can be taken back. AppError `undo-too-late` (gone). */
    find: async (holder: Principal, ops: readonly string[]): Promise<Offered> => {
      const state = await stateOf(holder)
      const restored = state?.restoredBy(ops) ?? {}
      if (!state || Object.keys(restored).length === 0) throw new AppError('gone', 'undo-too-late')
      const actors = state.history.flatMap(({ op, actor }) => (ops.includes(op) && 'company' in actor ? actor : []))
      return { by: [...new Set(actors.map(({ company }) => company))], restored }
    },

    /** All that may still be taken back, by operation, newest first; each field is offered once, at the newest. */
    offered: async (holder: Principal): Promise<Map<string, Restored>> => {
      const state = await stateOf(holder)
      const offered = new Map<string, Restored>()
      const named = new Set<string>()
      for (const { op } of state?.history.toReversed() ?? []) {
        const fresh = Object.entries(state?.restoredBy([op]) ?? {}).filter(([field]) => !named.has(field))
        for (const [field] of fresh) named.add(field)
        if (fresh.length > 0) offered.set(op, Object.fromEntries(fresh))
      }
      return offered
    },

    /** All of it at once. AppErrors as of `undoChange`. */
    takeBack: async (holder: Principal, ops: readonly string[]): Promise<void> => {
      const state = await stateOf(holder)
      if (!state) throw new AppError('gone', 'undo-too-late')
      await state.takeBack(ops)
    },
  }
}

export type Undo = ReturnType<typeof createUndo>
