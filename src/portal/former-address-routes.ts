import { clientNetwork, cookieName, type Filled, problemsOf, seeOther } from '../http/index.ts'
import { hour } from '../lib/clock.ts'
import { codeOf, handleIn, problemsOfSending } from './code-page.ts'
import type { PortalDeps } from './portal-deps.ts'
import type { PortalContext, PortalRouter, PortalTools, Signed } from './portal-tools.ts'
import { createRecordOwn } from './record-own.ts'
import { leadTo } from './session-guard.ts'

type FormerAddressDeps = Pick<PortalDeps, 'config' | 'confirmAddress' | 'limits' | 'currentPrincipal' | 'enqueue'>

/** What waits because the address was changed a short time ago (H4): whose former address it is knows it, whoever reads
 * along does not. */
export const showHeld = ({ principal: { held } }: Signed) => {
  return held ? { until: held.until, address: held.address.replace(/^(.)[^@]*@/, '$1…@') } : null
}

/** A code at the former address says that a change of address is right; nothing waits for it any more then. */
export const addFormerAddress = (router: PortalRouter, tools: PortalTools, deps: FormerAddressDeps): void => {
  const { config, confirmAddress, limits } = deps
  const recordOwn = createRecordOwn(deps)
  const cookie = cookieName(config, 'former-address')
  const path = '/account/details/former-address'

  const show = async (ctx: PortalContext, signed: Signed, problems = {}, status = 200): Promise<void> => {
    const held = showHeld(signed)
    if (!held) return leadTo(ctx, 'details', 'confirmed')
    const code = await codeOf(ctx, cookie, { path: `${path}/code`, waiting: confirmAddress.waiting })
    tools.show(ctx, signed, 'details', 'portal/former-address', { held, code, problems }, status)
  }

  const send = async (ctx: PortalContext, signed: Signed): Promise<void> => {
    if (!signed.principal.held) return leadTo(ctx, 'details', 'confirmed')
    await limits.consume('code-sent-network', clientNetwork(ctx))
    const handle = await confirmAddress.begin(signed.principal.id, ctx.page.language)
    ctx.cookies.set(cookie, handle, { httpOnly: true, sameSite: 'lax', path: '/', maxAge: hour })
    seeOther(ctx, path)
  }

  const sendAgain = async (ctx: PortalContext, signed: Signed): Promise<void> => {
    const problems = await problemsOfSending(async () => {
      await limits.consume('code-sent-network', clientNetwork(ctx))
      await confirmAddress.sendAgain(handleIn(ctx, cookie), ctx.page.language)
    })
    if (problems) return show(ctx, signed, problems, 400)
    seeOther(ctx, `${path}?sent`)
  }

  const complete = async (ctx: PortalContext, signed: Signed, form: Filled): Promise<void> => {
    if (!signed.principal.held) return leadTo(ctx, 'details', 'confirmed')
    try {
      const caller = { network: clientNetwork(ctx) }
      await confirmAddress.complete(signed.principal.id, handleIn(ctx, cookie), form.code ?? '', caller)
    } catch (error) {
      const problems = problemsOf(error)
      if (!problems) throw error
      return show(ctx, signed, { code: Object.values(problems)[0] }, 400)
    }
    ctx.cookies.set(cookie, null, { path: '/' })
    await recordOwn(signed)
    leadTo(ctx, 'details', 'confirmed')
  }

  router.get(
    '/account/details/former-address',
    tools.signedIn((ctx, signed) => show(ctx, signed)),
  )
  router.post('/account/details/former-address', tools.submitted(send))
  router.post('/account/details/former-address/code', tools.submitted(complete))
  router.post('/account/details/former-address/code/send-again', tools.submitted(sendAgain))
}
