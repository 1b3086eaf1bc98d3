import type { z } from 'zod'
import { type Account, asAccount, asPerson } from '../accounts/index.ts'
import type { Details } from '../details/index.ts'
import { clientNetwork, fields, InvalidForm, type Route } from '../http/index.ts'
import { epochSeconds } from '../lib/clock.ts'
import { isAppError } from '../lib/errors.ts'
import type { SignInInteraction } from '../oidc/index.ts'
import type { PersonId } from '../people/index.ts'
import { type Access, type Offered, row } from './access.ts'
import { createAgeGatePages } from './age-gate.ts'
import { codeSteps } from './code-step.ts'
import type { SignInPagesDeps, StepContext } from './pages-deps.ts'
import { createProveAnew, passwordAlone } from './prove-anew.ts'
import { filledIn } from './step-fields.ts'
import { companyOf, type Steps } from './steps.ts'

const made = filledIn({})

/**
 * The offer to link, for whoever has no unified sign-in yet: one click makes one of the account (U4). What it lacks, its
 * company's age and what is shared stand on the same page.
 */
export const makeUnifiedRoutes = (steps: Steps, access: Access, deps: SignInPagesDeps) => {
  const { makeUnified, unifiedOffer, oidc, trustedDevices } = deps
  const proveAnew = createProveAnew(deps)
  const ageGate = createAgeGatePages(steps, deps)

  const showOffer = async (
    ctx: StepContext,
    interaction: SignInInteraction,
    more: object = {},
    status = 200,
  ): Promise<void> => {
    const account = await access.offeredAccount(interaction)
    const offer = await unifiedOffer.shown(account, companyOf(interaction))
    const { companyReceives } = offer
    const data = { offer, companyReceives, choosesPassword: !interaction.strong, applicationReceives: null, ...more }
    steps.show(ctx, interaction, 'offer', { livesIn: account.copy.country ?? undefined, ...data }, status)
  }

  const make = async (
    ctx: StepContext,
    { interaction, account }: Offered,
    { form }: { form: z.output<typeof made> },
  ): Promise<void> => {
    const password = interaction.strong ? undefined : form.password
    const company = companyOf(interaction)
    const outcome = await unifiedOffer.accept({ account, company, form, password, browser: ctx.page.browser })
    if ('tooYoung' in outcome) await ageGate.turnAway(ctx, interaction)
    else if ('problems' in outcome) throw new InvalidForm(outcome.problems)
    else await goOnAs(ctx, interaction, account, outcome.made)
  }

  /** The account's own sign-in has ended by it: the unified one takes over in this browser. */
  const goOnAs = async (
    ctx: StepContext,
    interaction: SignInInteraction,
    { signIn }: Account,
    { person, credentialEpoch }: { person: PersonId; credentialEpoch: number },
  ): Promise<void> => {
    const signedIn = asPerson(person)
    await trustedDevices.trust(ctx, signIn?.address ?? '', { ...signedIn, epoch: credentialEpoch }, null)
    await oidc.finish(ctx, interaction, { signedIn, credentialEpoch, provenAt: epochSeconds() })
  }

  const again = (ctx: StepContext, { interaction }: Offered, more: object, status: number) =>
    showOffer(ctx, interaction, more, status)

  const table: Route[] = [
    row({
      method: 'GET',
      path: '/sign-in/:uid/offer/fresh-make',
      right: 'who is offered to link',
      handler: (ctx, { interaction }) => access.askAnew(ctx, interaction, 'offer/fresh-make'),
    }),
    row({
      method: 'POST',
      path: '/sign-in/:uid/offer/fresh-make',
      right: 'who is offered to link',
      form: passwordAlone,
      handler: async (ctx, { interaction, account }, { form: { password } }) => {
        await proveAnew(ctx, asAccount(account._id), password)
        steps.goTo(ctx, interaction)
      },
      again: (ctx, { interaction }, more, status) => access.askAnew(ctx, interaction, 'offer/fresh-make', more, status),
    }),
    row({
      method: 'POST',
      path: '/sign-in/:uid/offer/make',
      right: 'who is offered a unified sign-in, proven anew',
      form: made,
      handler: make,
      again,
    }),

    // --- an address that was proven too long ago, or never here, is proven first (T10)

    row({
      method: 'POST',
      path: '/sign-in/:uid/offer/address',
      right: 'who is offered a unified sign-in, proven anew',
      form: fields.form({}),
      limit: 'code-sent-network',
      handler: async (ctx, { interaction, account }) => {
        const handle = await makeUnified.beginAddress(account, companyOf(interaction), ctx.page.language)
        steps.keepDraft(ctx, interaction, handle)
        steps.goTo(ctx, interaction, '/address/code')
      },
      again,
    }),
    ...codeSteps(steps, {
      way: 'address',
      waiting: makeUnified.waiting,
      sendAgain: makeUnified.sendAgain,
      prove: async (ctx, interaction, handle, code) => {
        const account = await access.offeredAccount(interaction)
        await makeUnified.proveAddress(account._id, handle, code, { network: clientNetwork(ctx) })
        steps.goTo(ctx, interaction)
      },
    }),
  ]
  return { table, showOffer }
}

/** Whether today's rules take a password that was just typed: asked of what is kept, never a reason to refuse it. */
export const isStrong = async (
  password: string,
  details: Details,
  requireStrong: SignInPagesDeps['requireStrong'],
): Promise<boolean> => {
  try {
    await requireStrong(
      password,
      Object.values(details).filter((value) => value !== null),
    )
    return true
  } catch (error) {
    if (!isAppError(error)) throw error
    return false
  }
}
