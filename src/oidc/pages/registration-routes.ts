import { type Company, policyInForce, readOwnFields } from '../../companies/index.ts'
import { type DetailName, type Details, detailsOfClaims, normalizeDetail } from '../../details/index.ts'
import { networkOf, type Problems, problemsOf } from '../../http/index.ts'
import { epochSeconds, now } from '../../lib/clock.ts'
import { isAppError } from '../../lib/errors.ts'
import { isUnderAge } from '../../people/index.ts'
import { showOwnFields } from '../../portal/present-services.ts'
import type { SignInInteraction } from '../oidc.ts'
import type { SignInPagesDeps, StepContext, StepRouter } from './pages-deps.ts'
import type { Filled, Steps } from './steps.ts'

/** What every unified sign-in begins with; a company may require more for its own account. */
const always: DetailName[] = ['email', 'givenName', 'familyName', 'birthDate', 'country']
const leastAge = 16

/**
 * *Create account*: one page that is registration and link page in one (S1-a, S4-2), then a code from the mail. Nothing
 * exists before the code but a draft (T1); known and unknown addresses look alike (T19).
 */
export const addRegistration = (router: StepRouter, steps: Steps, deps: SignInPagesDeps): void => {
  const { registration, links, limits, devices, oidc, requireStrong, wakePerson } = deps

  const showForm = (
    ctx: StepContext,
    interaction: SignInInteraction,
    more: Record<string, unknown> = {},
    status = 200,
  ) => {
    const { company } = interaction
    steps.show(
      ctx,
      interaction,
      'create',
      {
        fields: fieldsFor(company).filter((field) => field !== 'email'),
        ownFields: company ? showOwnFields(company, {}, ctx.page.language) : [],
        receives: company ? detailsOfClaims(company.release.receives) : [],
        policyVersion: company ? policyInForce(company).version : '',
        ...more,
      },
      status,
    )
  }

  const tooYoung = async (ctx: StepContext, interaction: SignInInteraction) =>
    steps.show(ctx, interaction, 'too-young', { age: interaction.company?.minimumAge ?? leastAge }, 403)

  router.get('/sign-in/:uid/create', async (ctx) => {
    const interaction = await steps.interaction(ctx)
    if (await limits.isReached('under-age-browser', ctx.page.browser)) return tooYoung(ctx, interaction)
    showForm(ctx, interaction)
  })

  router.post('/sign-in/:uid/create', async (ctx) => {
    const interaction = await steps.interaction(ctx)
    const form = await steps.filledIn(ctx)
    const { company } = interaction
    if (await limits.isReached('under-age-browser', ctx.page.browser)) return tooYoung(ctx, interaction)

    const { details, problems } = readDetails(form, fieldsFor(company))
    const birthDate = details.birthDate
    if (birthDate && isUnderAge(birthDate, company?.minimumAge ?? leastAge, now())) {
      // Nothing of it is kept but that this browser has tried (S11).
      await limits.take('under-age-browser', ctx.page.browser).catch(ignoreLimit)
      return tooYoung(ctx, interaction)
    }
    const own = company ? readOwnFields(company, form) : { values: {}, problems: {} }
    Object.assign(problems, own.problems)
    const { password = '', ...raw } = form
    try {
      await requireStrong(password, personalIn(form))
    } catch (error) {
      const found = problemsOf(error)
      if (!found) throw error
      Object.assign(problems, found)
    }
    if (Object.keys(problems).length > 0) return showForm(ctx, interaction, { problems, raw }, 400)

    const email = details.email as string
    await limits.take('registration-network', networkOf(ctx))
    await limits.take('code-sent-address', email)
    const handle = await registration.begin({
      details: { ...details, email },
      password,
      language: ctx.page.language,
      company: company?.name ?? deps.config.group.operator.name,
      ownData: own.values,
    })
    steps.keepDraft(ctx, interaction, handle)
    ctx.redirect(`${steps.baseOf(interaction)}/create/code`)
    ctx.status = 303
  })

  const showCode = (
    ctx: StepContext,
    interaction: SignInInteraction,
    more: Record<string, unknown> = {},
    status = 200,
  ) => steps.show(ctx, interaction, 'code', { action: 'create/code', again: 'create/send-again', ...more }, status)

  router.get('/sign-in/:uid/create/code', async (ctx) => showCode(ctx, await steps.interaction(ctx)))

  router.post('/sign-in/:uid/create/send-again', async (ctx) => {
    const interaction = await steps.interaction(ctx)
    await steps.filledIn(ctx)
    await limits.take('code-sent-network', networkOf(ctx))
    await registration.sendAgain(steps.draftOf(ctx), ctx.page.language)
    showCode(ctx, interaction, { sent: true })
  })

  router.post('/sign-in/:uid/create/code', async (ctx) => {
    const interaction = await steps.interaction(ctx)
    const form = await steps.filledIn(ctx)
    await limits.take('code-tried-network', networkOf(ctx))
    await steps.onPage(
      form,
      (more, status) => showCode(ctx, interaction, more, status),
      async () => {
        const made = await registration.complete(steps.draftOf(ctx), (form.code ?? '').trim())
        // Only who reads that mailbox gets here, and learns what the mail has said already.
        if (made.outcome === 'known') return steps.show(ctx, interaction, 'known', { email: made.address })
        const { company } = interaction
        // A partner application is authorised on a page of its own; its company is linked there.
        if (company && !interaction.partner)
          await links.linkNewAccount(made.person, {
            company,
            actor: { kind: 'person', id: made.person },
            policyVersion: policyInForce(company).version,
            ownData: made.ownData,
          })
        wakePerson(made.person)
        devices.remember(ctx as never, made.address)
        await oidc.finish(ctx as never, interaction, {
          signedIn: { kind: 'person', person: made.person },
          provenAt: epochSeconds(),
        })
      },
    )
  })
}

const fieldsFor = (company: Company | undefined): DetailName[] => [
  ...new Set([...always, ...(company?.release.requires ?? [])]),
]

/** The details of a form in normal form; each is needed. */
export const readDetails = (form: Filled, fields: readonly DetailName[]): { details: Details; problems: Problems } => {
  const details: Details = {}
  const problems: Problems = {}
  for (const field of fields)
    try {
      const value = normalizeDetail(field, form[field] ?? null)
      if (value === null) problems[field] = { code: 'required' }
      else details[field] = value
    } catch (error) {
      const found = problemsOf(error)
      if (!found) throw error
      Object.assign(problems, found)
    }
  return { details, problems }
}

/** What a password should not be made of. */
export const personalIn = (form: Filled): string[] =>
  ['email', 'givenName', 'familyName', 'birthDate', 'city', 'phone'].flatMap((field) => form[field] || [])

const ignoreLimit = (error: unknown): void => {
  if (!isAppError(error, 'too-many-attempts')) throw error
}
