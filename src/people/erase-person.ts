import { now } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { randomId } from '../lib/ids.ts'
import type { PeopleStore } from './people-store.ts'
import { type Person, type PersonId, signInAddresses } from './person.ts'
import type { SignInStore } from './sign-in-store.ts'

export interface EraseDeps {
  people: PeopleStore
  signIns: SignInStore
  /** True while an account is linked to this person, or a link is being made. */
  holdsAccounts: (id: PersonId) => Promise<boolean>
}

/** What stays of somebody: that they were here, and how far their credentials had come. */
export const tombstone = ({ credentialEpoch }: Pick<Person, 'credentialEpoch'>, at: number) => ({
  set: {
    status: 'erased',
    erasedAt: at,
    fields: {},
    identifiers: [],
    credentials: [],
    applied: {},
    credentialEpoch: credentialEpoch + 1,
    credentialsChangedAt: at,
  },
  unset: ['birthDateCorrectedAt', 'takeBacks'],
})

/**
 * Ends a unified sign-in that no account hangs on any more (S4-10, S7). The mark comes first: whoever links at that
 * moment reads it after their reservation and stops (model M3). What stays is a tombstone without a detail in it.
 * AppError `accounts-left` (conflict).
 */
export const createErasePerson = ({ people, signIns, holdsAccounts }: EraseDeps) => {
  const mark = async (id: PersonId): Promise<Person | undefined> => {
    for (;;) {
      const person = await people.get(id)
      if (person?.status === 'erasing') return person
      if (person?.status !== 'active') return undefined
      const marked = await people.commit(person, { set: { status: 'erasing' }, log: [] })
      if (marked) return marked
    }
  }

  const unmark = async (id: PersonId): Promise<void> => {
    for (;;) {
      const person = await people.get(id)
      if (person?.status !== 'erasing') return
      if (await people.commit(person, { set: { status: 'active' }, log: [] })) return
    }
  }

  const finish = async (id: PersonId): Promise<void> => {
    for (;;) {
      const person = await people.get(id)
      if (person?.status !== 'erasing') return
      await signIns.forget(id)
      const at = now()
      const formerAddresses = signInAddresses(person)
      const erased = await people.commit(person, {
        ...tombstone(person, at),
        log: [{ op: randomId(), kind: 'erased', at, actor: { kind: 'person', id }, formerAddresses }],
      })
      if (erased) return
    }
  }

  return {
    erase: async (id: PersonId): Promise<void> => {
      if (!(await mark(id))) return
      if (await holdsAccounts(id)) {
        await unmark(id)
        throw new AppError('conflict', 'accounts-left')
      }
      await finish(id)
    },

    /** For a person whom a crash left between mark and end. */
    settle: async (person: Pick<Person, '_id' | 'status'>): Promise<void> => {
      if (person.status !== 'erasing') return
      if (await holdsAccounts(person._id)) await unmark(person._id)
      else await finish(person._id)
    },
  }
}
