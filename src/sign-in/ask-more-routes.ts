import { asPerson } from '../accounts/index.ts'
import { policyInForce } from '../companies/index.ts'
import { fields, InvalidForm, type Route } from '../http/index.ts'
import { notYetAsked, shownIn } from '../links/index.ts'
import type { SignInInteraction } from '../oidc/index.ts'
import { type Access, row } from './access.ts'
import type { SignInPagesDeps, StepContext } from './pages-deps.ts'
import { companyReceives } from './recipients.ts'
import { agreed } from './step-fields.ts'
import { companyOf, type Steps } from './steps.ts'

/**
 * A linked company asks for more than was agreed (model M8): its policy came to release more, or a page had shown less
 * than it agreed to (U1). Asked once, on the way to a service, and never a wall: *Not now* goes on as it was.
 */
export const askMoreRoutes = (steps: Steps, access: Access, deps: SignInPagesDeps) => {
  const { links, oidc, enqueueAccount } = deps

  const showMore = async (ctx: StepContext, interaction: SignInInteraction, more: object = {}, status = 200) => {
    const { person, account } = await access.askedForMore(interaction)
    const companyAsks = notYetAsked(account, companyReceives(companyOf(interaction)))
    const livesIn = (await deps.readPrincipal(asPerson(person)))?.country
    const { version: policyVersion } = policyInForce(companyOf(interaction))
    const data = { applicationReceives: null, companyReceives: companyAsks, policyVersion, livesIn, ...more }
    steps.show(ctx, interaction, 'ask-more', data, status)
  }

  const table: Route[] = [
    row({
      method: 'POST',
      path: '/sign-in/:uid/more',
      right: 'a linked person who is asked for more',
      form: fields.form(agreed),
      handler: async (ctx, { interaction, person, account }, { form }) => {
        const { company: shown } = shownIn(form)
        if (!shown) throw new InvalidForm({ form: { code: 'link-page-stale' } })
        const company = companyOf(interaction)
        const actor = { kind: 'person' as const, id: person }
        const isNew = notYetAsked(account, companyReceives(company)).some((field) => shown.includes(field))
        // A second click on what is done already: the same way on.
        if (isNew) await links.agree(person, { company, actor, policyVersion: form.policyVersion ?? '', shown })
        enqueueAccount(account._id)
        await oidc.finish(ctx, interaction, { linked: true })
      },
      again: (ctx, { interaction }, more, status) => showMore(ctx, interaction, more, status),
    }),
    row({
      method: 'POST',
      path: '/sign-in/:uid/more/not-now',
      right: 'a linked person who is asked for more',
      form: fields.form(agreed),
      handler: async (ctx, { interaction, person }, { form }) => {
        const { company: shown = [] } = shownIn(form)
        await links.putOff(person, companyOf(interaction).id, shown)
        await oidc.finish(ctx, interaction, { linked: true })
      },
    }),
  ]
  return { table, showMore }
}
