import type { DefaultState, Middleware, ParameterizedContext } from 'koa'
import type { Language, WordValues } from '../i18n/index.ts'

/** Where the one button of an error page leads, and what stands on it (U8). */
export interface WayBack {
  href: string
  label: string
}

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
