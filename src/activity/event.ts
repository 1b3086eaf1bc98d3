import type { AccountId, PrincipalId } from '../accounts/index.ts'
import type { CompanyId } from '../companies/index.ts'
import type { DetailName } from '../details/index.ts'
import type { Actor } from '../people/index.ts'

/** The lists of the account pages that tell what happened. */
type List = 'details' | 'security' | 'support' | 'messages'

/**
 * Every kind of event, and the lists that show it: who changed which detail beside the details, what happened to the
 * sign-in and its accounts under Security, what support did, the letters.
 */
const shownOn = {
  registered: ['details', 'security'],
  'details-changed': ['details'],
  'source-dropped': ['details'],
  'password-changed': ['security'],
  'password-recovered': ['security'],
  'recovery-waits': ['security'],
  'recovery-stopped': ['security'],
  'address-changed': ['details', 'security'],
  'address-confirmed': ['security'],
  opened: ['security'],
  linked: ['security'],
  unlinking: ['security'],
  'unlink-cancelled': ['security'],
  unlinked: ['security'],
  'deletion-begun': ['security'],
  'deletion-cancelled': ['security'],
  agreed: ['security'],
  'agreed-less': ['security'],
  'sharing-chosen': ['security'],
  'sharing-paused': ['security'],
  'sharing-resumed': ['security'],
  'own-data-changed': ['security'],
  'own-sign-in-made': ['security'],
  closing: ['security'],
  'closure-cancelled': ['security'],
  closed: ['security'],
  // Nobody is left to read it.
  erased: [],
  'signed-in': ['security'],
  'service-used': ['security'],
  'sign-in-failed': ['security'],
  'session-ended': ['security'],
  'signed-out': ['security'],
  'refresh-reused': ['security'],
  'application-withdrawn': ['security'],
  'written-to': ['messages'],
  'support-act': ['security', 'support'],
  'request-read': ['security'],
} as const satisfies Record<string, readonly List[]>

export type EventKind = keyof typeof shownOn

export const kindsOn = (list: List): readonly EventKind[] =>
  (Object.keys(shownOn) as EventKind[]).filter((kind) => (shownOn[kind] as readonly List[]).includes(list))

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
  /** Of `service-used` with the session: how often within ten minutes in this browser, and when last. */
  times?: number
  until?: number
  /** Coarse on purpose: enough to recognise oneself, too little to follow anybody. */
  network?: string
  device?: string
  /** Of `service-used`: digest of the browser's own id. It is shown to nobody. */
  browser?: string
  /** Of `support-act`: what support did or looked at, in which role and case (S4-9). `case` also of `request-read`. */
  act?: string
  role?: string
  case?: string
  /** Of `written-to`: which mail. Neither its content nor the address is kept. */
  mail?: string
  /** Of `written-to`: the companies or the service that the letter names, as it names them. */
  about?: string | undefined
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
