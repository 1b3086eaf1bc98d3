import {
  createOneTimeCodes,
  createPasswordStrength,
  createPasswords,
  createSignInStore,
  createVerificationStore,
  type Judging,
  type PasswordsDeps,
} from '../credentials/index.ts'
import type { Journal } from '../lib/journal.ts'
import type { Limits } from '../limits/index.ts'
import type { Bounces, Mailer } from '../mail/index.ts'
import type { Connection } from '../storage/index.ts'
import { boundPersonOutbox } from './bounded-outbox.ts'
import { journaledPeople } from './journaled-people.ts'
import { createPeopleStore } from './people-store.ts'
import type { Person, PersonLogEntry } from './person.ts'
import { createRegistration } from './register.ts'
import { createUndoOffers } from './undo-offer-store.ts'

export interface PeopleDeps {
  connection: Connection
  lookupKey: Uint8Array
  mailer: Pick<Mailer, 'send'>
  bounces: Pick<Bounces, 'proven'>
  limits: Pick<Limits, 'consume' | 'refund' | 'judged' | 'isReached'>
  /** What everybody here is called by; no password is made of them. */
  names: readonly string[]
  hashing: PasswordsDeps | undefined
  judging?: Judging | undefined
  journal: Journal
  /** Copies log entries to where they are read, when there is no room for more of them (model M4). */
  record: (person: Person, entries: PersonLogEntry[]) => Promise<void>
}

/** The feature as a whole: its stores, and each use case given what it needs. Ending a sign-in waits for links. */
export const createPeople = (deps: PeopleDeps) => {
  const { connection, lookupKey, mailer, limits, names, hashing } = deps
  const people = boundPersonOutbox(journaledPeople(createPeopleStore(connection), deps.journal, lookupKey), deps.record)
  const signIns = createSignInStore(connection)
  const verifications = createVerificationStore(connection)
  const codes = createOneTimeCodes({
    verifications,
    lookupKey,
    sendMail: mailer.send,
    limits,
    addressProven: deps.bounces.proven,
  })
  const passwords = createPasswords(hashing)
  const hashPassword = passwords.hash
  const registration = createRegistration({ people, signIns, verifications, codes, hashPassword, lookupKey })

  return {
    people,
    signIns,
    verifications,
    codes,
    passwords,
    strength: createPasswordStrength({ names, limits, judging: deps.judging }),
    registration,
    undoOffers: createUndoOffers(connection, lookupKey),
  }
}
