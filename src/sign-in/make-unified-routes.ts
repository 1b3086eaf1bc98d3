import type { Account } from '../accounts/index.ts'
import { type Company, policyInForce } from '../companies/index.ts'
import type { DetailName } from '../details/index.ts'
import { clientNetwork } from '../http/index.ts'
import { epochSeconds } from '../lib/clock.ts'
import { AppError, isAppError } from '../lib/errors.ts'
import type { SignInInteraction } from '../oidc/index.ts'
import { createAgeGate } from './age-gate.ts'
import { addCodeStep } from './code-step.ts'
import type { SignInPagesDeps, StepContext, StepRouter } from './pages-deps.ts'
import { companyReceives, shownIn } from './recipients.ts'
import { always, readDetails } from './registration-routes.ts'
import { companyOf, type Steps } from './steps.ts'

interface Offer {
  /** AppError `step-is-over` (gone) when linking is offered to nobody here. */
  offeredAccount: (interaction: SignInInteraction) => Promise<Account>
  isFresh: (ctx: StepContext) => Promise<boolean>
  askAnew: (ctx: StepContext, interaction: SignInInteraction, more: Record<string, unknown>) => void
}

/** What an account lacks that a unified sign-in begins with, or its company requires. */
export const lackingIn = ({ copy }: Pick<Account, 'copy'>, { release }: Pick<Company, 'release'>): DetailName[] =>
  [...new Set([...always, ...release.requires])].filter((field) => field !== 'email' && !copy[field])

/**
 * The offer to link, for whoever has no unified sign-in yet: one click makes one of the account (U4). What it lacks, its
 * company's age and what is shared stand on the same page.
 */
export const addMakeUnified = (router: StepRouter, steps: Steps, deps: SignInPagesDeps, offer: Offer) => {
  const { makeUnified, limits, oidc } = deps
  const { offeredAccount, isFresh, askAnew } = offer
  const ageGate = createAgeGate(steps, deps)

  const showOffer = async (
    ctx: StepContext,
    interaction: SignInInteraction,
    more: Record<string, unknown> = {},
    status = 200,
  ): Promise<void> => {
    const account = await offeredAccount(interaction)
    const company = companyOf(interaction)
    const data = {
      standing: await makeUnified.standing(account),
      address: account.signIn?.address ?? '',
      lacking: lackingIn(account, company),
      choosesPassword: !interaction.strong,
      companyReceives: companyReceives(company),
      applicationReceives: null,
      policyVersion: policyInForce(company).version,
      ...more,
    }
    steps.show(ctx, interaction, 'offer', data, status)
  }

  router.post('/sign-in/:uid/offer/make', async (ctx) => {
    const interaction = await steps.interaction(ctx)
    const form = await steps.filledIn(ctx)
    const account = await offeredAccount(interaction)
    const company = companyOf(interaction)
    if (!(await isFresh(ctx))) return askAnew(ctx, interaction, { path: 'offer/fresh-make' })
    const { details, problems } = readDetails(form, lackingIn(account, company))
    if (await ageGate.stopsEntered(ctx, interaction, details.birthDate)) return
    if (ageGate.stopsKnown(ctx, interaction, account.copy.birthDate)) return
    const { password = '', policyVersion } = form
    const { company: shown } = shownIn(form)
    if (!interaction.strong && !password) problems.password = { code: 'required' }
    if (!shown) problems.form = { code: 'link-page-stale' }
    const again = (more: Record<string, unknown>, status: number) => showOffer(ctx, interaction, more, status)
    const { password: _password, ...raw } = form
    if (Object.keys(problems).length > 0) return again({ problems, raw }, 400)
    await steps.onPage(ctx, form, again, async () => {
      const chosen = interaction.strong ? undefined : password
      const asked = { account, company, details, password: chosen, policyVersion, shown: shown ?? [] }
      const made = await makeUnified.make(asked)
      if (!made) throw new AppError('conflict', 'link-page-stale', { values: { field: 'form' } })
      const { person, credentialEpoch } = made
      const signedIn = { kind: 'person' as const, person }
      await oidc.finish(ctx, interaction, { signedIn, credentialEpoch, provenAt: epochSeconds() })
    })
  })

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
