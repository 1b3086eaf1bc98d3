import { isDeepStrictEqual } from 'node:util'
import { type Identifier, restoredKey, type SignInStore, type VerificationStore } from '../credentials/index.ts'
import { assertSignedInStill } from '../lib/browser-binding.ts'
import { now } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { randomId } from '../lib/ids.ts'
import {
  type Assertion,
  byPerson,
  detailsOf,
  emailKey,
  type FormerAddress,
  isKeptFor,
  keysOf,
  leaving,
  leftBy,
  mayTakeBack,
  type PeopleStore,
  type Person,
  type PersonId,
  type PersonLogEntry,
  restoredDetails,
  type Span,
  signInAddresses,
  type TakeBack,
  withoutTakeBack,
  withTakeBack,
} from '../people/index.ts'
import { conflict, retryOnConflict } from '../storage/index.ts'
import { principalOfPerson } from './read-principal.ts'
import type { SignInKeeper } from './sign-in-keeper.ts'

export interface PersonSignInDeps {
  people: Pick<PeopleStore, 'get' | 'commit'>
  signIns: SignInStore
  verifications: Pick<VerificationStore, 'forget'>
  lookupKey: Uint8Array
  isOrphan: (holder: Identifier) => Promise<boolean>
  /** Where a person's links stand: another answer later means that one was made or ended meanwhile. */
  linkVersionsOf: (id: PersonId) => Promise<readonly string[]>
}

/** The unified sign-in, as a person keeps it: its one address and its password, listed in the person's document (M1). */
export const createPersonSignIn = (deps: PersonSignInDeps): SignInKeeper => {
  const { people, signIns, verifications, lookupKey, isOrphan, linkVersionsOf } = deps

  /** The key of an address that a restore knew by its digest alone, now that its mailbox was read (model M15). */
  const knownAgain = async ({ _id, identifiers }: Person, address: string) => {
    const key = emailKey(address)
    const digest = restoredKey(lookupKey, key)
    const isTheirs = identifiers.includes(digest) && (await signIns.claim(key, _id, isOrphan)) === 'claimed'
    return isTheirs ? { key, digest } : undefined
  }

  /** What may still be taken back is kept free for it (H25). */
  const releaseAllBut = async (kept: Person, before: Person): Promise<void> => {
    for (const key of keysOf(before).filter((each) => !isKeptFor(kept, each))) await signIns.release(key, kept._id)
  }

  /**
   * Makes one address the only one that signs in, and the contact with it; what signed in before is told of it (T5).
   * `decide` sees the person that is written; undefined refuses, and leaves everything as it was. What else was begun
   * under the credentials of before goes, but `by`, which did it.
   */
  const moveTo = async (
    id: PersonId,
    address: string,
    decide: (person: Person, made: Pick<Assertion, 'v' | 'at'>) => AddressMove | undefined,
    by?: string,
  ): Promise<Person | undefined> => {
    const key = emailKey(address)
    if ((await signIns.claim(key, id, isOrphan)) === 'taken') throw new AppError('conflict', 'address-taken')
    return retryOnConflict(async () => {
      const person = await people.get(id)
      const at = now()
      const v = (person?.v ?? 0) + 1
      const decided = person?.status === 'active' ? decide(person, { v, at }) : undefined
      if (!person || !decided) {
        if (!person || !isKeptFor(person, key)) await signIns.release(key, id)
        return undefined
      }
      const saved = await people.commit(person, movedTo(person, { ...decided, address, v, at }))
      if (!saved) return conflict
      await releaseAllBut(saved, person)
      await verifications.forget(`person:${id}`, [...signInAddresses(person), address], by)
      return saved
    })
  }

  return {
    codeKind: 'address-change',

    bindingOf: async (id) => {
      const person = await people.get(id)
      assertSignedInStill(person)
      return { person: id, epoch: person?.credentialEpoch, links: await linkVersionsOf(id) }
    },

    /** A link or an unlink since makes it void (T4). */
    isBound: async (id, { links }) => isDeepStrictEqual(links, await linkVersionsOf(id)),

    move: async (id, { address, binding, op, by }) => {
      const decide = (person: Person, { at }: { at: number }) =>
        person.credentialEpoch === binding.epoch
          ? { op, set: { takeBacks: withTakeBack(person, leaving(person, address, { op, at }), at) } }
          : undefined
      const moved = await moveTo(id, address, decide, by)
      return moved && principalOfPerson(moved)
    },

    takesBack: async (id, former) => {
      const person = await people.get(id)
      return person !== null && takesBack(person, former)
    },

    moveBack: async (id, former) => {
      let back: (Span & { ended: string[] }) | undefined
      const moved = await moveTo(id, former.address, (person, made) => {
        const taken = person.takeBacks?.find((each) => each.op === former.op)
        if (!taken || !takesBack(person, former)) return undefined
        back = { since: taken.at, until: made.at, ended: person.credentials }
        return movedBack(person, taken, made)
      })
      return moved && back
    },

    keepTakeBacks: async (id, decide, confirmedBy) => {
      await retryOnConflict(async () => {
        const person = await people.get(id)
        const left = person && decide(person)
        if (!person || !left) return undefined
        const formerAddresses = (person.takeBacks ?? []).map(({ address }) => address)
        const actor = { kind: 'person', id } as const
        const entry = { kind: 'address-confirmed', at: now(), actor, formerAddresses } as const
        const log = confirmedBy === undefined ? [] : [{ ...entry, op: confirmedBy }]
        const saved = await people.commit(person, { ...left, log })
        if (!saved) return conflict
        await releaseAllBut(saved, person)
        return saved
      })
    },

    credentialKey: (id) => `person:${id}:password:${randomId(6)}`,

    list: async (id, { credential, how, epoch, address, mayRecover }) =>
      retryOnConflict(async () => {
        const person = await people.get(id)
        if (how === 'changed') assertSignedInStill(person)
        const isSame = person?.status === 'active' && (epoch ?? person.credentialEpoch) === person.credentialEpoch
        if (!isSame || mayRecover?.(person) === false) return undefined
        const at = now()
        const known = address && (await knownAgain(person, address))
        const saved = await people.commit(person, {
          set: {
            ...(known && { identifiers: person.identifiers.map((each) => (each === known.digest ? known.key : each)) }),
            credentials: [credential],
            credentialEpoch: person.credentialEpoch + 1,
            credentialsChangedAt: at,
          },
          unset: mayRecover ? ['recovery'] : [],
          log: [{ op: credential, kind: `password-${how}`, at, actor: { kind: 'person', id } }],
        })
        if (!saved) return conflict
        if (known) await signIns.release(known.digest, id)
        return { principal: principalOfPerson(saved), ended: person.credentials }
      }),
  }
}

interface AddressMove extends Pick<PersonLogEntry, 'op' | 'undoes' | 'since' | 'changes'> {
  set?: Record<string, unknown>
  unset?: string[]
}

const movedTo = (
  person: Person,
  move: AddressMove & { address: string; v: number; at: number },
): Parameters<PeopleStore['commit']>[1] => {
  const { op, undoes, since, changes, set, unset, address, v, at } = move
  const formerAddresses = leftBy(person, address, { at, isUndone: undoes !== undefined })
  const email = { before: detailsOf(person).email ?? null, after: address }
  const entry = { op, at, actor: { kind: 'person', id: person._id } as const, undoes, since, formerAddresses }
  return {
    set: {
      v,
      identifiers: [emailKey(address)],
      credentialEpoch: person.credentialEpoch + 1,
      [`fields.email.${byPerson}`]: { value: address, v, at, op } satisfies Assertion,
      ...set,
    },
    ...(unset && { unset }),
    log: [{ ...entry, kind: 'address-changed', changes: { ...changes, email } }],
  }
}

/** The details as they were, no password, and what was begun to end the sign-in since is called off (H4). */
const movedBack = (person: Person, taken: TakeBack, made: Pick<Assertion, 'v' | 'at'>): AddressMove => {
  const op = `back:${taken.op}`
  const { set, unset, changes } = restoredDetails(person, taken, { ...made, op })
  const takeBacks = withoutTakeBack(person, taken, made.at)
  const takenBack = { since: taken.at, epoch: person.credentialEpoch + 1 }
  const gone = { credentials: [], credentialsChangedAt: made.at, takeBacks, takenBack }
  const stays = (person.ending?.since ?? -1) >= taken.at ? ['ending'] : []
  return { op, undoes: taken.op, since: taken.at, changes, set: { ...set, ...gone }, unset: [...unset, ...stays] }
}

const takesBack = (person: Person, former: FormerAddress): boolean =>
  person.status === 'active' && mayTakeBack(person, former, now())
