import { z } from 'zod'
import type { Recoverable } from '../accounts/index.ts'
import { clientNetwork, fields, type Route } from '../http/index.ts'
import { epochSeconds } from '../lib/clock.ts'
import type { SignInInteraction } from '../oidc/index.ts'
import { row } from './access.ts'
import { codeSteps } from './code-step.ts'
import type { SignInPagesDeps, StepContext } from './pages-deps.ts'
import { hintOf, type Steps } from './steps.ts'

/**
 * *Forgot password?*: address, code, new password. The same pages and the same mail for whoever asks; what the address
 * signs in is learnt by its own mailbox alone (T19). Where that is two sign-ins, it is asked which of them is meant. An
 * address that nobody has used for long is told when to come back (H15).
 */
export const recoveryRoutes = (steps: Steps, deps: SignInPagesDeps): Route[] => {
  const { recovery, trustedDevices, oidc, requireStrong, enqueue } = deps

  /** The page after the code: a new password, or from when on there can be one (H15). */
  const showPassword = async (
    ctx: StepContext,
    interaction: SignInInteraction,
    chosen: Recoverable,
    more: object = {},
    status = 200,
  ) => {
    const email = await recovery.address(steps.draftOf(ctx))
    const opens = chosen.gate.status
    const view = opens.is === 'free' ? 'new-password' : 'recovery-waits'
    const until = opens.is === 'waits' ? opens.until : null
    steps.show(ctx, interaction, view, { email, until, ...shown(chosen), ...more }, status)
  }

  const complete = async (
    ctx: StepContext,
    interaction: SignInInteraction,
    chosen: Recoverable,
    password: string,
  ): Promise<void> => {
    const handle = steps.draftOf(ctx)
    await requireStrong(
      password,
      Object.values(chosen.principal.details).filter((value) => value !== null),
    )
    const address = await recovery.address(handle)
    const { credentialEpoch, ...signedIn } = await recovery.complete(handle, chosen.which, password)
    steps.dropDraft(ctx, interaction)
    enqueue(signedIn)
    await trustedDevices.trust(ctx, address, signedIn, interaction.company?.id ?? null)
    // Nobody who has just unlinked an account is offered in the same breath to link it.
    const { isNew } = chosen
    const provenAt = epochSeconds()
    await oidc.finish(ctx, interaction, { signedIn, credentialEpoch, provenAt, method: 'otp', ...(isNew && { isNew }) })
  }

  return [
    row({
      method: 'GET',
      path: '/sign-in/:uid/recover',
      right: 'a sign-in',
      handler: async (ctx, interaction) => {
        const before = (await steps.ofDraft(ctx, recovery.waiting))?.address
        steps.show(ctx, interaction, 'recover', { address: before ?? hintOf(interaction) })
      },
    }),
    row({
      method: 'POST',
      path: '/sign-in/:uid/recover',
      right: 'a sign-in',
      form: fields.form({ email: fields.address() }),
      limit: 'code-sent-network',
      handler: async (ctx, interaction, { form: { email } }) => {
        const company = interaction.company?.id ?? null
        const knownBrowser = await trustedDevices.isTrusted(ctx, email, company)
        const handle = await recovery.begin({ email, company, language: ctx.page.language, knownBrowser })
        steps.keepDraft(ctx, interaction, handle)
        steps.goTo(ctx, interaction, '/recover/code')
      },
      again: (ctx, interaction, more, status) =>
        steps.show(ctx, interaction, 'recover', { address: '', ...more }, status),
    }),

    ...codeSteps(steps, {
      way: 'recover',
      waiting: recovery.waiting,
      sendAgain: recovery.sendAgain,
      prove: async (ctx, interaction, handle, code) => {
        const [first, second] = await recovery.prove(handle, code, { network: clientNetwork(ctx) })
        await oidc.note(ctx, { proven: await recovery.address(handle) })
        if (!first) {
          steps.dropDraft(ctx, interaction)
          return steps.goTo(ctx, interaction, '/recover/nobody')
        }
        if (second) return steps.goTo(ctx, interaction, '/recover/which')
        await recovery.wait(handle, first.which)
        steps.goTo(ctx, interaction, passwordPage(first.which))
      },
    }),

    row({
      method: 'GET',
      path: '/sign-in/:uid/recover/nobody',
      right: 'a sign-in',
      handler: (ctx, interaction) => steps.show(ctx, interaction, 'nobody'),
    }),
    row({
      method: 'GET',
      path: '/sign-in/:uid/recover/which',
      right: 'a sign-in',
      handler: async (ctx, interaction) => {
        const found = await recovery.proven(steps.draftOf(ctx))
        steps.show(ctx, interaction, 'which-password', { choices: found.map(shown) })
      },
    }),
    row({
      method: 'POST',
      path: '/sign-in/:uid/recover/wait',
      right: 'a sign-in',
      form: fields.form({ which: fields.text(30) }),
      handler: async (ctx, interaction, { form: { which } }) => {
        await recovery.wait(steps.draftOf(ctx), which)
        steps.goTo(ctx, interaction, passwordPage(which))
      },
    }),
    row({
      method: 'GET',
      path: '/sign-in/:uid/recover/password',
      right: 'a sign-in',
      query: z.object({ which: fields.word(30) }),
      handler: async (ctx, interaction, { query: { which } }) =>
        showPassword(ctx, interaction, await recovery.chosen(steps.draftOf(ctx), which)),
    }),
    row({
      method: 'POST',
      path: '/sign-in/:uid/recover/password',
      right: 'a sign-in',
      form: fields.form({ which: fields.maybe(30), password: fields.password() }),
      handler: async (ctx, interaction, { form: { which, password } }) => {
        const chosen = await recovery.chosen(steps.draftOf(ctx), which)
        if (chosen.gate.status.is !== 'free') return steps.goTo(ctx, interaction, passwordPage(which))
        await complete(ctx, interaction, chosen, password)
      },
      again: async (ctx, interaction, { raw, ...more }, status) =>
        showPassword(ctx, interaction, await recovery.chosen(steps.draftOf(ctx), raw.which), { raw, ...more }, status),
      page: ({ raw, sentTo }) => `${sentTo.slice(0, -'/recover/password'.length)}${passwordPage(raw.which)}`,
    }),
  ]
}

const passwordPage = (which = '') => `/recover/password?which=${encodeURIComponent(which)}`

/** As the page names it: a sign-in that is new is told from one that gets another password. */
const shown = (chosen: Recoverable) => ({
  which: chosen.which,
  means: chosen.isNew ? 'left' : chosen.which,
})
