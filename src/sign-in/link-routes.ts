import type { z } from 'zod'
import { type Account, actorOf, asPerson } from '../accounts/index.ts'
import { type Company, policyInForce, readCustomAttributes, showCustomAttributes } from '../companies/index.ts'
import { type DetailName, isAnswered, readDetails } from '../details/index.ts'
import { fields, InvalidForm, type Route } from '../http/index.ts'
import { epochSeconds } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { type AlreadyThere, shownIn } from '../links/index.ts'
import type { SignInInteraction } from '../oidc/index.ts'
import { row } from './access.ts'
import { createAgeGatePages } from './age-gate.ts'
import type { SignInPagesDeps, StepContext } from './pages-deps.ts'
import { applicationReceives, companyReceives } from './recipients.ts'
import { agreed, filledIn } from './step-fields.ts'
import { companyOf, linkingPerson, type Steps } from './steps.ts'

const linking = filledIn({ second: fields.maybe(10) })
type Form = z.output<typeof linking>
type Agreed = Readonly<Record<string, string | undefined>>

/** The link page (S4-2): who, what and why in a few lines, and four ways on. */
export const linkRoutes = (steps: Steps, deps: SignInPagesDeps) => {
  const { readPrincipal, changeDetails, links, oidc, allowApplication, disclosures, enqueuePerson } = deps
  const ageGate = createAgeGatePages(steps, deps)

  const showLink = async (ctx: StepContext, interaction: SignInInteraction, more: object = {}, status = 200) => {
    const company = companyOf(interaction)
    const id = linkingPerson(interaction)
    const [principal, there] = await Promise.all([
      readPrincipal(asPerson(id)),
      links.alreadyThere(id, company.id, interaction.proven),
    ])
    const { details = {}, address = '', country: livesIn } = principal ?? {}
    const received = companyReceives(company)
    steps.show(
      ctx,
      interaction,
      interaction.partner ? 'authorize' : 'link',
      {
        known: Object.fromEntries(received.flatMap((field) => (details[field] ? [[field, details[field]]] : []))),
        companyReceives: received,
        applicationReceives: interaction.partner ? applicationReceives(interaction) : null,
        missing: missingOf(company, details),
        ownFields: neededFields(company, ctx.page.language),
        policyVersion: policyInForce(company).version,
        address,
        livesIn,
        linksToo: true,
        there: there ? showThere(there) : null,
        ...more,
      },
      status,
    )
  }

  /** What is missing is asked, told apart from what is wrong; both stop the link before anything is written. */
  const readMissing = async (interaction: SignInInteraction, form: Agreed) => {
    const company = companyOf(interaction)
    const id = linkingPerson(interaction)
    const principal = await readPrincipal(asPerson(id))
    if (!principal) throw new AppError('gone', 'step-is-over')
    const { details, problems } = readDetails(form, missingOf(company, principal.details), principal.country)
    const own = readCustomAttributes(company, form)
    const known = principal.details.birthDate
    return { company, id, details, known, ownData: own.values, problems: { ...problems, ...own.problems } }
  }

  type Missing = Awaited<ReturnType<typeof readMissing>>

  const isStopped = async (ctx: StepContext, interaction: SignInInteraction, { details, known }: Missing) =>
    details.birthDate
      ? ageGate.stopsEntered(ctx, interaction, details.birthDate)
      : ageGate.stopsKnown(ctx, interaction, known)

  const linkNew = async (
    interaction: SignInInteraction,
    { company, id, details, ownData, problems }: Missing,
    form: Agreed,
  ) => {
    const { proven } = interaction
    // Theirs may be there already, and a second one is made at their word alone (U2, U3): told before anything else.
    const second = form.second === 'yes'
    const there = second ? undefined : await links.alreadyThere(id, company.id, proven)
    if (there && there.how !== 'again') return { problems: { form: { code: 'account-there' } } }
    if (Object.keys(problems).length > 0) return { problems }
    const version = policyInForce(company).version
    const { company: shown } = shownIn(form)
    // The policy changed while the page was open: what was agreed to is not what holds now.
    if (form.policyVersion !== version || !shown) return { problems: { form: { code: 'link-page-stale' } } }
    const changes = (Object.entries(details) as [DetailName, string][]).map(([field, value]) => ({
      field,
      value,
      was: null,
    }))
    if (changes.length > 0) await changeDetails(asPerson(id), { changes })
    const request = { company, actor: actorOf(asPerson(id)), policyVersion: version, shown, ownData, proven, second }
    const account = await links.linkNewAccount(id, request)
    enqueuePerson(id)
    return { account }
  }

  const submitLink = async (
    ctx: StepContext,
    interaction: SignInInteraction,
    { form }: { form: Form },
  ): Promise<void> => {
    const missing = await readMissing(interaction, form)
    if (await isStopped(ctx, interaction, missing)) return
    const made = await linkNew(interaction, missing, form)
    if (!made.account) throw new InvalidForm(made.problems)
    await authorize(interaction, made.account, form)
    await oidc.finish(ctx, interaction, { linked: true })
  }

  /** A partner's application alone is allowed apart; the company's own stand under the link (S3-c). */
  const authorize = async (interaction: SignInInteraction, account: Account, form: Agreed): Promise<void> => {
    const { clientId, scopes, partner } = interaction
    if (!partner) return
    const { partner: shown = [] } = shownIn(form)
    const fields = applicationReceives(interaction).filter((field) => shown.includes(field))
    const policyVersion = account.link?.policyVersion ?? ''
    await allowApplication(account, { client: clientId, scopes, fields, policyVersion })
    await disclosures.recordPartner(account, { partner: partner.id, fields, policyVersion, at: epochSeconds() * 1000 })
  }

  const submitConsent = async (
    ctx: StepContext,
    interaction: SignInInteraction,
    { form }: { form: Agreed },
  ): Promise<void> => {
    const account = await accountOf(interaction)
    if (account) await authorize(interaction, account, form)
    await oidc.finish(ctx, interaction, { consented: true })
  }

  const accountOf = async ({ principal, company }: SignInInteraction): Promise<Account | undefined> =>
    principal && company ? links.accountOf(principal, company.id) : undefined

  const showConsent = async (ctx: StepContext, interaction: SignInInteraction) => {
    const { principal } = interaction
    steps.show(ctx, interaction, 'authorize', {
      livesIn: principal && (await readPrincipal(principal))?.country,
      applicationReceives: applicationReceives(interaction),
      companyReceives: [],
      missing: [],
      ownFields: [],
      linksToo: false,
      there: null,
      onDevice: interaction.client.client.kind !== 'web',
      policyVersion: '',
    })
  }

  const table: Route[] = [
    row({
      method: 'POST',
      path: '/sign-in/:uid/link',
      right: 'a person who links',
      form: linking,
      handler: submitLink,
      again: showLink,
    }),
    row({
      method: 'POST',
      path: '/sign-in/:uid/consent',
      right: 'who is asked for consent',
      form: fields.form(agreed),
      handler: submitConsent,
    }),
  ]
  return { table, showLink, showConsent }
}

/** How the page names it: by the address that its person knows it by. */
const showThere = ({ how, account }: AlreadyThere) => ({
  how,
  address: account.left?.formerAddress ?? '',
  // Nobody has a password to it since a link ended: it is proven by a code.
  byCode: !account.signIn,
})

const missingOf = ({ release }: Company, details: Partial<Record<DetailName, string | null>>): DetailName[] =>
  release.requires.filter((field) => !isAnswered(details, field))

/** Only what the company can't do without stops somebody here; the rest is asked for on the account pages (S1-a). */
export const neededFields = (company: Company, language: Parameters<typeof showCustomAttributes>[2]) =>
  showCustomAttributes(company, {}, language).filter(({ required }) => required)
