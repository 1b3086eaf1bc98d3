import type { Account } from '../accounts/index.ts'
import { type Route, seeOther } from '../http/index.ts'
import { mayGiveWayIn } from './access-rules.ts'
import { showHeld } from './former-address-routes.ts'
import type { PortalDeps } from './portal-deps.ts'
import { nothing } from './portal-fields.ts'
import { type PortalContext, type PortalTools, row, type Signed } from './portal-tools.ts'
import { createRecordAct } from './record-act.ts'
import { leadTo } from './session-guard.ts'
import { createVisibleAccounts, personIn } from './visible-accounts.ts'

type DeleteDeps = Pick<
  PortalDeps,
  'config' | 'accounts' | 'links' | 'oidc' | 'currentPrincipal' | 'enqueue' | 'stay' | 'erasePerson'
>

/** The end of the sign-in when no account is left, and the way back until then. */
export const deleteRoutes = (tools: PortalTools, deps: DeleteDeps): Route[] => {
  const { config, oidc } = deps
  const { companies } = config.group
  const visible = createVisibleAccounts(deps)
  const recordAct = createRecordAct(deps)

  const erase = async (ctx: PortalContext, signed: Signed): Promise<void> => {
    const erased = await deps.erasePerson(personIn(signed, 'person-not-found'))
    await oidc.endOthers(signed.principal.id, signed.session.uid)
    await oidc.signOut(ctx)
    deps.enqueue(signed.principal.id)
    seeOther(ctx, erased ? '/account/deleted' : '/account/signed-out')
  }

  const stay = async (ctx: PortalContext, signed: Signed): Promise<void> => {
    await deps.stay(personIn(signed, 'person-not-found'))
    await recordAct(signed)
    leadTo(ctx, 'security', 'stays')
  }

  const showErase = async (ctx: PortalContext, signed: Signed): Promise<void> => {
    if (signed.principal.deletion === undefined) return leadTo(ctx, 'security')
    const names = (accounts: Account[]) => accounts.flatMap(({ company }) => companies.get(company)?.name ?? [])
    const left = names((await visible.live(signed)).filter((account) => !isHeldBack(signed, account)))
    const wayless = names((await visible.all(signed)).filter((account) => mayGiveWayIn(signed.principal.id, account)))
    tools.show(ctx, signed, 'security', 'portal/delete', { left, wayless, held: showHeld(signed) })
  }

  return [
    row({
      method: 'GET',
      path: '/account/security/delete',
      right: 'signed in',
      handler: showErase,
    }),
    row({
      method: 'POST',
      path: '/account/security/delete',
      right: 'proven anew',
      form: nothing,
      handler: erase,
    }),
    row({
      method: 'POST',
      path: '/account/security/stay',
      right: 'signed in',
      form: nothing,
      handler: stay,
    }),
  ]
}

/** While a change of the address may be taken back, what ends for good later is out of the way of a deletion (H4). */
export const isHeldBack = (signed: Signed, { status, leaving }: Account): boolean =>
  signed.principal.held !== undefined && (status === 'closing' || leaving !== undefined)
