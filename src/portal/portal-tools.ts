import type { Principal } from '../accounts/index.ts'
import { type RouteContext, rowsOf } from '../http/index.ts'
import type { BrowserSession } from '../oidc/index.ts'

export type PortalContext = RouteContext

/** The six entries of the account pages, for a person and for the holder of one separate account alike. */
export const entries = ['services', 'details', 'security', 'sharing', 'messages', 'requests'] as const
export type Entry = (typeof entries)[number]

/**
 * What a form came to, as the page that it leads to says it: by a word of `portal.done`, or, where another window was
 * first, by the words of the error that stood against it (H49).
 */
const outcomes = {
  services: [
    'unlinked',
    'unlinking',
    'closed',
    'closing',
    'kept',
    'linked',
    'made',
    'saved',
    'way-in',
    'agreed',
    'link-page-stale',
    'withdrawn',
    'taken-off',
    'account-stands-otherwise',
  ],
  details: ['saved', 'undone', 'address', 'confirmed', 'undo-too-late'],
  security: [
    'stays',
    'recovery',
    'password',
    'session',
    'sessions',
    'approved',
    'declined',
    'objected',
    'choice',
    'no-such-session',
    'approval-expired',
  ],
  sharing: [],
  messages: [],
  requests: ['sent', 'withdrawn-request', 'archive'],
} as const satisfies Record<Entry, readonly string[]>
export type Outcome<Of extends Entry> = (typeof outcomes)[Of][number]

/** As an address has it; anything else is none. */
export const outcomeIn = <Of extends Entry>(entry: Of, said: string | undefined): Outcome<Of> | null =>
  (outcomes[entry] as readonly Outcome<Of>[]).find((each) => each === said) ?? null

/** The page where it stands, of what another window was first with. */
export const toldAt = (code: string): Entry | undefined =>
  entries.find((entry) => (outcomes[entry] as readonly string[]).includes(code))

/** Who is signed in, as they stand when the request began. */
export interface Signed {
  session: BrowserSession
  principal: Principal
}

/**
 * Who may: anybody; whoever is signed in, all others sign in first and come back; the same after a proof of the last 15
 * minutes: without it the password is asked for, and the same form goes on by itself. What each may do at an account is
 * `access-rules.ts`'s to say.
 */
export const row = rowsOf<{ anyone: undefined; 'signed in': Signed; 'proven anew': Signed }>()

/** The fields of a form as its row names them. */
export type Form = Readonly<Record<string, string | undefined>>

/** What a page of the account pages is made with. */
export interface PortalTools {
  /** For a form that needs the proof only sometimes: true when it may go on, else the question has been put. */
  isProven: (ctx: PortalContext, signed: Signed) => Promise<boolean>
  /** The password by which they proved themselves in this very form; '' where they had done so before. */
  passwordTypedIn: (ctx: PortalContext, signed: Signed) => string
  /** They decided something in this browser, and need not be told that it holds here. */
  choseHere: (ctx: PortalContext, signed: Signed) => void
  show: (
    ctx: PortalContext,
    signed: Signed,
    entry: Entry | 'overview',
    view: string,
    data?: Record<string, unknown>,
    status?: number,
  ) => void
}
