import type { Account, AccountId } from '../accounts/index.ts'
import type { CompanyId } from '../companies/index.ts'

/** By what somebody is written to (S6-a). */
export const channels = ['email', 'text', 'push', 'post', 'phone'] as const
export type Channel = (typeof channels)[number]

/** What is objected to, of all companies at once (S6-c, S4-7). */
export const objections = ['marketing', 'profiling', 'analytics'] as const
export type Objection = (typeof objections)[number]

/** When something was decided, and under which receipt. */
interface Decided {
  /** Milliseconds since 1970. */
  at: number
  n: number
}

/** Marketing of one company on one channel; what was never decided is a no. */
export interface Choice extends Decided {
  account: AccountId
  channel: Channel
  yes: boolean
  /** Of the link under which it was said; absent: while the account was separate. */
  link?: string
  /** The edition of the company's policy that was in force. */
  policyVersion: string
}

export type Made =
  | { kind: 'marketing'; company: CompanyId; channel: Channel; yes: boolean; policyVersion: string }
  | { kind: 'group-news'; yes: boolean }
  | { kind: 'objection'; objection: Objection; stands: boolean }

/** What was decided, by whom and when. */
export interface Receipt extends Decided {
  /** On the account pages, by the address in a letter, by what followed from an end of a link, or from a restore. */
  by: 'page' | 'letter' | 'unlink' | 'restore'
  made: Made[]
}

/** Under which link, and at which number: after another of either nobody has said so. */
export interface ConfirmedNumber {
  /** Keyed digest. */
  digest: string
  link?: string
  at: number
}

/**
 * What one principal decided about messages: of a person for all accounts that are linked to them, of a separate account
 * for itself. The account's own lines are kept through every link, so that an end of one gives back what was said before.
 */
export interface Preferences {
  /** As `principalKey` names them. */
  _id: string
  s: 1
  rev: number
  /** Number of the last receipt. */
  n: number
  choices: Choice[]
  groupNews?: Decided & { yes: boolean }
  /** An objection stands unless it was lifted since. */
  objections: Partial<Record<Objection, Decided & { lifted?: number }>>
  /** The newest receipts, oldest first. */
  log: Receipt[]
  /** Of an account's own: the number at which its company asked whose it is, and was told that it is theirs. */
  number?: ConfirmedNumber
  /** While companies are still to hear that something changed. */
  due?: string
}

/** Receipts beyond these are cut, the oldest first; what stands keeps its own time and number. */
export const mostReceipts = 100

export const noPreferences = (id: string): Preferences => ({
  _id: id,
  s: 1,
  rev: 0,
  n: 0,
  choices: [],
  objections: {},
  log: [],
})

/** It was raised, and not lifted since. */
export const stands = (preferences: Preferences | undefined, objection: Objection): boolean => {
  const raised = preferences?.objections[objection]
  return raised !== undefined && (raised.lifted ?? 0) < raised.at
}

/** An account, with what its own holder said and what the person said to whom it is linked. */
export interface ChoicesInForce {
  account: Pick<Account, '_id' | 'link'>
  /** Said of the account itself, while it was separate. */
  own: Preferences | undefined
  /** Said by the person it is linked to. */
  person: Preferences | undefined
}
