import type { Account } from '../accounts/index.ts'
import { clientNetwork } from '../http/index.ts'
import { epochSeconds } from '../lib/clock.ts'
import { isAppError } from '../lib/errors.ts'
import type { SignInInteraction } from '../oidc/index.ts'
import type { PersonId } from '../people/index.ts'
import { createAgeGatePages } from './age-gate.ts'
import { addCodeStep } from './code-step.ts'
import type { SignInPagesDeps, StepContext, StepRouter } from './pages-deps.ts'
import { companyOf, type Steps } from './steps.ts'

interface Offer {
  /** AppError `step-is-over` (gone) when linking is offered to nobody here. */
  offeredAccount: (interaction: SignInInteraction) => Promise<Account>
  isFresh: (ctx: StepContext) => Promise<boolean>
  askAnew: (ctx: StepContext, interaction: SignInInteraction, more: Record<string, unknown>) => void
}

/**
 * The offer to link, for whoever has no unified sign-in yet: one click makes one of the account (U4). What it lacks, its
 * company's age and what is shared stand on the same page.
 */
export const addMakeUnified = (router: StepRouter, steps: Steps, deps: SignInPagesDeps, offer: Offer) => {
  const { makeUnified, unifiedOffer, limits, oidc, trustedDevices } = deps
  const { offeredAccount, isFresh, askAnew } = offer
  const ageGate = createAgeGatePages(steps, deps)

  const showOffer = async (
    ctx: StepContext,
    interaction: SignInInteraction,
    more: Record<string, unknown> = {},
    status = 200,
  ): Promise<void> => {
    const account = await offeredAccount(interaction)
    const offer = await unifiedOffer.shown(account, companyOf(interaction))
    const { companyReceives } = offer
    const data = { offer, companyReceives, choosesPassword: !interaction.strong, applicationReceives: null, ...more }
    steps.show(ctx, interaction, 'offer', data, status)
  }

  router.post('/sign-in/:uid/offer/make', async (ctx) => {
    const interaction = await steps.interaction(ctx)
    const form = await steps.filledIn(ctx)
    const account = await offeredAccount(interaction)
    const company = companyOf(interaction)
    if (!(await isFresh(ctx))) return askAnew(ctx, interaction, { path: 'offer/fresh-make' })
    const again = (more: Record<string, unknown>, status: number) => showOffer(ctx, interaction, more, status)
    await steps.onPage(ctx, form, again, async () => {
      const { password: typed = '', ...raw } = form
      const password = interaction.strong ? undefined : typed
      const outcome = await unifiedOffer.accept({ account, company, form, password, browser: ctx.page.browser })
      if ('tooYoung' in outcome) ageGate.turnAway(ctx, interaction)
      else if ('problems' in outcome) await again({ problems: outcome.problems, raw }, 400)
      else await goOnAs(ctx, interaction, account, outcome.made)
    })
  })

  /** The account's own sign-in has ended by it: the unified one takes over in this browser. */
  const goOnAs = async (
    ctx: StepContext,
    interaction: SignInInteraction,
    { signIn }: Account,
    { person, credentialEpoch }: { person: PersonId; credentialEpoch: number },
  ): Promise<void> => {
    const signedIn = { kind: 'person' as const, person }
    await trustedDevices.trust(ctx, signIn?.address ?? '', { ...signedIn, epoch: credentialEpoch }, null)
    await oidc.finish(ctx, interaction, { signedIn, credentialEpoch, provenAt: epochSeconds() })
  }

  // --- an address that was proven too long ago, or never here, is proven first (T10)

  router.post('/sign-in/:uid/offer/address', async (ctx) => {
    const interaction = await steps.interaction(ctx)
    const form = await steps.filledIn(ctx)
    const account = await offeredAccount(interaction)
    if (!(await isFresh(ctx))) return askAnew(ctx, interaction, { path: 'offer/fresh-make' })
    const again = (more: Record<string, unknown>, status: number) => showOffer(ctx, interaction, more, status)
    await steps.onPage(ctx, form, again, async () => {
      await limits.consume('code-sent-network', clientNetwork(ctx))
      steps.keepDraft(ctx, interaction, await makeUnified.beginAddress(account, companyOf(interaction)))
      steps.goTo(ctx, interaction, '/address/code')
    })
  })

  addCodeStep(router, steps, deps, {
    way: 'address',
    waiting: makeUnified.waiting,
    sendAgain: makeUnified.sendAgain,
    authentication: async (ctx, interaction, handle, code) => {
      const account = await offeredAccount(interaction)
      await makeUnified.proveAddress(account._id, handle, code, { network: clientNetwork(ctx) })
      steps.goTo(ctx, interaction)
    },
  })

  return { showOffer }
}

/** Whether today's rules take a password that was just typed: asked of what is kept, never a reason to refuse it. */
export const isStrong = async (
  password: string,
  { copy }: Pick<Account, 'copy'>,
  requireStrong: SignInPagesDeps['requireStrong'],
): Promise<boolean> => {
  try {
    await requireStrong(
      password,
      Object.values(copy).filter((value) => value !== null),
    )
    return true
  } catch (error) {
    if (!isAppError(error)) throw error
    return false
  }
}
