import { type AccountsStore, type Principal, type SeparateProfile, undoableOwnFields } from '../accounts/index.ts'
import { now } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { type PeopleStore, type RecordedChange, undoableFields, undoChange } from '../people/index.ts'
import type { Activity } from './create-activity.ts'

export interface UndoDeps {
  people: PeopleStore
  accounts: Pick<AccountsStore, 'get'>
  separateProfile: Pick<SeparateProfile, 'takeBack'>
  activity: Pick<Activity, 'changeByOp'>
}

/**
 * Taking back what a company or its support changed (S4-3): found in the trail of whose it is, a person or the holder of
 * one separate account, and made as their own new change.
 */
export const createUndo = ({ people, accounts, separateProfile, activity }: UndoDeps) => {
  const changeOf = async (holder: Principal, op: string) => {
    const change = await activity.changeByOp(holder, op)
    return change ? { ...change, op } : undefined
  }

  const isOpen = async (holder: Principal, change: RecordedChange): Promise<boolean> => {
    if (holder.kind === 'person') {
      const person = await people.get(holder.person)
      return person !== null && undoableFields(person, change, now()).length > 0
    }
    const account = await accounts.get(holder.account)
    return account !== null && undoableOwnFields(account, change, now()).length > 0
  }

  /** The change, as long as any of it can be taken back. AppError `undo-too-late` (gone). */
  const find = async (holder: Principal, op: string) => {
    const change = await changeOf(holder, op)
    if (!change || !(await isOpen(holder, change))) throw new AppError('gone', 'undo-too-late')
    return change
  }

  return {
    find,

    /** Which of these operations may still be taken back. */
    offered: async (holder: Principal, ops: readonly string[]): Promise<string[]> => {
      const offered: string[] = []
      for (const op of ops) {
        const change = await changeOf(holder, op)
        if (change && (await isOpen(holder, change))) offered.push(op)
      }
      return offered
    },

    takeBack: async (holder: Principal, op: string): Promise<void> => {
      const change = await find(holder, op)
      if (holder.kind === 'person') await undoChange(people, holder.person, change)
      else await separateProfile.takeBack(holder.account, change)
    },
  }
}

export type Undo = ReturnType<typeof createUndo>
