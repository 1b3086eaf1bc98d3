import type { CompanyId } from '../companies/index.ts'
import type { WaitingRecovery } from '../credentials/index.ts'
import type { DetailName, Details } from '../details/index.ts'
import type { Language } from '../i18n/index.ts'
import { keyPart } from '../lib/ids.ts'
import type { Actor, PersonId } from '../people/index.ts'
import type { LifecycleEvent, NoticeKind } from './lifecycle-kind.ts'

/** `company:enc(subject)`. Plain text takes its place, another kind of id does not. */
export type AccountId = string & { readonly brand?: 'AccountId' }
export const accountIdOf = (company: CompanyId, subject: string): AccountId => `${company}:${keyPart(subject)}`

export interface Link {
  /**
   * Names this one link where the person keeps what was said through it. No epoch does: it rises within a link, and two
   * accounts of one company may stand at the same.
   */
  id: string
  person: PersonId
  /** The details the person was shown and agreed to; released = these ∩ the policy (model M8). */
  agreed: DetailName[]
  /**
   * Its page named exactly what was agreed. Absent: made before that was kept, when the page of a partner's application
   * named less than its company got (docs/upgrade.md).
   */
  shown?: true
  /** What they were asked for since, and put off: not asked again at a sign-in. */
  putOff?: DetailName[]
  /** What they chose for each of its company's purposes since; one that is not here stands as the link was made. */
  purposes?: Record<string, { yes: boolean; at: number }>
  /** Nothing more is told to its company since then, until they say so; only what they refuse is. */
  paused?: number
  /** The account's `seq` of the last refusal that took something out of the copy: a pause holds it back from nobody. */
  refusedSeq?: number
  since: number
  /** Which edition of the company's policy the link page showed. */
  policyVersion: string
  /** new: the account was made by the link, and keeps its copy when that ends. */
  how: 'new' | 'existing'
  /** The address the account had before, to which its way back in is sent (S4-1). */
  formerAddress?: string
}

/** What a recipient was last told; behind = `seq` below the account's. */
export interface LastDelivery {
  epoch: number
  seq: number
  outcome: 'acknowledged' | 'refused'
  at: number
}

/** One send under way (model M6): nobody else sends to that recipient before `until`. */
export interface Sending {
  epoch: number
  seq: number
  token: string
  until: number
  /** It says whether the account goes on, and holds no detail: no unlink waits for it (G5). */
  ofLifecycle?: true
}

/** A change of basic details decided on the account, still to be made on the person (model M11). */
export interface Intent {
  /** The account's log number when it was decided: intents are made in this order. */
  n: number
  changes: { field: DetailName; value: string | null }[]
  actor: Actor
  source: string
  reason?: string
  at: number
}

export interface AccountLogEntry {
  n: number
  op: string
  kind: AccountLogKind
  at: number
  actor: Actor
  epoch: number
  /** Position of the copy that this entry speaks of. */
  seq?: number
  fields?: DetailName[]
  /** Of an account that is not linked: there is no person's log to keep what stood before. */
  changes?: Partial<Record<DetailName, { before: string | null; after: string | null }>>
  undoes?: string
  /** Of what takes back: all that was recorded since then goes with it. */
  since?: number
  withdrawn?: DetailName[]
  recipient?: string
  /** Of `told`: it was no copy, but this. */
  notice?: NoticeKind
  outcome?: string
  /** Of `told`: the recipient had answered all before it, so that nothing before it waits for an answer. */
  isNext?: true
  reason?: string
  person?: PersonId
  policyVersion?: string
  /** Where its holder is told: of its closing, when it keeps no address, or of the address that took this one's place. */
  address?: string
  /** As of a person's. */
  recovery?: WaitingRecovery
  /** The sign-in that ended with it, to be taken away. */
  ended?: Account['signIn']
  /** For the journal (model M15). */
  fence?: object
  /** Kept for it until then, and free from then on. */
  endedAddresses?: string[]
}

export type AccountLogKind =
  | 'opened'
  | 'linked'
  | 'unlinked'
  | 'unlinking'
  | 'unlink-cancelled'
  | 'agreed'
  | 'agreed-less'
  | 'sharing-chosen'
  | 'sharing-paused'
  | 'sharing-resumed'
  | 'shared'
  | 'told'
  | 'company-wrote'
  | 'details-changed'
  | 'address-changed'
  | 'address-confirmed'
  | 'own-data-changed'
  | 'own-sign-in-made'
  | 'recovery-waits'
  | 'recovery-stopped'
  | 'closing'
  | 'closure-cancelled'
  | 'closed'
  | NoticeKind

/** On its way to closure, or out of a link, an account stands still, for everybody. */
export const mayChange = ({ status, leaving }: Pick<Account, 'status' | 'leaving'>): boolean =>
  status === 'open' && leaving === undefined

const ended = ':ended'
/** Stands for a password that signs in no more, where the address does once it has another. */
export const endedCredential = (credential: string): string =>
  credential.endsWith(ended) ? credential : `${credential}${ended}`

/** Somebody can sign in with it: its person, or whoever knows the password of its own sign-in. */
export const hasWayIn = ({ link, signIn }: Pick<Account, 'link' | 'signIn'>): boolean =>
  link !== null || (signIn !== null && !signIn.credential.endsWith(ended))

/** What was given to its company's services under an earlier epoch ends with it, and they are told (G5, Q7). */
export const endsSessions = ({ kind, epoch }: Pick<AccountLogEntry, 'kind' | 'epoch'>): boolean =>
  kind === 'unlinked' ||
  kind === 'unlinking' ||
  kind === 'closing' ||
  kind === 'closed' ||
  (kind === 'linked' && epoch > 1)

/** As of a person's, and which details its holder has changed since: what they were, and what they became. */
export interface OwnTakeBack {
  address: string
  op: string
  at: number
  changed: Partial<Record<DetailName, { before: string | null; after: string | null }>>
  birthDateCorrectedAt?: number
}

/** One company's record of a person: its own subject, its copy of what it may receive, its own data (S4-8). */
export interface Account {
  _id: AccountId
  s: 1
  company: CompanyId
  subject: string
  status: 'open' | 'closing' | 'closed' | 'void'
  /** Rises at each link, unlink, closure, erasure; every write by the sync carries it (model M2). */
  epoch: number
  link: Link | null
  /** Where the copy stands: the person's version and the release policy's revision, both only ever rising (M8). */
  at: { v: number; r: number }
  /** What the company itself last set, or had before the link; kept through every sync (M7). */
  own: Details
  /** What is in force here. */
  copy: Details
  /** Rises when a released detail of this account changes; outside, only `epoch.seq` is seen (M5). */
  seq: number
  /** The last delivery to each recipient. */
  told: Record<string, LastDelivery>
  sending: Record<string, Sending>
  /** That it was linked, unlinked, closed, corrected by law: oldest first, as long as a recipient has not been told (O10). */
  lifecycleEvents?: LifecycleEvent[]
  /** Requests by law of which its services were told, or are yet to be (S9). */
  noticed?: string[]
  /** By recipient: sends in a row that failed while others went well, when the last did, and when the next may begin. */
  retry: Record<string, { failures: number; failedAt?: number; at: number; why: string }>
  intents: Record<string, Intent>
  /** Details that were once released here and no longer are: told as withdrawn, not as cleared (M8). */
  withdrawn: DetailName[]
  /** The company's own fields (S1-a); never synced. */
  ownData: Record<string, string>
  /** Its own way in, when it is not linked: key in `identifiers`, key in `credentials`. */
  signIn: { key: string; credential: string; address: string; provenAt: number } | null
  /** Rises with each change of its own sign-in; sessions of before are none. */
  credentialEpoch: number
  credentialsChangedAt: number
  /** By its holder, while it was not linked; what guards a person's birth date guards this one (S11). */
  birthDateCorrectedAt?: number
  /** Changes of its own sign-in's address, oldest first, as long as they may be taken back. */
  takeBacks?: OwnTakeBack[]
  /** As of a person: by its own address, or by the one of before where it has no way in since a link ended (H15). */
  recovery?: WaitingRecovery
  /** Whose it was until the last unlink, and whether that link had made it. */
  left?: {
    person: PersonId
    how: Link['how']
    /** When the link began, and when it ended; absent where it ended before that was kept. */
    since?: number
    at?: number
    formerAddress?: string
    /** They took it off their list of services; it is there all the same. */
    unlisted?: boolean
    /** Its own line as it stood when a link ended that may be undone until then (H4). */
    own?: Details
    until?: number
  }
  /** After *as before the link*: the sources still to be dropped from the person the account left (M7). */
  split?: { person: PersonId; sources: string[]; op: string; actor: Actor }
  /** Its company holds it for misused: nobody signs in with it at that company until this is cleared. */
  fraud?: { at: number; case: string; agent: string }
  /** When its company marked a browser as misused: what that one was given before counts no more. */
  endedBrowsers?: Record<string, number>
  /**
   * Whatever was given to its company's services before counts no more, also where no session is left to end. Of these
   * times only that they rise counts: what was given says at which it stood.
   */
  sessionsEndedAt?: number
  /**
   * `planned`: when its company's process alone would end it, where that waits for a change that may be taken back (H4). `under`: its person's
   * credential epoch then.
   */
  closing?: { since: number; at: number | null; planned?: number; under?: number }
  /**
   * Its person ended the link while a change of their address may still be taken back (H4): nothing is shared and nobody
   * signs in there from `since`; what cannot be undone, its old details and a way in of its own, waits.
   */
  leaving?: { since: number; until: number; keep: 'before' | 'now'; op: string; actor: Actor; under: number }
  closedAt?: number
  language: Language
  /** The offer to link is made once (S4-1). */
  offeredLinkAt?: number
  createdAt: number
  log: AccountLogEntry[]
  n: number
  /** `company|time` while something is left to do. */
  due?: string
  /** `company|time` since when a recipient has not been told of the newest state. */
  untoldSince?: string
}

/** An account before anything has happened to it: nobody's, without a detail, told to nobody. */
export const blankAccount = (
  named: Pick<Account, '_id' | 'company' | 'subject' | 'status' | 'epoch' | 'language' | 'createdAt'>,
): Account => ({
  ...named,
  s: 1,
  link: null,
  at: { v: 0, r: 0 },
  own: {},
  copy: {},
  seq: 0,
  told: {},
  sending: {},
  retry: {},
  intents: {},
  withdrawn: [],
  ownData: {},
  signIn: null,
  credentialEpoch: 0,
  credentialsChangedAt: 0,
  log: [],
  n: 0,
})

/** As companies and recipients see how new a state is; compares as (epoch, seq). */
export const versionOf = (account: Pick<Account, 'epoch' | 'seq'>): string => `${account.epoch}.${account.seq}`

/** An account that stands still is brought nothing and sent nothing (G5), until its person comes back. */
export const isLinkedTo = (account: Account, person: PersonId): boolean =>
  mayChange(account) && account.link?.person === person
