import type { DetailName } from '../details/index.ts'
import { hour, now } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { type Changed, changeDetails } from './change-details.ts'
import type { PeopleStore } from './people-store.ts'
import { byPerson, inForce, type Person, type PersonId, type PersonLogEntry } from './person.ts'

/** How long a change by somebody else can be taken back (S4-3, threats T16). */
export const undoWithin = 72 * hour

/** A change as its record tells it. */
export type RecordedChange = Pick<PersonLogEntry, 'op' | 'at' | 'actor' | 'changes'>

/**
 * The fields of a change that its person may still take back: it was a company's or its support's, it is not too long
 * ago, and nobody has said anything newer since. Pure.
 */
export const undoableFields = (person: Pick<Person, 'fields'>, change: RecordedChange, at: number): DetailName[] => {
  const { kind } = change.actor
  if ((kind !== 'company' && kind !== 'support') || at - change.at > undoWithin) return []
  return (Object.keys(change.changes ?? {}) as DetailName[]).filter(
    (field) => inForce(person.fields, field)?.op === change.op,
  )
}

/**
 * Takes back what is still in force of a change, as a new change by the person: every copy follows it like any other
 * (G3). AppError `undo-too-late` (gone) when nothing of it can be taken back any more.
 */
export const undoChange = async (people: PeopleStore, id: PersonId, change: RecordedChange): Promise<Changed> => {
  const person = await people.get(id)
  const fields = person ? undoableFields(person, change, now()) : []
  if (!person || fields.length === 0) throw new AppError('gone', 'undo-too-late')
  return changeDetails(people, id, {
    source: byPerson,
    actor: { kind: 'person', id },
    undoes: change.op,
    changes: fields.map((field) => ({
      field,
      value: change.changes?.[field]?.before ?? null,
      base: inForce(person.fields, field)?.v ?? 0,
    })),
  })
}
