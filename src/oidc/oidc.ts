import type { AccountId, Principal, PrincipalId } from '../accounts/index.ts'
import type { Company } from '../companies/index.ts'
import type { PageContext, PageMiddleware, Plainly } from '../http/index.ts'
import type { GroupClient, PartnerApplication, Service } from '../services/index.ts'
import type { ProofMethod } from './interaction-policy.ts'
import type { Shown } from './proof-of-key.ts'

/** A company's own access token (client credentials), as verified: its signature, lifetime and issuer hold. */
export interface CompanyToken {
  company: string
  clientId: string
  audience: string
  scopes: string[]
  /** It is nobody's as it came: one that is bound to a key without a good proof of that, or one that is not with the scheme DPoP. */
  misshown: 'bound' | 'not bound' | undefined
}

/**
 * What the sign-in pages are asked to settle.
 * login: who is it · link: a person without an account at this company (`no_link`), or a separate account to which
 * linking has never been offered (`offer_link`), or one whose company asks for more than was agreed (`ask_more`) · consent: a partner application for the first time (`consent_missing`), any
 * client that asks for it (`consent_prompt`), an app that anybody's app could pose as (`native_client_prompt`).
 */
export interface SignInInteraction {
  uid: string
  prompt: 'login' | 'link' | 'consent'
  /** Codes of the checks that asked, e.g. `no_session`, `max_age`, `no_link`, `offer_link`. */
  reasons: string[]
  clientId: string
  client: GroupClient
  /** undefined: the account pages, which belong to no company. */
  company?: Company
  service?: Service
  partner?: PartnerApplication
  /** Granted by the gate, in the order asked for. */
  scopes: string[]
  /** Who is signed in in this browser, one at a time, if anybody. */
  principal?: PrincipalId
  /** The address that a code proved in this browser in this sign-in, if one did. */
  proven?: string
  /** The password that was typed in it is one that today's rules take. */
  strong?: boolean
  /** The service, or they themselves, wanted it asked who it is to be: they may go on as who they are. */
  mayStay: boolean
  /** Re-authentication: nobody else may prove themselves here, unless `switchPerson` put the first aside. */
  must?: PrincipalId
  /** The request's own parameters (`login_hint`, `ui_locales`, `prompt` …). */
  params: Record<string, unknown>
  /** Where finishing leads; pages need it only for a way back. */
  returnTo: string
  /** A television waits for this answer: nobody links there (T13, T20). */
  device: boolean
}

export type InteractionResult =
  | {
      signedIn: PrincipalId
      /** What their credentials stood at when the proof was given: a change since then makes it worthless (T2, H1). */
      credentialEpoch: number
      /** Seconds since 1970 at which the proof was given; `auth_time` is this, not the moment of resuming (P7). */
      provenAt: number
      /** Default `pwd`. */
      method?: ProofMethod
      /** Default true: the session outlives the browser's window. */
      remember?: boolean
      /** As it was read since the proof was given; absent: it is read now. */
      principal?: Principal | undefined
      /** A separate account made this moment: linking is offered at its next sign-in, not in the same breath. */
      isNew?: true
    }
  /** The link page is done: linked, or the offer was declined (`offer_link`). The checks look again. */
  | { linked: true }
  /** Whoever is signed in goes on as who they are. */
  | { chosen: true }
  /** The consent is on record. */
  | { consented: true }
  /** *Not now*, cancelled, refused: one `access_denied` with one fixed description (P4). */
  | { refused: true }

export interface BrowserSession {
  uid: string
  principal: PrincipalId
  /** What they proved themselves under. */
  credentialEpoch: number
  /** Seconds since 1970. */
  signedInAt: number
  /** The last proof lies at most so many minutes back. */
  isFresh: (minutes: number) => boolean
}

export interface SessionSummary {
  uid: string
  signedInAt: number
  lastUsedAt: number
  /** A short family name of browser and system ("Firefox, Android"), never the whole header. */
  device: string
  services: { clientId: string; name: string; company: string }[]
}

/** A television or an app that stays signed in when a browser signs out. */
export interface OfflineSessionSummary {
  id: string
  /** The service's name, and the company that offers it. */
  name: string
  company: string
  /** The browser that it was allowed in, as in `SessionSummary`. */
  device: string
  signedInAt: number
}

export interface Oidc {
  /** Canonical-path guard, POST at the authorization endpoint, pages of sign-out and device, then the provider. */
  middleware: PageMiddleware
  /** What is plainly good, answered before all of it; undefined: left as it is (P17). */
  plainly: Plainly
  /** For `/sign-in/{uid}/…`; AppError gone `interaction-expired` when there is none in this browser. */
  interaction: (ctx: PageContext) => Promise<SignInInteraction>
  /** An error's page leads back to the service that this browser's sign-in was for, also when that is over (U8). */
  nameTheService: (ctx: PageContext) => void
  /** What follows in this sign-in may rest on what was proven in it, and nothing else may (U3, U4). */
  note: (ctx: PageContext, noted: Pick<SignInInteraction, 'proven' | 'strong'>) => Promise<void>
  /** Answers 200 with a page that leads on by itself, by a link and by a button (P9). */
  finish: (ctx: PageContext, interaction: SignInInteraction, result: InteractionResult) => Promise<void>
  /** Asks who it is once more, at the wish of whoever is signed in; they stay so until somebody else proves themselves. */
  chooseAnother: (ctx: PageContext) => Promise<SignInInteraction>
  /** Puts whoever is signed in aside, with logout to their services, so that somebody else can prove themselves. */
  switchPerson: (ctx: PageContext) => Promise<SignInInteraction>
  session: (ctx: PageContext) => Promise<BrowserSession | undefined>
  /**
   * Whoever is signed in proved themselves just now: fresh for what follows, under a new session id (§4). The epoch is
   * what the proof was given under: after a change since then it is worth nothing.
   */
  provenAgain: (ctx: PageContext, credentialEpoch: number, method?: ProofMethod) => Promise<void>
  /** Whoever proved themselves just now takes the place of whoever is signed in here, whose session ends (U18). */
  begin: (ctx: PageContext, principal: PrincipalId, credentialEpoch: number) => Promise<void>
  sessionsOf: (principal: PrincipalId) => Promise<SessionSummary[]>
  /** Of sessions that have ended: while one lives, it names all that was reached in it. */
  offlineSessionsOf: (principal: PrincipalId) => Promise<OfflineSessionSummary[]>
  /** False when this principal has none of that id. */
  endOfflineSession: (principal: PrincipalId, id: string) => Promise<boolean>
  /** With logout to its services. */
  endSession: (uid: string) => Promise<void>
  /** What outlived its session as well. */
  endOthers: (principal: PrincipalId, exceptUid?: string) => Promise<void>
  /**
   * Ends whatever was begun under credentials that hold no more, with logout to its services: other sessions whole, of a
   * session that was proven anew since only what it had given out. Follows from what stands: done again it does no harm.
   */
  endOutdated: (principal: PrincipalId) => Promise<void>
  /**
   * Sweeps tokens and sessions of one account at its company, with logout. The fence is the account's epoch (M12): what
   * is under the present one lives on, unless `livingToo` (its company's support ends what is under way).
   */
  endAccount: (account: AccountId, options?: { livingToo?: boolean }) => Promise<void>
  /** Ends what one client of a company has of a principal, in every session and beyond, with logout. */
  endClient: (principal: PrincipalId, company: string, client: string) => Promise<void>
  /** Ends what a browser has at one company's services, whoever is signed in there, with logout. */
  endBrowser: (company: string, browser: string) => Promise<void>
  /** Ends this browser's session everywhere. */
  signOut: (ctx: PageContext) => Promise<void>
  /** JWS with the current signing key, for security event tokens. */
  sign: (payload: Record<string, unknown>, header: { typ: string }) => Promise<string>
  /** undefined when it is not one of ours or not valid now. */
  verifyCompanyToken: (token: string, shown: Shown) => Promise<CompanyToken | undefined>
  /** What it was made of is kept, once nothing can refuse that any more. */
  rememberClients: () => Promise<void>
  /** Begins signing with a new key (P10); the old one stays published. */
  rotate: (options?: { atOnce?: boolean }) => Promise<void>
  /** Reads what other processes changed and sends what is due, once; `start` does so by itself. */
  tick: () => Promise<void>
  /** What waits to be sent now, in words; retries waiting for a later time are not pending. */
  pending: () => Promise<string[]>
  start: () => void
  stop: () => Promise<void>
}
