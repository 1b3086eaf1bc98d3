import type { Account } from '../accounts/index.ts'
import { policyInForce } from '../companies/index.ts'
import { AppError } from '../lib/errors.ts'
import { notYetAsked, shownIn } from '../links/index.ts'
import type { SignInInteraction } from '../oidc/index.ts'
import type { SignInPagesDeps, StepContext, StepRouter } from './pages-deps.ts'
import { companyReceives } from './recipients.ts'
import { companyOf, isAskedForMore, type Steps } from './steps.ts'

/**
 * A linked company asks for more than was agreed (model M8): its policy came to release more, or a page had shown less
 * than it agreed to (U1). Asked once, on the way to a service, and never a wall: *Not now* goes on as it was.
 */
export const addAskMore = (router: StepRouter, steps: Steps, deps: SignInPagesDeps) => {
  const { links, oidc, enqueueAccount } = deps

  const asked = async (interaction: SignInInteraction): Promise<{ person: string; account: Account }> => {
    const { principal } = interaction
    const account =
      isAskedForMore(interaction) && principal?.kind === 'person'
        ? await links.accountAt(principal.person, companyOf(interaction).id)
        : undefined
    if (!account?.link) throw new AppError('gone', 'step-is-over')
    return { person: account.link.person, account }
  }

  const showMore = async (ctx: StepContext, interaction: SignInInteraction, more: object = {}, status = 200) => {
    const { account } = await asked(interaction)
    const companyAsks = notYetAsked(account, companyReceives(companyOf(interaction)))
    const data = { applicationReceives: null, companyReceives: companyAsks, ...more }
    steps.show(ctx, interaction, 'ask-more', data, status)
  }

  router.post('/sign-in/:uid/more', async (ctx) => {
    const interaction = await steps.interaction(ctx)
    const { company: shown } = shownIn(await steps.filledIn(ctx))
    const { person, account } = await asked(interaction)
    if (!shown) return showMore(ctx, interaction, { problems: { form: { code: 'link-page-stale' } } }, 400)
    const company = companyOf(interaction)
    const actor = { kind: 'person' as const, id: person }
    const isNew = notYetAsked(account, companyReceives(company)).some((field) => shown.includes(field))
    // A second click on what is done already: the same way on.
    if (isNew) await links.agree(person, { company, actor, policyVersion: policyInForce(company).version, shown })
    enqueueAccount(account._id)
    await oidc.finish(ctx, interaction, { linked: true })
  })

  router.post('/sign-in/:uid/more/not-now', async (ctx) => {
    const interaction = await steps.interaction(ctx)
    const { company: shown = [] } = shownIn(await steps.filledIn(ctx))
    const { person } = await asked(interaction)
    await links.putOff(person, companyOf(interaction).id, shown)
    await oidc.finish(ctx, interaction, { linked: true })
  })

  return { showMore }
}
