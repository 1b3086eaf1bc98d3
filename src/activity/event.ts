import type { AccountId, PrincipalId } from '../accounts/index.ts'
import type { CompanyId } from '../companies/index.ts'
import type { DetailName } from '../details/index.ts'
import type { Actor } from '../people/index.ts'

const eventKinds = [
  'registered',
  'details-changed',
  'source-dropped',
  'password-changed',
  'password-recovered',
  'recovery-waits',
  'recovery-stopped',
  'address-changed',
  'opened',
  'linked',
  'unlinked',
  'unlinking',
  'unlink-cancelled',
  'address-confirmed',
  'deletion-begun',
  'deletion-cancelled',
  'agreed',
  'agreed-less',
  'sharing-chosen',
  'sharing-paused',
  'sharing-resumed',
  'own-data-changed',
  'own-sign-in-made',
  'closing',
  'closure-cancelled',
  'closed',
  'erased',
  'signed-in',
  'service-used',
  'sign-in-failed',
  'session-ended',
  'signed-out',
  'refresh-reused',
  'application-withdrawn',
  'written-to',
  'support-act',
] as const

export type EventKind = (typeof eventKinds)[number]

/** Who changed which detail, when: what the history beside the details shows. */
export const detailKinds: readonly EventKind[] = ['registered', 'details-changed', 'source-dropped', 'address-changed']

/** What a letter is about: whose it is, when it happened, and the id of the event. */
export interface About {
  holder: PrincipalId
  at: number
  event: string
}

export type HowUsed = 'signed-in' | 'session' | 'device'

/** One thing that happened to a sign-in or an account, as its holder may read it (S1-b). */
export interface ActivityEvent {
  /** `person:<id>:<time>:<what>`, the same for the same log entry: drained twice it is one event. */
  _id: string
  at: number
  kind: EventKind
  actor: Actor
  op?: string
  changes?: Partial<Record<DetailName, { before: string | null; after: string | null }>>
  /** Said by this actor too; it stood like that already. */
  confirmed?: DetailName[]
  fields?: DetailName[]
  reason?: string
  undoes?: string
  company?: CompanyId
  account?: AccountId
  service?: string
  /** A partner's application that was given details of the account (S3-c). */
  partner?: string
  /** Of `service-used`: a proof was given for it, the session was enough, or another device waited for it. */
  how?: HowUsed
  /** Coarse on purpose: enough to recognise oneself, too little to follow anybody. */
  network?: string
  device?: string
  /** Of `service-used`: digest of the browser's own id. It is shown to nobody. */
  browser?: string
  /** Of `support-act`: what support did or looked at, in which role and case (S4-9). */
  act?: string
  role?: string
  case?: string
  /** Of `written-to`: which mail. Neither its content nor the address is kept. */
  mail?: string
}

/** What the sign-in engine reports: seen once, so its id is made here and not from a log. */
export interface SignInEvent {
  kind:
    | 'signed-in'
    | 'service-used'
    | 'sign-in-failed'
    | 'session-ended'
    | 'signed-out'
    | 'refresh-reused'
    | 'application-withdrawn'
  /** Whose trail it is. */
  holder: PrincipalId
  company?: CompanyId
  account?: AccountId
  service?: string
  partner?: string
  how?: HowUsed
  network?: string
  /** The family of browser and system ("Firefox, Android"), never the whole header. */
  device?: string
  browser?: string
  /** A browser or device that this sign-in has not been seen in before: its holder is written to (ASVS 6.3.5). */
  newDevice?: boolean
}

/** A look or an act of a company's support at what is somebody's, as they read it. */
export interface SupportAct {
  /** Whose trail it is. */
  holder: PrincipalId
  company: CompanyId
  role: string
  case: string
  act: string
  reason: string
  fields?: DetailName[]
}
