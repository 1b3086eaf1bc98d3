import { isDeepStrictEqual } from 'node:util'
import type { Caller, OneTimeCodes, WaitingCode } from '../credentials/index.ts'
import { normalizeEmail } from '../details/index.ts'
import { now } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import {
  type Assertion,
  byPerson,
  detailsOf,
  emailKey,
  type Person,
  type PersonId,
  type PersonLogEntry,
  signInAddresses,
  type TakeBack,
} from './person.ts'
import { activeOf, createSetUnifiedPassword, type SetUnifiedPasswordDeps } from './set-unified-password.ts'
import { isKeptFor, mayTakeBack, overTakeBacks, restoredDetails, withoutTakeBack, withTakeBack } from './take-back.ts'
import type { FormerAddress } from './undo-offer-store.ts'

const addressChange = 'address-change'

export interface CredentialDeps extends SetUnifiedPasswordDeps {
  codes: OneTimeCodes
  /** Where a person's links stand: another answer later means that one was made or ended meanwhile. */
  linksOf: (id: PersonId) => Promise<readonly string[]>
}

/**
 * Changes of the unified sign-in itself: password, recovery, address. Each is one compare-and-set on the person that
 * raises the credential epoch, so that everything begun under the old one is dead (threats T2, T4). No company and no
 * support desk comes through here.
 */
export const createCredentialChanges = (deps: CredentialDeps) => {
  const { people, signIns, verifications, codes, isOrphan, linksOf } = deps
  const activePerson = activeOf(people)

  /**
   * Makes one address the only one that signs in, and the contact with it; what signed in before is told of it (T5).
   * `decide` sees the person that is written; undefined refuses, and leaves everything as it was. Answers the epoch that
   * the sign-in stands at by it; what else was begun under the one before goes, but `by`, which did it.
   */
  const moveAddress = async (
    id: PersonId,
    address: string,
    decide: (person: Person, made: Pick<Assertion, 'v' | 'at'>) => AddressMove | undefined,
    by?: string,
  ): Promise<number | undefined> => {
    const key = emailKey(address)
    if ((await signIns.claim(key, id, isOrphan)) === 'taken') throw new AppError('conflict', 'address-taken')
    for (;;) {
      const person = await people.get(id)
      const at = now()
      const v = (person?.v ?? 0) + 1
      const decided = person?.status === 'active' ? decide(person, { v, at }) : undefined
      if (!person || !decided) {
        if (!person || !isKeptFor(person, key)) await signIns.release(key, id)
        return undefined
      }
      const { op, undoes, since, changes, set, unset } = decided
      const saved = await people.commit(person, {
        set: {
          v,
          identifiers: [key],
          credentialEpoch: person.credentialEpoch + 1,
          [`fields.email.${byPerson}`]: { value: address, v, at, op } satisfies Assertion,
          ...set,
        },
        unset,
        log: [
          {
            op,
            kind: 'address-changed',
            at,
            actor: { kind: 'person', id },
            changes: { ...changes, email: { before: detailsOf(person).email ?? null, after: address } },
            undoes,
            since,
            formerAddresses: signInAddresses(person).filter((former) => former !== address),
          },
        ],
      })
      if (!saved) continue
      // What may still be taken back is kept free for it (H25).
      for (const old of keysOf(person).filter((each) => !isKeptFor(saved, each))) await signIns.release(old, id)
      await verifications.forget(`person:${id}`, [...signInAddresses(person), address], by)
      return saved.credentialEpoch
    }
  }

  return {
    setPassword: createSetUnifiedPassword(deps),

    /**
     * A new address for signing in and for contact together; nothing changes before its code (T3). One waits at a time: in
     * whatever browser another was begun, its code is worth nothing any more (T4).
     */
    beginAddressChange: async (id: PersonId, email: string): Promise<string> => {
      const person = await activePerson(id)
      const address = normalizeEmail(email)
      const holder = `person:${id}`
      return codes.begin({
        kind: addressChange,
        address,
        holder,
        isOnlyOne: true,
        content: { person: id, epoch: person.credentialEpoch, links: await linksOf(id) },
        mail: { kind: 'address-code', language: person.language, values: {} },
      })
    },

    /**
     * Moves sign-in and contact address in one write, and answers the epoch it is proven under; undefined to the second
     * of two clicks, which proved nothing by itself (H1). What was begun before another change of the sign-in, or before
     * a link or an unlink, comes to nothing (T4).
     */
    completeAddressChange: async (
      id: PersonId,
      handle: string,
      code: string,
      caller?: Caller,
    ): Promise<number | undefined> => {
      const verification = await codes.check(handle, addressChange, code, caller)
      if (verification.state !== 'open' && verification.outcome?.person === id) return undefined
      if (verification.content.person !== id) throw new AppError('gone', 'code-expired')
      const { epoch, links } = verification.content
      if (!isDeepStrictEqual(links, await linksOf(id))) throw new AppError('gone', 'code-expired')
      const op = `address:${verification._id}`
      const decide = (person: Person, { at }: { at: number }) =>
        person.credentialEpoch === epoch
          ? { op, set: { takeBacks: withTakeBack(person, leaving(person, verification.address, { op, at }), at) } }
          : undefined
      const moved = await moveAddress(id, verification.address, decide, verification._id)
      if (moved === undefined) {
        // The other click of two has moved it a moment ago.
        if ((await people.get(id))?.identifiers.includes(emailKey(verification.address))) return undefined
        throw new AppError('gone', 'code-expired')
      }
      await verifications.finish(verification._id, 'open', { person: id })
      // Kept for them since an earlier change, it may be a row from long ago (H15).
      const row = await signIns.identifier(emailKey(verification.address))
      if (row) await signIns.used(row)
      return moved
    },

    /** What the page about the code says. */
    addressWaiting: (id: PersonId, handle: string): Promise<WaitingCode> =>
      codes.waiting(handle, addressChange, `person:${id}`),

    sendAddressAgain: (handle: string, language: Person['language']): Promise<void> =>
      codes.sendAgain(handle, addressChange, language),

    takesBack,

    /** Whoever reads the mailbox of before says that they are right: `ops` can be taken back no more (H4). */
    confirmAddress: async (id: PersonId, ops: readonly string[], op: string): Promise<void> => {
      for (;;) {
        const person = await people.get(id)
        const kept = (person?.takeBacks ?? []).filter((each) => !ops.includes(each.op))
        if (!person?.takeBacks || kept.length === person.takeBacks.length) return
        const saved = await people.commit(person, {
          ...(kept.length > 0 ? { set: { takeBacks: kept } } : { unset: ['takeBacks'] }),
          log: [
            {
              op,
              kind: 'address-confirmed',
              at: now(),
              actor: { kind: 'person', id },
              formerAddresses: person.takeBacks.map(({ address }) => address),
            },
          ],
        })
        if (!saved) continue
        for (const key of keysOf(person).filter((each) => !isKeptFor(saved, each))) await signIns.release(key, id)
        return
      }
    },

    /** What may no longer be taken back goes, and the addresses kept for it are free again. Idempotent. */
    settleTakeBacks: async (id: PersonId): Promise<void> => {
      for (;;) {
        const person = await people.get(id)
        const over = person ? overTakeBacks(person, now()) : undefined
        if (!person || !over) return
        const saved = await people.commit(person, { ...over, log: [] })
        if (!saved) continue
        for (const key of keysOf(person).filter((each) => !isKeptFor(saved, each))) await signIns.release(key, id)
        return
      }
    },

    /**
     * Whoever reads the mailbox that signed in until then takes the change back, without signing in (T5): the address
     * signs in again and alone, and the details are those of then. Whoever changed it knew the password: that ends, and
     * so does every session.
     */
    takeBackAddress: async (id: PersonId, former: FormerAddress): Promise<void> => {
      let ended: string[] = []
      const moved = await moveAddress(id, former.address, (person, made) => {
        const taken = person.takeBacks?.find((each) => each.op === former.op)
        if (!taken || !takesBack(person, former)) return undefined
        ended = person.credentials
        const op = `back:${former.op}`
        const { set, unset, changes } = restoredDetails(person, taken, { ...made, op })
        const takeBacks = withoutTakeBack(person, former, made.at)
        const gone = { credentials: [], credentialsChangedAt: made.at, takeBacks }
        const stays = (person.ending?.since ?? -1) >= taken.at ? ['ending'] : []
        return {
          op,
          undoes: former.op,
          since: taken.at,
          changes,
          set: { ...set, ...gone },
          unset: [...unset, ...stays],
        }
      })
      if (moved === undefined) throw new AppError('gone', 'undo-too-late')
      for (const credential of ended) await signIns.dropCredential(credential)
    },
  }
}

export type CredentialChanges = ReturnType<typeof createCredentialChanges>

interface AddressMove extends Pick<PersonLogEntry, 'op' | 'undoes' | 'since' | 'changes'> {
  set?: Record<string, unknown>
  unset?: string[]
}

const takesBack = (person: Person, former: FormerAddress): boolean =>
  person.status === 'active' && mayTakeBack(person, former, now())

/** The addresses that sign in no more by a change to another, with all that stood beside them. */
const leaving = (person: Person, to: string, { op, at }: { op: string; at: number }): TakeBack[] => {
  const { fields, birthDateCorrectedAt } = person
  const before = { fields, ...(birthDateCorrectedAt !== undefined && { birthDateCorrectedAt }) }
  return signInAddresses(person).flatMap((address) => (address === to ? [] : [{ address, op, at, before }]))
}

/** Everything that an address may have led to them by. */
const keysOf = (person: Person): string[] => [
  ...new Set([...person.identifiers, ...(person.takeBacks ?? []).map(({ address }) => emailKey(address))]),
]
