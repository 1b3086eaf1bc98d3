import { asAccount, type LookedUp, personOf } from '../accounts/index.ts'
import { fields, type Route } from '../http/index.ts'
import { AppError } from '../lib/errors.ts'
import { type Access, type Offered, row } from './access.ts'
import type { SignInPagesDeps, StepContext } from './pages-deps.ts'
import type { previewRoutes } from './preview-routes.ts'
import { createProveAnew, passwordAlone, proofFailed } from './prove-anew.ts'
import type { Steps } from './steps.ts'

/** The offer to link, made once to a separate account: by the unified sign-in that its holder has (S4-2, T8). */
export const offerRoutes = (
  steps: Steps,
  access: Access,
  { toPreview }: Pick<ReturnType<typeof previewRoutes>, 'toPreview'>,
  deps: SignInPagesDeps,
): Route[] => {
  const { holderChoices, links, makeUnified, authentication, trustedDevices, oidc } = deps
  const proveAnew = createProveAnew(deps)

  /** Filled in where that address is known to have a unified sign-in; it was proven here (U4). */
  const showOfferProof = async (
    ctx: StepContext,
    { interaction, account }: Offered,
    more: object = {},
    status = 200,
  ): Promise<void> => {
    const isTaken = (await makeUnified.addressStatus(account)) === 'taken'
    const address = isTaken ? (account.signIn?.address ?? '') : ''
    steps.show(ctx, interaction, 'offer-proof', { address, ...more }, status)
  }

  const proveUnified = async (
    ctx: StepContext,
    { interaction, account }: Offered,
    { email, password }: { email: string; password: string },
  ): Promise<void> => {
    const right = (looked?: LookedUp) => authentication.authenticate(email, password, null, looked)
    const found = await trustedDevices.attempt(ctx, email, right)
    const person = personOf(found)
    if (!found || person === undefined) throw proofFailed()
    const { epoch } = found
    if (await links.accountAt(person, account.company))
      throw new AppError('conflict', 'already-linked', { values: { field: 'form' } })
    await holderChoices.noteLinkOffered(account._id)
    const proven = { person: epoch, account: account.credentialEpoch }
    await toPreview(ctx, interaction, { person, account, proven })
  }

  return [
    row({
      method: 'POST',
      path: '/sign-in/:uid/offer/not-now',
      right: 'who is offered to link',
      form: fields.form({}),
      handler: async (ctx, { interaction, account }) => {
        await holderChoices.noteLinkOffered(account._id)
        await oidc.finish(ctx, interaction, { linked: true })
      },
    }),
    row({
      method: 'GET',
      path: '/sign-in/:uid/offer/link',
      right: 'who is offered to link, proven anew',
      handler: (ctx, offered) => showOfferProof(ctx, offered),
    }),
    row({
      method: 'GET',
      path: '/sign-in/:uid/offer/fresh',
      right: 'who is offered to link',
      handler: (ctx, { interaction }) => access.askAnew(ctx, interaction, 'offer/fresh'),
    }),
    row({
      method: 'POST',
      path: '/sign-in/:uid/offer/fresh',
      right: 'who is offered to link',
      form: passwordAlone,
      handler: async (ctx, offered, { form: { password } }) => {
        await proveAnew(ctx, asAccount(offered.account._id), password)
        steps.goTo(ctx, offered.interaction, '/offer/link')
      },
      again: (ctx, { interaction }, more, status) => access.askAnew(ctx, interaction, 'offer/fresh', more, status),
    }),
    row({
      method: 'POST',
      path: '/sign-in/:uid/offer/link',
      right: 'who is offered to link, proven anew',
      form: fields.form({ email: fields.text(254), password: fields.password() }),
      handler: (ctx, offered, { form }) => proveUnified(ctx, offered, form),
      again: showOfferProof,
    }),
  ]
}
