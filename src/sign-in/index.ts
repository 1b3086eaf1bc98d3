/**
 * The pages of one sign-in, under `/sign-in/{uid}`: who it is, what is linked, what a partner may have. They settle what
 * the provider asks and hand it back; nothing is decided here but which page comes next.
 */
import Router from '@koa/router'
import type { DefaultState } from 'koa'
import { exactPaths, type PageExtras } from '../http/index.ts'
import type { SignInInteraction } from '../oidc/index.ts'
import { addAskMore } from './ask-more-routes.ts'
import { addExisting } from './existing-routes.ts'
import { createHeldGate } from './held.ts'
import { addLinking } from './link-routes.ts'
import type { SignInPagesDeps } from './pages-deps.ts'
import { addRecovery } from './recovery-routes.ts'
import { addRegistration } from './registration-routes.ts'
import { addSeparate } from './separate-routes.ts'
import { addSignIn } from './sign-in-routes.ts'
import { createSteps, isAskedForMore } from './steps.ts'

export const createSignInPages = (deps: SignInPagesDeps) => {
  const router = new Router<DefaultState, PageExtras>(exactPaths)
  const steps = createSteps(deps)
  const held = createHeldGate(steps, deps)
  const { showSignIn } = addSignIn(router, steps, deps)
  addRegistration(router, steps, deps)
  addRecovery(router, steps, deps)
  addSeparate(router, steps, deps)
  const { showLink, showConsent } = addLinking(router, steps, deps)
  const { showOffer } = addExisting(router, steps, deps)
  const { showMore } = addAskMore(router, steps, deps)

  router.get('/sign-in/:uid', async (ctx) => {
    const interaction = await steps.interaction(ctx)
    if (interaction.prompt === 'login') return showSignIn(ctx, interaction)
    if (asksToGive(interaction) && !isAskedForMore(interaction) && (await held.stops(ctx, interaction))) return
    if (interaction.prompt === 'consent') return showConsent(ctx, interaction)
    if (isAskedForMore(interaction)) return showMore(ctx, interaction)
    return interaction.principal?.kind === 'account' ? showOffer(ctx, interaction) : showLink(ctx, interaction)
  })

  /** What only answers a form has no page of its own: a reload or another language shows where one stands. */
  router.get('/sign-in/:uid/*step', async (ctx) => steps.goTo(ctx, await steps.interaction(ctx), ctx.search))
  return { routes: () => router.routes() }
}

/** A link, or a partner's application: both give something away. The offer to a separate account is asked in its own steps. */
const asksToGive = ({ prompt, partner, principal }: SignInInteraction): boolean =>
  (prompt === 'link' && principal?.kind === 'person') || (prompt === 'consent' && partner !== undefined)
