import { type Account, asAccount, holds, type PrincipalId, samePrincipal } from '../accounts/index.ts'
import { showController } from '../companies/index.ts'
import { fields, type Route, seeOther } from '../http/index.ts'
import { unless } from '../lib/errors.ts'
import type { KeptDetails } from '../links/index.ts'
import { hasLeft, mayClose, mayGiveWayIn, mayReopen, mayUnlink } from './access-rules.ts'
import { showHeld } from './former-address-routes.ts'
import type { PortalDeps } from './portal-deps.ts'
import { type AtCompany, atCompany, nothing } from './portal-fields.ts'
import { type Form, type PortalContext, type PortalTools, row, type Signed } from './portal-tools.ts'
import { leadTo } from './session-guard.ts'
import { createVisibleAccounts, personIn } from './visible-accounts.ts'

type EndDeps = Pick<PortalDeps, 'config' | 'accounts' | 'links' | 'unlink' | 'closeAccount' | 'oidc' | 'enqueue'>

/**
 * **Unlink** and **Close account**: what happens is said first, then done at that one company (S4-1, S4-10, G5–G7).
 * Both are acknowledged only once nothing of the old link is on the wire and its tokens and sessions are dead.
 */
export const endAccountRoutes = (tools: PortalTools, deps: EndDeps): Route[] => {
  const { oidc, enqueue, closeAccount } = deps
  const visible = createVisibleAccounts(deps)

  const page =
    (view: string, may: typeof mayUnlink) =>
    async (ctx: PortalContext, signed: Signed, { params }: AtCompany): Promise<void> => {
      const { account, company } = await visible.at(signed, params.company, may)
      const controller = showController(company, ctx.page.language, signed.principal.country)
      tools.show(ctx, signed, 'services', view, {
        controller,
        process: company.closure,
        how: account.link?.how ?? null,
        held: showHeld(signed),
      })
    }

  const unlink = async (
    ctx: PortalContext,
    signed: Signed,
    { params, form }: AtCompany & { form: Form },
  ): Promise<void> => {
    // Pressed twice: the second press finds what the first has left.
    const { company } = await visible.at(
      signed,
      params.company,
      (viewer, account) => mayUnlink(viewer, account) || isLeft(viewer, account) || isLeaving(viewer, account),
    )
    const person = personIn(signed, 'no-account-there')
    const { actor } = signed.principal
    const left = await deps.unlink(person, company.id, { keep: keptDetails(form.keep), actor })
    afterUnlink(ctx, signed, left)
  }

  const afterUnlink = (ctx: PortalContext, { principal }: Signed, left: Account): void => {
    if (left.leaving) leadTo(ctx, 'services', 'unlinking', left.company)
    else if (mayGiveWayIn(principal.id, left)) seeOther(ctx, `/account/services/${left.company}/way-in?done=unlinked`)
    else leadTo(ctx, 'services', 'unlinked', left.company)
  }

  const close = async (ctx: PortalContext, signed: Signed, { params }: AtCompany): Promise<void> => {
    const { account, company } = await visible.at(
      signed,
      params.company,
      (viewer, account) => mayClose(viewer, account) || isEnding(account),
    )
    const closed = await closeAccount.close(account, company.closure, signed.principal.actor)
    // Their sign-in has ended with it.
    if (closed.status === 'closed' && samePrincipal(signed.principal.id, asAccount(closed._id))) {
      await oidc.signOut(ctx)
      return seeOther(ctx, `/account/closed?at=${company.id}`)
    }
    leadTo(ctx, 'services', closed.status === 'closed' ? 'closed' : 'closing', company.id)
  }

  const comeBack = async (ctx: PortalContext, signed: Signed, { params }: AtCompany): Promise<void> => {
    // Pressed in two windows: what one has kept is open in the other (H43).
    const isKept = () => visible.at(signed, params.company, mayClose)
    const { account } = await unless(
      'account-stands-otherwise',
      () => visible.at(signed, params.company, mayReopen),
      isKept,
    )
    await unless('not-closing', () => closeAccount.comeBack(account, signed.principal.actor), isKept)
    enqueue(signed.principal.id)
    leadTo(ctx, 'services', 'kept', account.company)
  }

  return [
    row({
      method: 'GET',
      path: '/account/services/:company/unlink',
      right: 'signed in',
      params: atCompany,
      handler: page('portal/unlink', mayUnlink),
    }),
    row({
      method: 'POST',
      path: '/account/services/:company/unlink',
      right: 'proven anew',
      params: atCompany,
      form: fields.form({ keep: fields.maybe(20) }),
      handler: unlink,
    }),
    row({
      method: 'GET',
      path: '/account/services/:company/close',
      right: 'signed in',
      params: atCompany,
      handler: page('portal/close', mayClose),
    }),
    row({
      method: 'POST',
      path: '/account/services/:company/close',
      right: 'proven anew',
      params: atCompany,
      form: nothing,
      handler: close,
    }),
    row({
      method: 'POST',
      path: '/account/services/:company/keep',
      right: 'signed in',
      params: atCompany,
      form: nothing,
      handler: comeBack,
    }),
  ]
}

const isLeft = (viewer: PrincipalId, account: Account): boolean => account.status === 'open' && hasLeft(viewer, account)

const isLeaving = (viewer: PrincipalId, account: Account): boolean =>
  account.leaving !== undefined && holds(viewer, account)

const isEnding = ({ status }: Account): boolean => status === 'closing' || status === 'closed'

/** *As before the link* unless the other was chosen. */
const keptDetails = (chosen: string | undefined): KeptDetails => (chosen === 'now' ? 'now' : 'before')
