import { now } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { type PeopleStore, type Person, type PersonId, undoableFields, undoChange } from '../people/index.ts'
import type { Activity } from './create-activity.ts'

export interface UndoDeps {
  people: PeopleStore
  activity: Pick<Activity, 'changeByOp'>
}

/** Taking back what a company or its support changed (S4-3): found in the person's trail, made as their own new change. */
export const createUndo = ({ people, activity }: UndoDeps) => ({
  /** AppError `undo-too-late` (gone). */
  takeBack: async (person: PersonId, op: string): Promise<void> => {
    const change = await activity.changeByOp({ kind: 'person', person }, op)
    if (!change) throw new AppError('gone', 'undo-too-late')
    await undoChange(people, person, { ...change, op })
  },

  /** Which of these operations may still be taken back. */
  offered: async (person: Person, ops: readonly string[]): Promise<readonly string[]> => {
    const offered: string[] = []
    for (const op of ops) {
      const change = await activity.changeByOp({ kind: 'person', person: person._id }, op)
      if (change && undoableFields(person, { ...change, op }, now()).length > 0) offered.push(op)
    }
    return offered
  },
})

export type Undo = ReturnType<typeof createUndo>
