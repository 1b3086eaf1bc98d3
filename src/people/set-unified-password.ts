import type { Identifier, SignInStore, VerificationStore, WaitingRecovery } from '../credentials/index.ts'
import { restoredKey } from '../credentials/index.ts'
import { now } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { randomId } from '../lib/ids.ts'
import { conflict, retryOnConflict } from '../storage/index.ts'
import type { PeopleStore } from './people-store.ts'
import { emailKey, type Person, type PersonId, signInAddresses } from './person.ts'

export interface SetUnifiedPasswordDeps {
  people: PeopleStore
  signIns: SignInStore
  verifications: VerificationStore
  hashPassword: (password: string) => Promise<string>
  lookupKey: Uint8Array
  isOrphan: (holder: Identifier) => Promise<boolean>
}

/** Of a recovery, asked of the very holder that is written: whether what waits lets it (H15). */
export type MayRecover = (seen: { recovery?: WaitingRecovery | undefined }) => boolean

/** AppError `person-not-found` (not-found) when they are no more, or not yet. */
export const activeOf =
  (people: Pick<PeopleStore, 'get'>) =>
  async (id: PersonId): Promise<Person> => {
    const person = await people.get(id)
    if (person?.status !== 'active') throw new AppError('not-found', 'person-not-found')
    return person
  }

/**
 * Replaces every password by a new one, and answers the epoch it is good under; `epoch` refuses when the credentials
 * changed since the act was begun. What else of theirs was begun under the old one is dead by its epoch, and goes.
 * `proven`: the address just proven, which takes the place of what a restore knew of it (model M15).
 */
export const createSetUnifiedPassword = (deps: SetUnifiedPasswordDeps) => {
  const { people, signIns, verifications, hashPassword, lookupKey, isOrphan } = deps
  const activePerson = activeOf(people)

  /** The key of an address that a restore knew by its digest alone, now that its mailbox was read. */
  const knownAgain = async ({ _id, identifiers }: Person, address: string) => {
    const key = emailKey(address)
    const digest = restoredKey(lookupKey, key)
    const isTheirs = identifiers.includes(digest) && (await signIns.claim(key, _id, isOrphan)) === 'claimed'
    return isTheirs ? { key, digest } : undefined
  }

  return async (
    id: PersonId,
    password: string,
    kind: 'password-changed' | 'password-recovered',
    epoch?: number,
    proven?: string,
    mayRecover?: MayRecover,
  ): Promise<number> => {
    const credential = `person:${id}:password:${randomId(6)}`
    await signIns.addCredential({
      _id: credential,
      kind: 'password',
      secret: await hashPassword(password),
      createdAt: now(),
    })
    return retryOnConflict(async () => {
      const person = await activePerson(id)
      if ((epoch ?? person.credentialEpoch) !== person.credentialEpoch || mayRecover?.(person) === false) {
        await signIns.dropCredential(credential)
        throw new AppError('gone', 'code-expired')
      }
      const at = now()
      const known = proven && (await knownAgain(person, proven))
      const saved = await people.commit(person, {
        set: {
          ...(known && { identifiers: person.identifiers.map((each) => (each === known.digest ? known.key : each)) }),
          credentials: [credential],
          credentialEpoch: person.credentialEpoch + 1,
          credentialsChangedAt: at,
        },
        unset: mayRecover ? ['recovery'] : [],
        log: [{ op: credential, kind, at, actor: { kind: 'person', id } }],
      })
      if (!saved) return conflict
      for (const old of person.credentials) await signIns.dropCredential(old)
      if (known) await signIns.release(known.digest, id)
      await verifications.forget(`person:${id}`, signInAddresses(saved))
      return saved.credentialEpoch
    })
  }
}
