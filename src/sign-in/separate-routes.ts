import { readCustomAttributes } from '../companies/index.ts'
import { type DetailName, readDetails } from '../details/index.ts'
import { clientNetwork } from '../http/index.ts'
import { epochSeconds } from '../lib/clock.ts'
import type { SignInInteraction } from '../oidc/index.ts'
import { detailsOf } from '../people/index.ts'
import { createAgeGatePages } from './age-gate.ts'
import { addCodeStep } from './code-step.ts'
import { neededFields } from './link-routes.ts'
import type { SignInPagesDeps, StepContext, StepRouter } from './pages-deps.ts'
import { weaknessOf } from './registration-routes.ts'
import { companyOf, linkingPerson, type Steps } from './steps.ts'

/**
 * *Keep separate*: an account at this company alone, with a sign-in of its own; nothing that the unified sign-in knows
 * goes into it (S4-1). It puts the unified sign-in aside in this browser, and says so.
 */
export const addSeparate = (router: StepRouter, steps: Steps, deps: SignInPagesDeps): void => {
  const { people, separateLogins, limits, trustedDevices, oidc, requireStrong, enqueueAccount } = deps
  const ageGate = createAgeGatePages(steps, deps)

  /**
   * Keeping apart costs no more than linking: an address and a password. What the company would need besides is theirs to
   * give, but a birth date that nobody knows: the age is judged by the one they gave, which goes nowhere (S11).
   */
  const askedOf = async (interaction: SignInInteraction) => {
    const person = await people.get(linkingPerson(interaction))
    const known = person ? detailsOf(person).birthDate : undefined
    const fields = companyOf(interaction).release.requires.filter((field) => field !== 'email')
    const required: DetailName[] = known ? [] : fields.filter((field) => field === 'birthDate')
    return { fields, required, known }
  }

  const showForm = async (
    ctx: StepContext,
    interaction: SignInInteraction,
    more: Record<string, unknown> = {},
    status = 200,
  ) => {
    const { fields, required } = await askedOf(interaction)
    const ownFields = neededFields(companyOf(interaction), ctx.page.language)
    steps.show(ctx, interaction, 'separate', { fields, required, ownFields, ...more }, status)
  }

  router.get('/sign-in/:uid/separate', async (ctx) => {
    const interaction = await steps.interaction(ctx)
    if (await ageGate.hasTried(ctx, interaction)) return
    await showForm(ctx, interaction, { raw: await steps.writtenBefore(ctx, separateLogins.filledIn) })
  })

  router.post('/sign-in/:uid/separate', async (ctx) => {
    const interaction = await steps.interaction(ctx)
    const form = await steps.filledIn(ctx)
    const company = companyOf(interaction)
    const { fields, required, known } = await askedOf(interaction)
    const given = fields.filter((field) => required.includes(field) || form[field]?.trim())
    const { details, problems } = readDetails(form, ['email', ...given])
    if (await ageGate.stopsEntered(ctx, interaction, details.birthDate)) return
    if (ageGate.stopsKnown(ctx, interaction, known)) return
    const own = readCustomAttributes(company, form)
    Object.assign(problems, own.problems)
    const { password = '', ...raw } = form
    if (Object.keys(problems).length > 0) return showForm(ctx, interaction, { problems, raw }, 400)

    await steps.onPage(
      ctx,
      form,
      (more, status) => showForm(ctx, interaction, more, status),
      async () => {
        const email = details.email as string
        await limits.consume('code-sent-network', clientNetwork(ctx))
        const weak = await weaknessOf(form, requireStrong)
        if (Object.keys(weak).length > 0) return showForm(ctx, interaction, { problems: weak, raw }, 400)
        const handle = await separateLogins.beginSeparate({
          company: company.id,
          companyName: company.name,
          details: { ...details, email },
          ownData: own.values,
          password,
          language: ctx.page.language,
        })
        steps.keepDraft(ctx, interaction, handle)
        steps.goTo(ctx, interaction, '/separate/code')
      },
    )
  })

  addCodeStep(router, steps, deps, {
    way: 'separate',
    waiting: separateLogins.waiting,
    sendAgain: separateLogins.sendAgain,
    authentication: async (ctx, interaction, handle, code) => {
      const made = await separateLogins.complete(handle, code, { network: clientNetwork(ctx) })
      steps.dropDraft(ctx, interaction)
      enqueueAccount(made.account)
      if (made.outcome === 'known') return steps.show(ctx, interaction, 'known', { email: made.address })
      const signedIn = { kind: 'account' as const, account: made.account }
      await trustedDevices.trust(ctx, made.address, signedIn, companyOf(interaction).id)
      await oidc.finish(ctx, interaction, {
        signedIn,
        credentialEpoch: made.credentialEpoch,
        provenAt: epochSeconds(),
        isNew: true,
      })
    },
  })
}
