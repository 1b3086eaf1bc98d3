import { restoredKey } from '../credentials/index.ts'
import { type Journal, journalName } from '../lib/journal.ts'
import type { PeopleStore } from './people-store.ts'
import type { Person } from './person.ts'

/** What no restored backup may take back of a person: how far the credentials had come, what signs in, and the end. */
export interface PersonFence {
  /** Digest of the id. */
  person: string
  credentialEpoch: number
  /** The keys in `identifiers` that counted from then on, as `restoredKey` names them. */
  identifiers: readonly string[]
  erased?: true
}

const bindingOf = (
  key: Uint8Array,
  { _id, credentialEpoch, identifiers, status }: Pick<Person, '_id' | 'credentialEpoch' | 'identifiers' | 'status'>,
): PersonFence => ({
  person: journalName(key, 'person', _id),
  credentialEpoch,
  identifiers: identifiers.map((each) => (each.startsWith('restored:') ? each : restoredKey(key, each))),
  ...(status === 'erased' && { erased: true }),
})

/**
 * Every change of credentials, and every end, is in the journal before it is acknowledged (model M15). What is to be
 * written travels in the log entry of the very write (M4), so that a crash between the two is made good by the drain.
 */
export const journaledPeople = (people: PeopleStore, journal: Journal, key: Uint8Array): PeopleStore => ({
  ...people,
  commit: async (person, mutation) => {
    const { set = {}, log } = mutation
    const ends = set.status === 'erased' && person.status !== 'pending'
    if (!ends && set.credentialEpoch === undefined) return people.commit(person, mutation)
    const fence = bindingOf(key, { ...person, ...(set as Partial<Person>) })
    const marked = log.map((entry, i) => (i === log.length - 1 ? { ...entry, fence } : entry))
    const saved = await people.commit(person, { ...mutation, log: marked })
    if (saved) await journal.write({ ...fence })
    return saved
  },
})

/** Before entries are taken out of a person's or an account's log. Once more does no harm. */
export const journalEntries = async (journal: Journal, entries: readonly { fence?: object }[]): Promise<void> => {
  for (const { fence } of entries) if (fence) await journal.write({ ...fence })
}
