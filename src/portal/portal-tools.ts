import type { Principal } from '../accounts/index.ts'
import { type RouteContext, rowsOf } from '../http/index.ts'
import type { BrowserSession } from '../oidc/index.ts'

export type PortalContext = RouteContext

/** The six entries of the account pages, for a person and for the holder of one separate account alike. */
export const entries = ['services', 'details', 'security', 'sharing', 'messages', 'requests'] as const
export type Entry = (typeof entries)[number]

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
