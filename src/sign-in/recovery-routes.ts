import type { Recoverable } from '../accounts/index.ts'
import { normalizeEmail } from '../details/index.ts'
import { clientNetwork } from '../http/index.ts'
import { epochSeconds } from '../lib/clock.ts'
import type { SignInInteraction } from '../oidc/index.ts'
import { addCodeStep } from './code-step.ts'
import type { SignInPagesDeps, StepContext, StepRouter } from './pages-deps.ts'
import type { Steps } from './steps.ts'

/**
 * *Forgot password?*: address, code, new password. The same pages and the same mail for whoever asks; what the address
 * signs in is learnt by its own mailbox alone (T19). Where that is two sign-ins, it is asked which of them is meant. An
 * address that nobody has used for long is told when to come back (H15).
 */
export const addRecovery = (router: StepRouter, steps: Steps, deps: SignInPagesDeps): void => {
  const { recovery, limits, trustedDevices, oidc, requireStrong, enqueueAccount } = deps

  /** The page after the code: a new password, or from when on there can be one (H15). */
  const showPassword = async (
    ctx: StepContext,
    interaction: SignInInteraction,
    chosen: Recoverable,
    more: Record<string, unknown> = {},
    status = 200,
  ) => {
    const email = await recovery.address(steps.draftOf(ctx))
    const { standing } = chosen.gate
    const view = standing.is === 'free' ? 'new-password' : 'recovery-waits'
    const until = standing.is === 'waits' ? standing.until : null
    steps.show(ctx, interaction, view, { email, until, ...shown(chosen), ...more }, status)
  }

  router.get('/sign-in/:uid/recover', async (ctx) => {
    const interaction = await steps.interaction(ctx)
    const { login_hint: hint } = interaction.params
    const before = (await steps.ofDraft(ctx, recovery.waiting))?.address
    steps.show(ctx, interaction, 'recover', { address: before ?? (typeof hint === 'string' ? hint : '') })
  })

  router.post('/sign-in/:uid/recover', async (ctx) => {
    const interaction = await steps.interaction(ctx)
    const form = await steps.filledIn(ctx)
    await steps.onPage(
      ctx,
      form,
      (more, status) => steps.show(ctx, interaction, 'recover', { address: '', ...more }, status),
      async () => {
        const email = normalizeEmail((form.email ?? '').trim())
        await limits.consume('code-sent-network', clientNetwork(ctx))
        const company = interaction.company?.id ?? null
        const knownBrowser = await trustedDevices.isTrusted(ctx, email, company)
        const handle = await recovery.begin({ email, company, language: ctx.page.language, knownBrowser })
        steps.keepDraft(ctx, interaction, handle)
        steps.goTo(ctx, interaction, '/recover/code')
      },
    )
  })

  addCodeStep(router, steps, deps, {
    way: 'recover',
    waiting: recovery.waiting,
    sendAgain: recovery.sendAgain,
    authentication: async (ctx, interaction, handle, code) => {
      const [first, second] = await recovery.authentication(handle, code, { network: clientNetwork(ctx) })
      await oidc.note(ctx, { proven: await recovery.address(handle) })
      if (!first) {
        steps.dropDraft(ctx, interaction)
        return steps.show(ctx, interaction, 'nobody')
      }
      if (second) return steps.goTo(ctx, interaction, '/recover/which')
      await recovery.wait(handle, first.which)
      steps.goTo(ctx, interaction, `/recover/password?which=${first.which}`)
    },
  })

  router.get('/sign-in/:uid/recover/which', async (ctx) => {
    const interaction = await steps.interaction(ctx)
    const found = await recovery.proven(steps.draftOf(ctx))
    steps.show(ctx, interaction, 'which-password', { choices: found.map(shown) })
  })

  router.post('/sign-in/:uid/recover/wait', async (ctx) => {
    const interaction = await steps.interaction(ctx)
    const { which = '' } = await steps.filledIn(ctx)
    await recovery.wait(steps.draftOf(ctx), which)
    steps.goTo(ctx, interaction, `/recover/password?which=${encodeURIComponent(which)}`)
  })

  router.get('/sign-in/:uid/recover/password', async (ctx) => {
    const interaction = await steps.interaction(ctx)
    await showPassword(ctx, interaction, await recovery.chosen(steps.draftOf(ctx), ctx.query.which))
  })

  router.post('/sign-in/:uid/recover/password', async (ctx) => {
    const interaction = await steps.interaction(ctx)
    const form = await steps.filledIn(ctx)
    const handle = steps.draftOf(ctx)
    const chosen = await recovery.chosen(handle, form.which)
    if (chosen.gate.standing.is !== 'free') return showPassword(ctx, interaction, chosen, {}, 409)
    await steps.onPage(
      ctx,
      form,
      (more, status) => showPassword(ctx, interaction, chosen, more, status),
      async () => {
        const { password = '' } = form
        await requireStrong(
          password,
          Object.values(chosen.principal.details).filter((value) => value !== null),
        )
        const address = await recovery.address(handle)
        const { credentialEpoch, ...signedIn } = await recovery.complete(handle, chosen.which, password)
        steps.dropDraft(ctx, interaction)
        if (signedIn.kind === 'account') enqueueAccount(signedIn.account)
        await trustedDevices.trust(ctx, address, signedIn, interaction.company?.id ?? null)
        // Nobody who has just unlinked an account is offered in the same breath to link it.
        const { isNew } = chosen
        const provenAt = epochSeconds()
        await oidc.finish(ctx, interaction, { signedIn, credentialEpoch, provenAt, ...(isNew && { isNew }) })
      },
    )
  })
}

/** As the page names it: a sign-in that is new is told from one that gets another password. */
const shown = (chosen: Recoverable) => ({
  which: chosen.which,
  means: chosen.isNew ? 'left' : chosen.which,
})
