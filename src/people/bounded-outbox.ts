import { AppError } from '../lib/errors.ts'
import type { PeopleStore } from './people-store.ts'
import type { Person, PersonLogEntry } from './person.ts'

/** So many entries travel in a document at most, until they are drained (model M4). */
export const longestLog = 32

export const isFull = (log: readonly unknown[], more: readonly unknown[]): boolean =>
  more.length > 0 && log.length + more.length > longestLog

/** What a full log holds is recorded by whoever wants to add to it; while that fails, they are told to come back. */
export const drainFirst = async (record: () => Promise<void>): Promise<void> => {
  try {
    await record()
  } catch (cause) {
    throw new AppError('unavailable', 'unavailable', { detail: 'a full log could not be drained', cause })
  }
}

/**
 * A person's log is drained before anything is added to a full one: a drain that stands still lets no document grow, and
 * nothing is written without its record. Whoever was writing reads again and decides again.
 */
export const boundPersonOutbox = (
  people: PeopleStore,
  record: (person: Person, entries: PersonLogEntry[]) => Promise<void>,
): PeopleStore => ({
  ...people,
  commit: async (person, mutation) => {
    if (!isFull(person.log, mutation.log)) return people.commit(person, mutation)
    await drainFirst(() => record(person, person.log))
    await people.drained(person._id, person.n)
    return undefined
  },
})
