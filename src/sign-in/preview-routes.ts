import type { z } from 'zod'
import { type Account, asPerson, personOf, samePrincipal } from '../accounts/index.ts'
import type { Company } from '../companies/index.ts'
import type { DetailName } from '../details/index.ts'
import { InvalidForm, type Route } from '../http/index.ts'
import { epochSeconds } from '../lib/clock.ts'
import { AppError, unless } from '../lib/errors.ts'
import { type ProvenSides, shownIn, takenOver } from '../links/index.ts'
import type { SignInInteraction } from '../oidc/index.ts'
import type { PersonId } from '../people/index.ts'
import { row } from './access.ts'
import { createAgeGatePages } from './age-gate.ts'
import type { SignInPagesDeps, StepContext } from './pages-deps.ts'
import { companyReceives } from './recipients.ts'
import { previewed } from './step-fields.ts'
import { companyOf, type Steps } from './steps.ts'

/** A person and an account from before, both proven by the holder of this browser. */
interface Sides {
  person: PersonId
  account: Account
  proven: ProvenSides
}

/** What differs between the two sides, and *Link and continue*, which joins them (S4-2). */
export const previewRoutes = (steps: Steps, deps: SignInPagesDeps) => {
  const { links, linkExisting, oidc } = deps
  const ageGate = createAgeGatePages(steps, deps)

  /** undefined: they are too young for this company, and the page is answered (S11). */
  const orTooYoung = <Done>(ctx: StepContext, interaction: SignInInteraction, act: () => Promise<Done>) =>
    unless('too-young-there', act, async () => {
      await ageGate.turnAway(ctx, interaction)
      return undefined
    })

  /** Whoever proved both sides is led on: what they proved waits in this browser, and a reload proves nothing again. */
  const toPreview = async (ctx: StepContext, interaction: SignInInteraction, sides: Sides): Promise<void> => {
    const company = companyOf(interaction)
    steps.keepDraft(ctx, interaction, await linkExisting.begin({ ...sides, company }))
    steps.goTo(ctx, interaction, '/preview')
  }

  const showPreview = async (
    ctx: StepContext,
    interaction: SignInInteraction,
    handle: string,
    more: object = {},
    status = 200,
  ): Promise<void> => {
    const { kind: _kind, ...holder } = interaction.principal ?? isOver()
    const { person, account, company } = await linkExisting.proven(handle, holder, companyOf(interaction))
    const preview = await orTooYoung(ctx, interaction, () => linkExisting.preview({ person, account, company }))
    if (!preview) return
    const data = {
      ...preview,
      handle,
      livesIn: (await deps.readPrincipal(asPerson(person)))?.country,
      applicationReceives: null,
      companyReceives: preview.receives,
      // A separate account goes on as it is: linking it is an offer, never a wall.
      leave: personOf(interaction.principal) === undefined ? '/offer/not-now' : '/not-now',
      ...more,
    }
    steps.show(ctx, interaction, 'preview', data, status)
  }

  /** What was proven too long ago, or is done with, is proven again. */
  const open = (ctx: StepContext, interaction: SignInInteraction): Promise<void> =>
    unless(
      'link-proof-expired',
      () => showPreview(ctx, interaction, steps.heldDraft(ctx)),
      () => steps.goTo(ctx, interaction, personOf(interaction.principal) === undefined ? '/offer/link' : '/existing'),
    )

  const link = async (
    ctx: StepContext,
    interaction: SignInInteraction,
    { form }: { form: z.output<typeof previewed> },
  ): Promise<void> => {
    const company = companyOf(interaction)
    const { principal } = interaction
    if (interaction.prompt !== 'link' || !principal) return isOver()
    // A second click on what is done already: the same way on.
    const linking = personOf(principal)
    if (linking !== undefined && (await links.accountAt(linking, company.id)))
      return oidc.finish(ctx, interaction, { linked: true })
    const { kind: _kind, ...holder } = principal
    const { proof: handle, policyVersion } = form
    const { company: shown } = shownIn(form)
    if (!shown) throw new InvalidForm(stale)
    const outcome = await orTooYoung(ctx, interaction, () =>
      linkExisting.link({ handle, holder, company, policyVersion, shown, keep: chosen(form, company) }),
    )
    if (!outcome) return
    const { linked, ...sides } = outcome
    if (!linked) throw new InvalidForm(stale)
    steps.dropDraft(ctx, interaction)
    const { person, proven } = sides
    const signedIn = asPerson(person)
    if (samePrincipal(principal, signedIn)) return oidc.finish(ctx, interaction, { linked: true })
    // The account's own sign-in has ended with the link: the unified one takes over in this browser.
    await oidc.finish(ctx, interaction, { signedIn, credentialEpoch: proven.person, provenAt: epochSeconds() })
  }

  const table: Route[] = [
    row({
      method: 'GET',
      path: '/sign-in/:uid/preview',
      right: 'a sign-in',
      handler: open,
    }),
    row({
      method: 'POST',
      path: '/sign-in/:uid/preview',
      right: 'a sign-in',
      form: previewed,
      handler: link,
      again: (ctx, interaction, { raw, ...more }, status) =>
        showPreview(ctx, interaction, raw.proof ?? '', { raw, ...more }, status),
    }),
  ]
  return { table, toPreview }
}

const isOver = (): never => {
  throw new AppError('gone', 'step-is-over')
}

const stale = { form: { code: 'link-page-stale' } }

const chosen = (form: Readonly<Record<string, string | undefined>>, company: Company): DetailName[] =>
  takenOver(companyReceives(company), (field) => form[`keep.${field}`] === 'theirs')
