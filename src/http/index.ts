/**
 * The floor under every page and API: only the issuer's host is answered (Z2), headers (security §6), errors in the
 * person's words, languages, one cookie per browser with the forms bound to it, views and assets. It knows no person,
 * no account and no rule; what it needs of the group is the operator's name and the companies' colours.
 */

export type { PlainAnswer, Plainly } from './answer-plainly.ts'
export { ApiError } from './answer-to.ts'
export { asFile, csvOf } from './as-file.ts'
export { firstBrowser } from './browser.ts'
export { clientNetwork } from './client-ip.ts'
export { cookieName, scopedCookieName } from './cookie-name.ts'
export { createHttp, type Http } from './create-http.ts'
export { answerInJson, answerInScim, type InScim } from './error-handler.ts'
export * as fields from './fields.ts'
export { giveFile } from './give-file.ts'
export { giveResumable } from './give-resumable.ts'
export { health } from './health.ts'
export { isUnchanged } from './is-unchanged.ts'
export { keptForms } from './kept-forms.ts'
export { logRefusal } from './log-refusal.ts'
export { metricsPage } from './metrics-page.ts'
export { isFetchedFromElsewhere, navigationsOnly } from './navigations-only.ts'
export type { PageContext, PageExtras, PageMiddleware, WayBack } from './page-context.ts'
export { InvalidForm, type Problems, problemsBy, problemsOf } from './problems.ts'
export type { Filled, SentFile } from './read-form.ts'
export { readOneClick } from './read-one-click.ts'
export type { Again, PathParams, Refusal, Route, RouteContext } from './route.ts'
export { mount, refusalOf, rowsOf } from './routes.ts'
export { contentSecurityPolicy } from './security-headers.ts'
export { seeOther } from './see-other.ts'
export { trackingSignal } from './tracking-signal.ts'
export { checkViews, createViews, ViewsError } from './views.ts'
export { wayBackOf } from './way-back.ts'
