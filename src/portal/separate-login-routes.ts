import { clientNetwork, cookieName, type Filled, problemsOf, seeOther } from '../http/index.ts'
import { hour } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { mayGiveWayIn } from './access-rules.ts'
import { codeOf, handleIn, problemsOfSending } from './code-page.ts'
import { createOwnAccounts } from './own-accounts.ts'
import type { PortalDeps } from './portal-deps.ts'
import type { PortalContext, PortalRouter, PortalTools, Signed } from './portal-tools.ts'
import { leadTo } from './session-guard.ts'

type WayInDeps = Pick<
  PortalDeps,
  'config' | 'accounts' | 'links' | 'separateLogins' | 'requireStrong' | 'limits' | 'enqueueAccount'
>

/**
 * An account that left keeps its place but lost its own credentials when it was linked (S4-1): it gets a new way in by
 * a code to the address it had before, else to the person's, and a password of its own.
 */
export const addWayIn = (router: PortalRouter, tools: PortalTools, deps: WayInDeps): void => {
  const { config, separateLogins, requireStrong, limits, enqueueAccount } = deps
  const own = createOwnAccounts(deps)
  const cookie = cookieName(config, 'way-in')

  const showStart = tools.signedIn(async (ctx, signed) => {
    const { account, company } = await own.at(signed, ctx.params.company, mayGiveWayIn)
    const address = account.left?.formerAddress ?? signed.principal.wayInAddress
    const unlinked = ctx.query.done === 'unlinked'
    tools.show(ctx, signed, 'services', 'portal/way-in', {
      company: { id: company.id, name: company.name },
      address,
      unlinked,
    })
  })

  const sendCode = async (ctx: PortalContext, signed: Signed): Promise<void> => {
    const { account, company } = await own.at(signed, ctx.params.company, mayGiveWayIn)
    await limits.consume('code-sent-network', clientNetwork(ctx))
    const handle = await separateLogins.beginWayIn(account, company.name, signed.principal.wayInAddress)
    ctx.cookies.set(cookie, handle, { httpOnly: true, sameSite: 'lax', path: '/', maxAge: hour })
    seeOther(ctx, `/account/services/${company.id}/way-in/code`)
  }

  const showCode = async (ctx: PortalContext, signed: Signed, problems = {}, status = 200): Promise<void> => {
    const { account, company } = await own.at(signed, ctx.params.company, mayGiveWayIn)
    const address = account.left?.formerAddress ?? signed.principal.wayInAddress
    const path = `/account/services/${company.id}/way-in/code`
    const code = await codeOf(ctx, cookie, { path, waiting: separateLogins.wayInWaiting })
    const data = { company: { id: company.id, name: company.name }, address, problems, code }
    tools.show(ctx, signed, 'services', 'portal/way-in-code', data, status)
  }

  const sendAgain = async (ctx: PortalContext, signed: Signed): Promise<void> => {
    const { company } = await own.at(signed, ctx.params.company, mayGiveWayIn)
    const problems = await problemsOfSending(async () => {
      await limits.consume('code-sent-network', clientNetwork(ctx))
      await separateLogins.sendWayInAgain(handleIn(ctx, cookie), ctx.page.language)
    })
    if (problems) return showCode(ctx, signed, problems, 400)
    seeOther(ctx, `/account/services/${company.id}/way-in/code?sent`)
  }

  const complete = async (ctx: PortalContext, signed: Signed, form: Filled): Promise<void> => {
    const { account, company } = await own.at(signed, ctx.params.company, mayGiveWayIn)
    try {
      const handle = handleIn(ctx, cookie)
      const { code = '', password = '' } = form
      await requireStrong(password, [company.name, signed.principal.wayInAddress])
      const caller = { network: clientNetwork(ctx), of: account._id }
      const made = await separateLogins.completeWayIn(handle, code, password, caller)
      if (made.outcome === 'known') throw new AppError('conflict', 'address-taken-there', { values: { field: 'code' } })
    } catch (error) {
      const problems = problemsOf(error)
      if (!problems) throw error
      return showCode(ctx, signed, problems, 400)
    }
    ctx.cookies.set(cookie, null, { path: '/' })
    enqueueAccount(account._id)
    leadTo(ctx, 'services', 'way-in')
  }

  router.get('/account/services/:company/way-in', showStart)
  router.post('/account/services/:company/way-in', tools.proven(sendCode))
  router.get(
    '/account/services/:company/way-in/code',
    tools.signedIn((ctx, signed) => showCode(ctx, signed)),
  )
  router.post('/account/services/:company/way-in/code', tools.proven(complete))
  router.post('/account/services/:company/way-in/code/send-again', tools.submitted(sendAgain))
}
