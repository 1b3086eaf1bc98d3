/**
 * The pages of one sign-in, under `/sign-in/{uid}`: who it is, what is linked, what a partner may have. They settle what
 * the provider asks and hand it back; nothing is decided here but which page comes next.
 */
import { personOf } from '../accounts/index.ts'
import { clientNetwork, mount, type Refusal, type Route, refusalOf } from '../http/index.ts'
import { isAppError } from '../lib/errors.ts'
import type { SignInInteraction } from '../oidc/index.ts'
import { createAccess, row } from './access.ts'
import { askMoreRoutes } from './ask-more-routes.ts'
import { existingRoutes } from './existing-routes.ts'
import { createHeldGate } from './held.ts'
import { linkRoutes } from './link-routes.ts'
import { makeUnifiedRoutes } from './make-unified-routes.ts'
import { offerRoutes } from './offer-routes.ts'
import type { SignInPagesDeps, StepContext } from './pages-deps.ts'
import { previewRoutes } from './preview-routes.ts'
import { recoveryRoutes } from './recovery-routes.ts'
import { registrationRoutes } from './registration-routes.ts'
import { separateRoutes } from './separate-routes.ts'
import { signInRoutes } from './sign-in-routes.ts'
import { createSteps, isAskedForMore } from './steps.ts'

export const createSignInPages = (deps: SignInPagesDeps) => {
  const steps = createSteps(deps)
  const access = createAccess(steps, deps)
  const held = createHeldGate(steps, deps)
  const signIn = signInRoutes(steps, deps)
  const link = linkRoutes(steps, deps)
  const preview = previewRoutes(steps, deps)
  const makeUnified = makeUnifiedRoutes(steps, access, deps)
  const askMore = askMoreRoutes(steps, access, deps)

  const showQuestion = async (ctx: StepContext, interaction: SignInInteraction): Promise<void> => {
    if (interaction.prompt === 'login') return signIn.showSignIn(ctx, interaction)
    if (asksToGive(interaction) && !isAskedForMore(interaction) && (await held.stops(ctx, interaction))) return
    if (interaction.prompt === 'consent') return link.showConsent(ctx, interaction)
    if (isAskedForMore(interaction)) return askMore.showMore(ctx, interaction)
    if (personOf(interaction.principal) === undefined) return makeUnified.showOffer(ctx, interaction)
    await link.showLink(ctx, interaction)
  }

  const table: Route[] = [
    row({ method: 'GET', path: '/sign-in/:uid', right: 'a sign-in', handler: showQuestion }),
    ...signIn.table,
    ...registrationRoutes(steps, deps),
    ...recoveryRoutes(steps, deps),
    ...separateRoutes(steps, deps),
    ...link.table,
    ...existingRoutes(steps, access, preview, deps),
    ...preview.table,
    ...offerRoutes(steps, access, preview, deps),
    ...makeUnified.table,
    ...askMore.table,
    /** What only answers a form has no page of its own: a reload or another language shows where one stands. */
    row({
      method: 'GET',
      path: '/sign-in/:uid/*step',
      right: 'a sign-in',
      handler: (ctx, interaction) => steps.goTo(ctx, interaction, ctx.search),
    }),
  ]
  const middleware = mount(table, {
    enter: access.enter,
    readForm: deps.http.readForm,
    keptForms: deps.http.keptForms,
    whose: access.whose,
    take: (limit, ctx) => deps.limits.consume(limit, clientNetwork(ctx)),
    refusal: refused,
  })
  return { table, middleware }
}

/** Told on the form's page: what is wrong with it, and that it was sent too often. */
const refused = (error: unknown): Refusal | undefined => {
  // Told alike at every step, with where the code is asked for (H4).
  if (isAppError(error, 'former-address-first')) return undefined
  if (!isAppError(error, 'too-many-attempts')) return refusalOf(error)
  const { code, values } = error
  return { problems: { form: { code, values } }, status: 429, retryAfter: Number(values.minutes) * 60 }
}

/** A link, or a partner's application: both give something away. The offer to a separate account is asked in its own steps. */
const asksToGive = ({ prompt, partner, principal }: SignInInteraction): boolean =>
  (prompt === 'link' && personOf(principal) !== undefined) || (prompt === 'consent' && partner !== undefined)
