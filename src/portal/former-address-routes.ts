import { clientNetwork, cookieName, type Route, seeOther } from '../http/index.ts'
import { hour } from '../lib/clock.ts'
import { atTheCode, type CodeShown, codeOf, handleIn } from './code-page.ts'
import type { PortalDeps } from './portal-deps.ts'
import { code, nothing, sent } from './portal-fields.ts'
import { type PortalContext, type PortalTools, row, type Signed } from './portal-tools.ts'
import { createRecordAct } from './record-act.ts'
import { leadTo } from './session-guard.ts'

type FormerAddressDeps = Pick<PortalDeps, 'config' | 'confirmAddress' | 'limits' | 'currentPrincipal' | 'enqueue'>

/** What waits because the address was changed a short time ago (H4): whose former address it is knows it, whoever reads
 * along does not. */
export const showHeld = ({ principal: { held } }: Signed) => {
  return held ? { until: held.until, address: held.address.replace(/^(.)[^@]*@/, '$1…@') } : null
}

/** A code at the former address says that a change of address is right; nothing waits for it any more then. */
export const formerAddressRoutes = (tools: PortalTools, deps: FormerAddressDeps): Route[] => {
  const { config, confirmAddress } = deps
  const recordAct = createRecordAct(deps)
  const cookie = cookieName(config, 'former-address')
  const path = '/account/details/former-address'

  const show = async (
    ctx: PortalContext,
    signed: Signed,
    { sent, problems = {} }: CodeShown,
    status = 200,
  ): Promise<void> => {
    const held = showHeld(signed)
    if (!held) return leadTo(ctx, 'details', 'confirmed')
    const code = await codeOf(ctx, cookie, { path: `${path}/code`, waiting: confirmAddress.waiting, sent })
    tools.show(ctx, signed, 'details', 'portal/former-address', { held, code, problems }, status)
  }

  const send = async (ctx: PortalContext, signed: Signed): Promise<void> => {
    if (!signed.principal.held) return leadTo(ctx, 'details', 'confirmed')
    const handle = await confirmAddress.begin(signed.principal.id, ctx.page.language)
    ctx.cookies.set(cookie, handle, { httpOnly: true, sameSite: 'lax', path: '/', maxAge: hour })
    seeOther(ctx, path)
  }

  const sendAgain = async (ctx: PortalContext, signed: Signed): Promise<void> => {
    await confirmAddress.sendAgain(signed.principal.id, handleIn(ctx, cookie), ctx.page.language)
    seeOther(ctx, `${path}?sent`)
  }

  const complete = async (ctx: PortalContext, signed: Signed, code: string): Promise<void> => {
    if (!signed.principal.held) return leadTo(ctx, 'details', 'confirmed')
    const caller = { network: clientNetwork(ctx) }
    await confirmAddress.complete(signed.principal.id, handleIn(ctx, cookie), code, caller)
    ctx.cookies.set(cookie, null, { path: '/' })
    await recordAct(signed)
    leadTo(ctx, 'details', 'confirmed')
  }

  return [
    row({
      method: 'GET',
      path: '/account/details/former-address',
      right: 'signed in',
      query: sent,
      handler: (ctx, signed, { query }) => show(ctx, signed, query),
    }),
    row({
      method: 'POST',
      path: '/account/details/former-address',
      right: 'signed in',
      form: nothing,
      limit: 'code-sent-network',
      handler: send,
    }),
    row({
      method: 'POST',
      path: '/account/details/former-address/code',
      right: 'signed in',
      form: code,
      handler: (ctx, signed, { form }) => complete(ctx, signed, form.code),
      again: (ctx, signed, more, status) => show(ctx, signed, atTheCode(more), status),
    }),
    row({
      method: 'POST',
      path: '/account/details/former-address/code/send-again',
      right: 'signed in',
      form: nothing,
      limit: 'code-sent-network',
      handler: sendAgain,
      again: show,
    }),
  ]
}
