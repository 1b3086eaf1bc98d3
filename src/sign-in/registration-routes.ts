import type { z } from 'zod'
import { type Company, nameIn, policyInForce, readCustomAttributes, showCustomAttributes } from '../companies/index.ts'
import { readDetails } from '../details/index.ts'
import { clientNetwork, InvalidForm, type Problems, problemsBy, type Route } from '../http/index.ts'
import { epochSeconds } from '../lib/clock.ts'
import { neededDetails, shownIn } from '../links/index.ts'
import type { SignInInteraction } from '../oidc/index.ts'
import type { Registered } from '../people/index.ts'
import { row } from './access.ts'
import { createAgeGatePages } from './age-gate.ts'
import { codeSteps } from './code-step.ts'
import type { SignInPagesDeps, StepContext } from './pages-deps.ts'
import { applicationReceives, companyReceives } from './recipients.ts'
import { filledIn } from './step-fields.ts'
import type { Steps } from './steps.ts'

const registering = filledIn({})
type Form = z.output<typeof registering>

/**
 * *Create account*: one page that is registration and link page in one (S1-a, S4-2), then a code from the mail. Nothing
 * exists before the code but a draft (T1); known and unknown addresses look alike (T19).
 */
export const registrationRoutes = (steps: Steps, deps: SignInPagesDeps): Route[] => {
  const { registration, links, trustedDevices, oidc, requireStrong, enqueuePerson } = deps
  const ageGate = createAgeGatePages(steps, deps)

  const showForm = (ctx: StepContext, interaction: SignInInteraction, more: object = {}, status = 200) => {
    const company = companyToBe(interaction)
    steps.show(
      ctx,
      interaction,
      'create',
      {
        fields: neededDetails(company).filter((field) => field !== 'email'),
        ownFields: company ? showCustomAttributes(company, {}, ctx.page.language) : [],
        companyReceives: company ? companyReceives(company) : [],
        applicationReceives: company && interaction.partner ? applicationReceives(interaction) : null,
        linksNothing: interaction.device,
        policyVersion: company ? policyInForce(company).version : '',
        ...more,
      },
      status,
    )
  }

  const begin = async (
    ctx: StepContext,
    interaction: SignInInteraction,
    { form, take }: { form: Form; take: () => Promise<void> },
  ): Promise<void> => {
    const company = companyToBe(interaction)
    const { details, problems } = readDetails(form, neededDetails(company))
    if (await ageGate.stopsEntered(ctx, interaction, details.birthDate)) return
    const own = company ? readCustomAttributes(company, form) : { values: {}, problems: {} }
    Object.assign(problems, own.problems)
    const version = company ? policyInForce(company).version : ''
    const { company: shown } = shownIn(form)
    if (company && (form.policyVersion !== version || !shown)) problems.form = { code: 'link-page-stale' }
    const { password } = form
    Object.assign(problems, shortnessOf(password, deps.config.passwordMinimum))
    if (Object.keys(problems).length > 0) throw new InvalidForm(problems)

    const email = details.email as string
    await take()
    const weak = await weaknessOf(form, requireStrong)
    if (Object.keys(weak).length > 0) throw new InvalidForm(weak)
    const handle = await registration.begin({
      details: { ...details, email },
      password,
      language: ctx.page.language,
      company: interaction.company?.name ?? nameIn(deps.config.group.operator, ctx.page.language),
      ownData: own.values,
      ...(company && shown && { agreed: { company: company.id, policyVersion: version, shown } }),
    })
    steps.keepDraft(ctx, interaction, handle)
    steps.goTo(ctx, interaction, '/create/code')
  }

  /**
   * The page was registration and link page in one. A partner application is authorised on a page of its own; its
   * company is linked there. So is a company whose policy changed while the mail was on its way, and one that has an
   * account with this very address already (U3): the link page shows what holds now. A television's code links nothing
   * (T13, T20).
   */
  const linkAgreed = async ({ company, partner, device }: SignInInteraction, made: Registered): Promise<void> => {
    if (!company || partner || device || made.agreed?.company !== company.id) return
    const { version } = policyInForce(company)
    if (made.agreed.policyVersion !== version) return
    if (await links.alreadyThere(made.person, company.id, made.address)) return
    await links.linkNewAccount(made.person, {
      company,
      actor: { kind: 'person', id: made.person },
      policyVersion: version,
      shown: made.agreed.shown,
      ownData: made.ownData,
      proven: made.address,
    })
  }

  return [
    row({
      method: 'GET',
      path: '/sign-in/:uid/create',
      right: 'who may register',
      handler: async (ctx, interaction) => {
        if (!(await ageGate.hasTried(ctx, interaction)))
          showForm(ctx, interaction, { raw: await steps.writtenBefore(ctx, interaction, registration.filledIn) })
      },
    }),
    row({
      method: 'POST',
      path: '/sign-in/:uid/create',
      right: 'who may register',
      form: registering,
      limit: 'registration-network',
      late: true,
      handler: begin,
      again: showForm,
    }),
    ...codeSteps(steps, {
      way: 'create',
      waiting: registration.waiting,
      sendAgain: registration.sendAgain,
      prove: async (ctx, interaction, handle, code) => {
        const made = await registration.complete(handle, code, { network: clientNetwork(ctx) })
        steps.dropDraft(ctx, interaction)
        await oidc.note(ctx, { proven: made.address })
        // Only who reads that mailbox gets here, and learns what the mail has said already.
        if (made.outcome === 'known') return steps.goTo(ctx, interaction, '/known')
        await linkAgreed(interaction, made)
        enqueuePerson(made.person)
        const signedIn = { kind: 'person' as const, person: made.person }
        await trustedDevices.trust(ctx, made.address, signedIn, null)
        await oidc.finish(ctx, interaction, {
          signedIn,
          credentialEpoch: made.credentialEpoch,
          provenAt: epochSeconds(),
          method: 'otp',
        })
      },
    }),
  ]
}

/** The one that an account comes to be at: a television's code opens none, it waits (T13, T20, H19). */
const companyToBe = ({ company, device }: SignInInteraction): Company | undefined => (device ? undefined : company)

type Written = Readonly<Record<string, string | undefined>>

/** What is seen of a password at a glance; the rest of it is judged last, since that costs most of all (H5). */
export const shortnessOf = (password: string, minimum: number): Problems =>
  password.length < minimum ? { password: { code: 'password-short', values: { minimum } } } : {}

/** What is wrong with the password of a form; it should not be made of the details beside it. */
export const weaknessOf = (form: Written, requireStrong: SignInPagesDeps['requireStrong']): Promise<Problems> =>
  problemsBy(() => requireStrong(form.password ?? '', personalIn(form)))

const personalIn = (form: Written): string[] =>
  ['email', 'givenName', 'familyName', 'birthDate', 'city', 'phone'].flatMap((field) => form[field] || [])
