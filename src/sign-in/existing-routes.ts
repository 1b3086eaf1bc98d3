import { asPerson, type LookedUp } from '../accounts/index.ts'
import { clientNetwork, fields, type Route } from '../http/index.ts'
import type { SignInInteraction } from '../oidc/index.ts'
import { type Access, row } from './access.ts'
import { codeSteps } from './code-step.ts'
import type { SignInPagesDeps, StepContext } from './pages-deps.ts'
import type { previewRoutes } from './preview-routes.ts'
import { createProveAnew, passwordAlone, proofFailed } from './prove-anew.ts'
import { companyOf, linkingPerson, type Steps } from './steps.ts'

/**
 * An account from before (S4-2), linked by a person: both sides are proven, the account by its own password or by a code
 * to its own address; what differs is shown then.
 */
export const existingRoutes = (
  steps: Steps,
  access: Access,
  { toPreview }: Pick<ReturnType<typeof previewRoutes>, 'toPreview'>,
  deps: SignInPagesDeps,
): Route[] => {
  const { readPrincipal, accounts, links, proveByCode, authentication, trustedDevices } = deps
  const proveAnew = createProveAnew(deps)

  /** The address by which they know the account that the link page named; nothing of any other (T19). */
  const knownAddress = async (interaction: SignInInteraction): Promise<string> => {
    const there = await links.alreadyThere(linkingPerson(interaction), companyOf(interaction).id, interaction.proven)
    if (there?.how === 'address') return interaction.proven ?? ''
    return there?.account.left?.formerAddress ?? ''
  }

  const showProof = async (ctx: StepContext, interaction: SignInInteraction, more: object = {}, status = 200) =>
    steps.show(ctx, interaction, 'existing', { address: await knownAddress(interaction), ...more }, status)

  const showByCode = async (ctx: StepContext, interaction: SignInInteraction, more: object = {}, status = 200) =>
    steps.show(ctx, interaction, 'existing-by-code', { address: await knownAddress(interaction), ...more }, status)

  const proveByPassword = async (
    ctx: StepContext,
    interaction: SignInInteraction,
    { email, password }: { email: string; password: string },
  ): Promise<void> => {
    const [company, person] = [companyOf(interaction), linkingPerson(interaction)]
    const right = (looked?: LookedUp) => authentication.authenticateLocal(email, password, company.id, looked)
    const own = await trustedDevices.attempt(ctx, email, right, company.id)
    const account = own && (await accounts.get(own.account))
    if (!account || account.link || account.status !== 'open') throw proofFailed()
    const { credentialEpoch = 0 } = (await readPrincipal(asPerson(person))) ?? {}
    const proven = { person: credentialEpoch, account: own.epoch }
    await toPreview(ctx, interaction, { person, account, proven })
  }

  return [
    row({
      method: 'GET',
      path: '/sign-in/:uid/existing',
      right: 'a person who links, proven anew',
      handler: (ctx, interaction) => showProof(ctx, interaction),
    }),
    row({
      method: 'GET',
      path: '/sign-in/:uid/existing/fresh',
      right: 'a person who links',
      handler: (ctx, interaction) => access.askAnew(ctx, interaction, 'existing/fresh'),
    }),
    row({
      method: 'POST',
      path: '/sign-in/:uid/existing/fresh',
      right: 'a person who links',
      form: passwordAlone,
      handler: async (ctx, interaction, { form: { password } }) => {
        await proveAnew(ctx, asPerson(linkingPerson(interaction)), password)
        steps.goTo(ctx, interaction, '/existing')
      },
      again: (ctx, interaction, more, status) => access.askAnew(ctx, interaction, 'existing/fresh', more, status),
    }),
    row({
      method: 'POST',
      path: '/sign-in/:uid/existing',
      right: 'a person who links, proven anew',
      form: fields.form({ email: fields.text(254), password: fields.password() }),
      handler: (ctx, interaction, { form }) => proveByPassword(ctx, interaction, form),
      again: showProof,
    }),

    // --- its proof by a code to its own address

    row({
      method: 'GET',
      path: '/sign-in/:uid/by-code',
      right: 'a person who links, proven anew',
      handler: async (ctx, interaction) => {
        const before = (await steps.ofDraft(ctx, proveByCode.waiting))?.address
        await showByCode(ctx, interaction, before === undefined ? {} : { address: before })
      },
    }),
    row({
      method: 'POST',
      path: '/sign-in/:uid/by-code',
      right: 'a person who links, proven anew',
      form: fields.form({ email: fields.address() }),
      limit: 'code-sent-network',
      handler: async (ctx, interaction, { form: { email } }) => {
        const [person, company] = [linkingPerson(interaction), companyOf(interaction)]
        const handle = await proveByCode.begin({ person, company, email, language: ctx.page.language })
        steps.keepDraft(ctx, interaction, handle)
        steps.goTo(ctx, interaction, '/by-code/code')
      },
      again: showByCode,
    }),
    ...codeSteps(steps, {
      way: 'by-code',
      waiting: proveByCode.waiting,
      sendAgain: proveByCode.sendAgain,
      prove: async (ctx, interaction, handle, code) => {
        const person = linkingPerson(interaction)
        if (!(await access.isFresh(ctx))) return access.askAnew(ctx, interaction, 'existing/fresh')
        const caller = { network: clientNetwork(ctx) }
        const proven = await proveByCode.prove(handle, code, person, companyOf(interaction).id, caller)
        await toPreview(ctx, interaction, { person, ...proven })
      },
    }),
  ]
}
