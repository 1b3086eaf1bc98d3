import type { CompanyId } from '../companies/index.ts'
import type { WaitingRecovery } from '../credentials/index.ts'
import type { DetailName, Details } from '../details/index.ts'
import type { Actor, FormerAddress, Held, PersonId, RecordedChange, Source } from '../people/index.ts'
import type { Account, AccountId } from './account.ts'

/**
 * Names a principal: a person by the unified sign-in, or the holder of one separate account. Sessions, trails, proofs
 * and letters carry it; who it is now is read by it.
 */
export type PrincipalId = { kind: 'person'; person: PersonId } | { kind: 'account'; account: AccountId }

/**
 * A **principal** as it stands: a person and a separate account answer the same questions, so that whoever asks need not
 * know which of the two it is. Read once, where session, interaction or case are read, and passed on. What it does goes
 * by its id, since every write decides on the document anew.
 */
export interface Principal {
  id: PrincipalId
  /** As trails name whoever acts. */
  actor: Actor
  /** Who links accounts and leaves them; undefined: a separate account, which a person may link. */
  person: PersonId | undefined
  /** Where its sign-in is good: at one company alone; null: at every service of the group. */
  company: CompanyId | null
  /** It signs in, and so may act. */
  isActive: boolean
  /** Nothing of it comes back: its trail and what waits for it go. */
  isGone: boolean
  language: Account['language']
  /** Where they live, as it stands: it decides whom they turn to in place of a company abroad (S12). */
  country: string | undefined
  /** Milliseconds since 1970. */
  createdAt: number
  credentialEpoch: number
  /** Key of the address that signs in, or of the first of them. */
  signInKey: string | undefined
  /** Key of the password that counts. */
  credential: string | undefined
  /** What they know themselves by: the first address that signs in; empty when none does. */
  address: string
  /** All addresses that sign in, each proven here; that in the details may be another (T14). */
  addresses: readonly string[]
  /** Those that signed in before a change that may still be taken back: they are told of everything (H4). */
  formerAddresses: readonly string[]
  /** Where it is asked to prove that an account was its own: the former address, while a change of it may be taken back. */
  wayInAddress: string
  /** The changes of address that may be taken back. */
  takeBacks: readonly FormerAddress[]
  /** What waits for that, and until when; undefined: nothing does. */
  held: Held | undefined
  /** A recovery by an address that nobody has used for long, which waits or was stopped (H15). */
  recovery: WaitingRecovery | undefined
  details: Details
  /** Which source said the value in force (M7); undefined: they themselves, or nobody. */
  sourceOf: (detail: DetailName) => Source | undefined
  /** The version of all of them, which copies follow; undefined where nothing follows. */
  v: number | undefined
  /** The version that each detail stands at; empty where details have none of their own. */
  versions: Partial<Record<DetailName, number>>
  /** No detail of it is changed by its holder: it is no more, linked, or on its way to closure. */
  standsStill: boolean
  /** Of the sign-in as a whole; undefined where its company's account is closed instead. `until`: begun, and ends then. */
  deletion: { until: number | undefined } | undefined
  /** A unified sign-in may be offered to it; of a separate account that is done once (S4-1). */
  isOfferedLink: boolean
  /** What is recorded and not drained yet, oldest first. */
  log: readonly RecordedChange[]
}

/** As records name a principal. It never leaves the store. */
export const principalKey = (id: PrincipalId): string => `${id.kind}:${rawIdOf(id)}`

/** Whose key it is. */
export const principalIdOf = (key: string): PrincipalId => {
  const id = key.slice(key.indexOf(':') + 1)
  return key.startsWith('person:') ? asPerson(id) : asAccount(id)
}

export const asPerson = (person: PersonId): PrincipalId => ({ kind: 'person', person })
export const asAccount = (account: AccountId): PrincipalId => ({ kind: 'account', account })

/** Who links accounts and leaves them; undefined of a separate account, which a person may link. */
export const personOf = (id: PrincipalId | undefined): PersonId | undefined =>
  id && 'person' in id ? id.person : undefined

/** As trails name whoever acts. */
export const actorOf = (id: PrincipalId): Actor => ({ kind: id.kind, id: rawIdOf(id) })

/** Of the document that decides about it. */
export const rawIdOf = (id: PrincipalId): string => ('person' in id ? id.person : id.account)

export const samePrincipal = (a: PrincipalId, b: PrincipalId): boolean => principalKey(a) === principalKey(b)

/** Whose an account is, by the person it is linked to: theirs, or else its own holder's. */
export const holderOf = (account: AccountId, linkedTo: PersonId | undefined): PrincipalId =>
  linkedTo === undefined ? asAccount(account) : asPerson(linkedTo)

/** Theirs now: linked to the person, or the very account whose own sign-in was proven. Pure. */
export const holds = (who: PrincipalId, { _id, link, signIn }: Pick<Account, '_id' | 'link' | 'signIn'>): boolean =>
  (link !== null || signIn !== null) && samePrincipal(who, holderOf(_id, link?.person))
