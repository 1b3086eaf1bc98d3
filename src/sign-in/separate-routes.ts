import type { z } from 'zod'
import { asAccount, asPerson } from '../accounts/index.ts'
import { readCustomAttributes } from '../companies/index.ts'
import { type DetailName, isFilledIn, readDetails } from '../details/index.ts'
import { clientNetwork, InvalidForm, type Route } from '../http/index.ts'
import { epochSeconds } from '../lib/clock.ts'
import type { SignInInteraction } from '../oidc/index.ts'
import { row } from './access.ts'
import { createAgeGatePages } from './age-gate.ts'
import { codeSteps } from './code-step.ts'
import { neededFields } from './link-routes.ts'
import type { SignInPagesDeps, StepContext } from './pages-deps.ts'
import { shortnessOf, weaknessOf } from './registration-routes.ts'
import { filledIn } from './step-fields.ts'
import { companyOf, linkingPerson, type Steps } from './steps.ts'

const keepingApart = filledIn({})
type Form = z.output<typeof keepingApart>

/**
 * *Keep separate*: an account at this company alone, with a sign-in of its own; nothing that the unified sign-in knows
 * goes into it (S4-1). It puts the unified sign-in aside in this browser, and says so.
 */
export const separateRoutes = (steps: Steps, deps: SignInPagesDeps): Route[] => {
  const { readPrincipal, separateLogins, trustedDevices, oidc, requireStrong, enqueueAccount } = deps
  const ageGate = createAgeGatePages(steps, deps)

  /**
   * Keeping apart costs no more than linking: an address and a password. What the company would need besides is theirs to
   * give, but a birth date that nobody knows: the age is judged by the one they gave, which goes nowhere (S11).
   */
  const askedOf = async (interaction: SignInInteraction) => {
    const known = (await readPrincipal(asPerson(linkingPerson(interaction))))?.details.birthDate
    const fields = companyOf(interaction).release.requires.filter((field) => field !== 'email')
    const required: DetailName[] = known ? [] : fields.filter((field) => field === 'birthDate')
    return { fields, required, known }
  }

  const showForm = async (ctx: StepContext, interaction: SignInInteraction, more: object = {}, status = 200) => {
    const { fields, required } = await askedOf(interaction)
    const ownFields = neededFields(companyOf(interaction), ctx.page.language)
    steps.show(ctx, interaction, 'separate', { fields, required, ownFields, ...more }, status)
  }

  const begin = async (
    ctx: StepContext,
    interaction: SignInInteraction,
    { form, take }: { form: Form; take: () => Promise<void> },
  ): Promise<void> => {
    const company = companyOf(interaction)
    const { fields, required, known } = await askedOf(interaction)
    const given = fields.filter((field) => required.includes(field) || isFilledIn(form, field))
    const { details, problems } = readDetails(form, ['email', ...given])
    if (await ageGate.stopsEntered(ctx, interaction, details.birthDate)) return
    if (await ageGate.stopsKnown(ctx, interaction, known)) return
    const own = readCustomAttributes(company, form)
    Object.assign(problems, own.problems, shortnessOf(form.password, deps.config.passwordMinimum))
    if (Object.keys(problems).length > 0) throw new InvalidForm(problems)

    const email = details.email as string
    await take()
    const weak = await weaknessOf(form, requireStrong)
    if (Object.keys(weak).length > 0) throw new InvalidForm(weak)
    const handle = await separateLogins.beginSeparate({
      company: company.id,
      companyName: company.name,
      details: { ...details, email },
      ownData: own.values,
      password: form.password,
      language: ctx.page.language,
    })
    steps.keepDraft(ctx, interaction, handle)
    steps.goTo(ctx, interaction, '/separate/code')
  }

  return [
    row({
      method: 'GET',
      path: '/sign-in/:uid/separate',
      right: 'a sign-in',
      handler: async (ctx, interaction) => {
        if (await ageGate.hasTried(ctx, interaction)) return
        await showForm(ctx, interaction, { raw: await steps.writtenBefore(ctx, interaction, separateLogins.filledIn) })
      },
    }),
    row({
      method: 'POST',
      path: '/sign-in/:uid/separate',
      right: 'a sign-in',
      form: keepingApart,
      limit: 'code-sent-network',
      late: true,
      handler: begin,
      again: showForm,
    }),
    ...codeSteps(steps, {
      way: 'separate',
      waiting: separateLogins.waiting,
      sendAgain: separateLogins.sendAgain,
      prove: async (ctx, interaction, handle, code) => {
        const made = await separateLogins.complete(handle, code, { network: clientNetwork(ctx) })
        steps.dropDraft(ctx, interaction)
        enqueueAccount(made.account)
        if (made.outcome === 'known') {
          await oidc.note(ctx, { proven: made.address })
          return steps.goTo(ctx, interaction, '/known')
        }
        const signedIn = asAccount(made.account)
        await trustedDevices.trust(ctx, made.address, signedIn, companyOf(interaction).id)
        await oidc.finish(ctx, interaction, {
          signedIn,
          credentialEpoch: made.credentialEpoch,
          provenAt: epochSeconds(),
          method: 'otp',
          isNew: true,
        })
      },
    }),
  ]
}
