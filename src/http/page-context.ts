import type { DefaultState, Middleware, ParameterizedContext } from 'koa'
import type { Language, WordValues } from '../i18n/index.ts'

/** Where the one button of an error page leads, and what stands on it (U8). */
export interface WayBack {
  href: string
  label: string
}

/** Whoever opened the form was signed in no more when it was sent, or another was. */
export type NotSaved = 'signed-out' | 'another'

/** What every request knows of whom it talks to. */
export interface Page {
  language: Language
  /** Random id in this browser's own cookie; reading it makes one. */
  browser: string
  /** The same where there is one already; makes none. */
  knownBrowser: string | undefined
  /** Goes into the hidden field `csrf` of each form; bound to `browser`. */
  csrf: string
  /** Where a person may quote what happened to them; also in the log. */
  requestId: string
  /** The caller's address, the proxies' only where they are listed; undefined when it can't be told. */
  address: string | undefined
  /** ISO 3166-1 alpha-2 of whoever is signed in: times are written as its clocks show them, where it has one zone. */
  country?: string | undefined
  /** Whose page it is, by a key of theirs, where somebody is signed in: its forms say so (U10). */
  owner?: string | undefined
  /** The same as its forms say it; '' where nobody is signed in. */
  ownerTag: string
  /** What the form that was sent says of the page that it stood on; undefined where it says nothing. */
  sentBy?: string | undefined
  /** The page says that nothing of a form was saved. */
  notSaved?: NotSaved | undefined
  /** Where an error's page leads, set by whoever knows better than its address does. */
  wayBack?: WayBack
  t(key: string, values?: WordValues): string
}

export interface PageExtras {
  page: Page
  /** Answers with a view of `views/`, e.g. `portal/details`. */
  render(view: string, data?: Record<string, unknown>, status?: number): void
}

export type PageContext = ParameterizedContext<DefaultState, PageExtras>
export type PageMiddleware = Middleware<DefaultState, PageExtras>
