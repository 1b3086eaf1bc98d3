import type Router from '@koa/router'
import type { RouterContext } from '@koa/router'
import type { DefaultState } from 'koa'
import type { Principal } from '../accounts/index.ts'
import type { Filled, PageExtras } from '../http/index.ts'
import type { BrowserSession } from '../oidc/index.ts'

export type PortalContext = RouterContext<DefaultState, PageExtras>
export type PortalRouter = Router<DefaultState, PageExtras>

/** The six entries of the account pages, for a person and for the holder of one separate account alike. */
export const entries = ['services', 'details', 'security', 'sharing', 'messages', 'requests'] as const
export type Entry = (typeof entries)[number]

/** Who is signed in, as they stand when the request began. */
export interface Signed {
  session: BrowserSession
  principal: Principal
}

export type Handler = (ctx: PortalContext, signed: Signed) => Promise<void>
export type FormHandler = (ctx: PortalContext, signed: Signed, form: Filled) => Promise<void>

/** What a page of the account pages is made with. */
export interface PortalTools {
  /** A page for whoever is signed in; anybody else signs in first and comes back to it. */
  signedIn: (handler: Handler) => (ctx: PortalContext) => Promise<void>
  /** A form of such a page. */
  submitted: (handler: FormHandler) => (ctx: PortalContext) => Promise<void>
  /**
   * As `submitted`, but only after a proof of the last 15 minutes: without it the password is asked for, and the same
   * form goes on by itself.
   */
  proven: (handler: FormHandler) => (ctx: PortalContext) => Promise<void>
  /** For a form that needs the proof only sometimes: true when it may go on, else the question has been put. */
  isProven: (ctx: PortalContext, signed: Signed, form: Filled) => Promise<boolean>
  show: (
    ctx: PortalContext,
    signed: Signed,
    entry: Entry,
    view: string,
    data?: Record<string, unknown>,
    status?: number,
  ) => void
}
