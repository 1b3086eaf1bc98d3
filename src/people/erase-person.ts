import type { SignInStore } from '../credentials/index.ts'
import { assertSignedInStill } from '../lib/browser-binding.ts'
import { now } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { randomId } from '../lib/ids.ts'
import { conflict, retryOnConflict } from '../storage/index.ts'
import type { PeopleStore } from './people-store.ts'
import { type Person, type PersonId, type PersonLogKind, signInAddresses } from './person.ts'
import { heldBy } from './take-back.ts'

export interface EraseDeps {
  people: PeopleStore
  signIns: SignInStore
  /** True while an account is linked to this person, or a link is being made. */
  holdsAccounts: (id: PersonId) => Promise<boolean>
  /** True while anything is shared through one of them. */
  usesAccounts: (id: PersonId) => Promise<boolean>
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
  unset: ['birthDateCorrectedAt', 'takeBacks', 'takenBack', 'recovery', 'ending'],
})

/**
 * Ends a unified sign-in that no account hangs on any more (S4-10, S10). The mark comes first: whoever links at that
 * moment reads it after their reservation and stops (model M3). What stays is a tombstone without a detail in it.
 * AppError `accounts-left` (conflict).
 */
export const createErasePerson = ({ people, signIns, holdsAccounts, usesAccounts }: EraseDeps) => {
  const mark = async (id: PersonId): Promise<Person | undefined> => {
    return retryOnConflict(async () => {
      const person = await people.get(id)
      if (person?.status === 'erasing') return person
      assertSignedInStill(person)
      if (person?.status !== 'active' || heldBy(person, now())) return undefined
      return (await people.commit(person, { set: { status: 'erasing' }, log: [] })) ?? conflict
    })
  }

  const unmark = async (id: PersonId): Promise<void> => {
    await retryOnConflict(async () => {
      const person = await people.get(id)
      if (person?.status !== 'erasing') return undefined
      return (await people.commit(person, { set: { status: 'active' }, log: [] })) ?? conflict
    })
  }

  const finish = async (id: PersonId): Promise<void> => {
    await retryOnConflict(async () => {
      const person = await people.get(id)
      if (person?.status !== 'erasing') return undefined
      await signIns.forget(id)
      const at = now()
      const formerAddresses = signInAddresses(person)
      const erased = await people.commit(person, {
        ...tombstone(person, at),
        log: [{ op: randomId(), kind: 'erased', at, actor: { kind: 'person', id }, formerAddresses }],
      })
      return erased ?? conflict
    })
  }

  const setEnding = async (id: PersonId, until: number | undefined, kind?: PersonLogKind): Promise<void> => {
    await retryOnConflict(async () => {
      const person = await people.get(id)
      assertSignedInStill(person)
      if (person?.status !== 'active' || person.ending?.until === until) return undefined
      const at = now()
      const saved = await people.commit(person, {
        ...(until === undefined
          ? { unset: ['ending'] }
          : { set: { ending: { since: person.ending?.since ?? at, until } } }),
        log: kind ? [{ op: randomId(), kind, at, actor: { kind: 'person', id } }] : [],
      })
      return saved ?? conflict
    })
  }

  /** Goes on with an end that waits for a change of the address that may be taken back (H4). */
  const settleEnding = async ({ _id, ending, takeBacks }: Person): Promise<void> => {
    const held = heldBy({ takeBacks }, now())
    if (held && ending?.until !== held.until) return setEnding(_id, held.until)
    if (held) return
    // Linked anew meanwhile: they want to stay.
    if (await usesAccounts(_id)) return setEnding(_id, undefined, 'deletion-cancelled')
    if (!(await holdsAccounts(_id)) && (await mark(_id))) await finish(_id)
  }

  /**
   * True: ended. False: while a change of the address may be taken back, it is ended only as far as it can be begun
   * again, and for good after that (H4).
   */
  const erase = async (id: PersonId): Promise<boolean> => {
    const held = heldBy((await people.get(id)) ?? {}, now())
    if (held) {
      if (await usesAccounts(id)) throw new AppError('conflict', 'accounts-left')
      await setEnding(id, held.until, 'deletion-begun')
      return false
    }
    if (!(await mark(id))) {
      const person = await people.get(id)
      // Moved to another address at this moment.
      return person?.status === 'active' && heldBy(person, now()) ? erase(id) : true
    }
    if (await holdsAccounts(id)) {
      await unmark(id)
      throw new AppError('conflict', 'accounts-left')
    }
    await finish(id)
    return true
  }

  return {
    erase,

    /** Whoever asked for the end stays after all. */
    stay: (id: PersonId): Promise<void> => setEnding(id, undefined, 'deletion-cancelled'),

    /** For a person whom a crash left between mark and end. */
    settle: async (person: Person): Promise<void> => {
      if (person.status === 'active' && person.ending) return settleEnding(person)
      if (person.status !== 'erasing') return
      if (await holdsAccounts(person._id)) await unmark(person._id)
      else await finish(person._id)
    },
  }
}

export type ErasePerson = ReturnType<typeof createErasePerson>
