import type { WaitingRecovery } from '../credentials/index.ts'
import { type DetailName, type Details, detailNames } from '../details/index.ts'
import type { Language } from '../i18n/index.ts'
import { day, minute, now } from '../lib/clock.ts'

/** Plain text takes its place, another kind of id does not. */
export type PersonId = string & { readonly brand?: 'PersonId' }

/**
 * Who said a value (model M7): the person, a company under one link (`games#<link>`), or its support
 * (`support:games#<link>`). A source is dropped as a whole when what it said has to go.
 */
export type Source = string
export const byPerson: Source = 'person'
export const byCompany = (company: string, link: string): Source => `${company}#${link}`
export const bySupport = (company: string, link: string): Source => `support:${company}#${link}`

export interface Assertion {
  /** null: cleared. */
  value: string | null
  /** The person's version that this assertion made; the greatest is in force. */
  v: number
  /** Milliseconds since 1970. */
  at: number
  op: string
}

export type Fields = Partial<Record<DetailName, Record<Source, Assertion>>>

/** Who acted, as the trail keeps it: ids and roles, never names. */
export type Actor =
  | { kind: 'person'; id: PersonId }
  | { kind: 'account'; id: string }
  | { kind: 'company'; company: string; epoch: number }
  | { kind: 'support'; company: string; epoch: number; agent: string; role: string; case: string }
  | { kind: 'system' }

/** Whoever's it is acted, on their own pages. */
export const isByHolder = (actor: Actor): actor is Extract<Actor, { kind: 'person' | 'account' }> =>
  actor.kind === 'person' || actor.kind === 'account'

/** One change of a person's document, written by the very write that made it (model M4). */
export interface PersonLogEntry {
  n: number
  op: string
  kind: PersonLogKind
  at: number
  actor: Actor
  changes?: Partial<Record<DetailName, { before: string | null; after: string | null }>>
  /** What stood like that already, and was said by another: an undo goes back to no earlier than their word (H18). */
  confirmed?: DetailName[]
  reason?: string
  undoes?: string
  /** Of what takes back: all that was recorded since then goes with it. */
  since?: number
  company?: string
  /** The addresses that signed in until this change, or until the end: they are told of it as well (T5). */
  formerAddresses?: string[]
  /** A recovery by an old address that was begun or stopped (H15). */
  recovery?: WaitingRecovery
  /** For the journal (model M15). */
  fence?: object
}

export type PersonLogKind =
  | 'registered'
  | 'details-changed'
  | 'password-changed'
  | 'password-recovered'
  | 'recovery-waits'
  | 'recovery-stopped'
  | 'address-changed'
  | 'source-dropped'
  | 'address-confirmed'
  | 'deletion-begun'
  | 'deletion-cancelled'
  | 'erased'

/** A change of the address that signs in that may still be taken back (T5), and what else stood then. */
export interface TakeBack {
  /** The one that signed in until then. */
  address: string
  op: string
  at: number
  before: { fields: Fields; birthDateCorrectedAt?: number }
}

/** From when on, and below which credential epoch, nothing of what was begun counts. */
export interface TakenBack {
  /** Milliseconds since 1970. */
  since: number
  epoch: number
}

export interface Person {
  _id: PersonId
  /** Shape of the document. */
  s: 1
  /** Rises at every write; the compare-and-set is on it. */
  rev: number
  /** Rises when a detail changes. */
  v: number
  status: 'pending' | 'active' | 'erasing' | 'erased'
  fields: Fields
  /** Keys in `identifiers` that count: `email:group:<address>`. */
  identifiers: string[]
  /** Keys in `credentials` that count. */
  credentials: string[]
  credentialEpoch: number
  credentialsChangedAt: number
  /** How the person is written to. */
  language: Language
  createdAt: number
  /** When its end was reached; what is left of it elsewhere is taken away then, and once more a minute and a day later (M9). */
  erasedAt?: number
  birthDateCorrectedAt?: number
  /** Its end was asked for while a change of the address may still be taken back; it waits for that (H4). */
  ending?: { since: number; until: number }
  /** Changes of the address that signs in, oldest first, as long as they may be taken back. */
  takeBacks?: TakeBack[]
  /** The last change that was taken back: what was begun since then, under credentials from before it ended, is void (H4). */
  takenBack?: TakenBack
  /** By an address that nobody had used for long: the last that was asked for, until one sets a password (H15). */
  recovery?: WaitingRecovery
  /** On a registration that came to nothing: whose the address was already. */
  knownAs?: PersonId | null
  /** Highest intent of each account that was made here: an intent met twice is done once (model M11). */
  applied: Record<string, number>
  log: PersonLogEntry[]
  /** Number of the newest log entry. */
  n: number
  /** `-|<time>` while something is left to do: log to drain, copies to bring in step. */
  due?: string
}

/**
 * When what an end takes away is to be looked for once more: whoever stood still meanwhile may have put it back (M9). What
 * was under way then, as the record of a use behind its answer, is written within the minute.
 */
export const lookedForAgainAt = (endedAt: number | undefined): number | null =>
  [minute, day].map((after) => (endedAt ?? 0) + after).find((at) => endedAt !== undefined && now() < at) ?? null

/** Until the end of a sign-in is decided it may come back: what was acknowledged elsewhere is still made on it (G1, G7). */
export const isRecoverable = ({ status }: Pick<Person, 'status'>): boolean =>
  status === 'active' || status === 'erasing'

/** The assertion in force for a field: the newest, whoever made it. */
export const inForce = (fields: Fields, field: DetailName): (Assertion & { source: Source }) | undefined => {
  let newest: (Assertion & { source: Source }) | undefined
  for (const [source, assertion] of Object.entries(fields[field] ?? {}))
    if (!newest || assertion.v > newest.v) newest = { ...assertion, source }
  return newest
}

/** A person's details as they are now. */
export const detailsOf = (person: Pick<Person, 'fields'>): Details => {
  const details: Details = {}
  for (const field of detailNames) {
    const newest = inForce(person.fields, field)
    if (newest) details[field] = newest.value
  }
  return details
}

/** The version each field stands at: what a form was rendered with (model M10). */
export const versionsOf = (person: Pick<Person, 'fields'>): Partial<Record<DetailName, number>> =>
  Object.fromEntries(detailNames.map((field) => [field, inForce(person.fields, field)?.v ?? 0]))

export const emailKey = (address: string): string => `email:group:${address}`

/** The addresses that sign this person in, in the order they were proven. */
export const signInAddresses = (person: Pick<Person, 'identifiers'>): string[] =>
  person.identifiers.filter((key) => key.startsWith('email:group:')).map((key) => key.slice('email:group:'.length))

/** True only for an address that the person proved here; the address in the details may be another (T14). */
export const isProven = (person: Pick<Person, 'identifiers'>, address: string | null | undefined): boolean =>
  typeof address === 'string' && person.identifiers.includes(emailKey(address))
