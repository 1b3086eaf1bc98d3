import { normalizeEmail } from '../../details/index.ts'
import { networkOf } from '../../http/index.ts'
import { epochSeconds } from '../../lib/clock.ts'
import { AppError } from '../../lib/errors.ts'
import { detailsOf } from '../../people/index.ts'
import type { SignInInteraction } from '../oidc.ts'
import { addCodeStep } from './code-step.ts'
import type { SignInPagesDeps, StepContext, StepRouter } from './pages-deps.ts'
import type { Steps } from './steps.ts'

/**
 * *Forgot password?*: address, code, new password. The same pages and the same mail for whoever asks; what the address
 * signs in is learnt by its own mailbox alone (T19). For a company's separate account it sets that account's password.
 */
export const addRecovery = (router: StepRouter, steps: Steps, deps: SignInPagesDeps): void => {
  const { credentials, ownSignIns, limits, devices, oidc, requireStrong } = deps

  const showPassword = async (
    ctx: StepContext,
    interaction: SignInInteraction,
    more: Record<string, unknown> = {},
    status = 200,
  ) => {
    const email = await steps.ofDraft(ctx, credentials.recoveryAddress)
    steps.show(ctx, interaction, 'new-password', { email, ...more }, status)
  }

  router.get('/sign-in/:uid/recover', async (ctx) => {
    const { login_hint: hint } = (await steps.interaction(ctx)).params
    steps.show(ctx, await steps.interaction(ctx), 'recover', { address: typeof hint === 'string' ? hint : '' })
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
        await limits.take('code-sent-network', networkOf(ctx))
        const knownBrowser = devices.isKnown(ctx, email)
        await limits.take(knownBrowser ? 'code-sent-device' : 'code-sent-address', email)
        const handle = await credentials.beginRecovery(email, ctx.page.language, knownBrowser)
        steps.keepDraft(ctx, interaction, handle)
        steps.goTo(ctx, interaction, '/recover/code')
      },
    )
  })

  addCodeStep(router, steps, deps, {
    way: 'recover',
    sentTo: credentials.recoveryAddress,
    sendAgain: credentials.sendRecoveryAgain,
    prove: async (ctx, interaction, handle, code) => {
      const isUnified = await credentials.proveRecovery(handle, code)
      const isOwn = !isUnified && (await ownSignIns.recovering(handle, interaction.company?.id)) !== undefined
      if (isUnified || isOwn) return steps.goTo(ctx, interaction, '/recover/password')
      steps.show(ctx, interaction, 'nobody')
    },
  })

  const recovered = async (interaction: SignInInteraction, handle: string) => {
    const person = await credentials.recovering(handle)
    const account = person ? undefined : await ownSignIns.recovering(handle, interaction.company?.id)
    if (!person && !account) throw new AppError('gone', 'code-expired')
    return { person, account }
  }

  router.get('/sign-in/:uid/recover/password', async (ctx) => {
    const interaction = await steps.interaction(ctx)
    await recovered(interaction, steps.draftOf(ctx))
    await showPassword(ctx, interaction)
  })

  router.post('/sign-in/:uid/recover/password', async (ctx) => {
    const interaction = await steps.interaction(ctx)
    const form = await steps.filledIn(ctx)
    const handle = steps.draftOf(ctx)
    await steps.onPage(
      ctx,
      form,
      (more, status) => showPassword(ctx, interaction, more, status),
      async () => {
        const { password = '' } = form
        const { person, account } = await recovered(interaction, handle)
        const known = person ? detailsOf(person) : account?.copy
        await requireStrong(
          password,
          Object.values(known ?? {}).filter((value) => value !== null),
        )
        const address = await credentials.recoveryAddress(handle)
        const signedIn = person
          ? { kind: 'person' as const, person: await credentials.completeRecovery(handle, password) }
          : {
              kind: 'account' as const,
              account: await ownSignIns.completeRecovery(handle, interaction.company?.id, password),
            }
        devices.remember(ctx, address)
        await oidc.finish(ctx, interaction, { signedIn, provenAt: epochSeconds() })
      },
    )
  })
}
