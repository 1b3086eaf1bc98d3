import { clientNetwork, cookieName, type Route, seeOther } from '../http/index.ts'
import { hour } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { mayGiveWayIn } from './access-rules.ts'
import { type CodeShown, codeOf, handleIn } from './code-page.ts'
import type { PortalDeps } from './portal-deps.ts'
import { type AtCompany, atCompany, codeAndPassword, done, nothing, sent } from './portal-fields.ts'
import { type PortalContext, type PortalTools, row, type Signed } from './portal-tools.ts'
import { leadTo } from './session-guard.ts'
import { createVisibleAccounts } from './visible-accounts.ts'

type WayInDeps = Pick<
  PortalDeps,
  'config' | 'accounts' | 'links' | 'separateLogins' | 'requireStrong' | 'limits' | 'enqueueAccount'
>

/**
 * An account that left keeps its place but lost its own credentials when it was linked (S4-1): it gets a new way in by
 * a code to the address it had before, else to the person's, and a password of its own.
 */
export const separateLoginRoutes = (tools: PortalTools, deps: WayInDeps): Route[] => {
  const { config, separateLogins, requireStrong, enqueueAccount } = deps
  const visible = createVisibleAccounts(deps)
  const cookie = cookieName(config, 'way-in')

  const showStart = async (
    ctx: PortalContext,
    signed: Signed,
    { params, query }: AtCompany & { query: { done?: string } },
  ): Promise<void> => {
    const { account, company } = await visible.at(signed, params.company, mayGiveWayIn)
    const address = account.left?.formerAddress ?? signed.principal.wayInAddress
    tools.show(ctx, signed, 'services', 'portal/way-in', {
      company: { id: company.id, name: company.name },
      address,
      unlinked: query.done === 'unlinked',
    })
  }

  const sendCode = async (ctx: PortalContext, signed: Signed, { params }: AtCompany): Promise<void> => {
    const { account, company } = await visible.at(signed, params.company, mayGiveWayIn)
    const { wayInAddress } = signed.principal
    const handle = await separateLogins.beginWayIn(account, company.name, wayInAddress, ctx.page.language)
    ctx.cookies.set(cookie, handle, { httpOnly: true, sameSite: 'lax', path: '/', maxAge: hour })
    seeOther(ctx, `/account/services/${company.id}/way-in/code`)
  }

  const showCode = async (
    ctx: PortalContext,
    signed: Signed,
    { params, sent, problems = {} }: AtCompany & CodeShown,
    status = 200,
  ): Promise<void> => {
    const { account, company } = await visible.at(signed, params.company, mayGiveWayIn)
    const address = account.left?.formerAddress ?? signed.principal.wayInAddress
    const path = `/account/services/${company.id}/way-in/code`
    const code = await codeOf(ctx, cookie, { path, waiting: separateLogins.wayInWaiting, sent })
    const data = { company: { id: company.id, name: company.name }, address, problems, code }
    tools.show(ctx, signed, 'services', 'portal/way-in-code', data, status)
  }

  const sendAgain = async (ctx: PortalContext, signed: Signed, { params }: AtCompany): Promise<void> => {
    const { company } = await visible.at(signed, params.company, mayGiveWayIn)
    await separateLogins.sendWayInAgain(handleIn(ctx, cookie), ctx.page.language)
    seeOther(ctx, `/account/services/${company.id}/way-in/code?sent`)
  }

  const complete = async (
    ctx: PortalContext,
    signed: Signed,
    { params, form: { code, password } }: AtCompany & { form: { code: string; password: string } },
  ): Promise<void> => {
    const { account, company } = await visible.at(signed, params.company, mayGiveWayIn)
    const handle = handleIn(ctx, cookie)
    await requireStrong(password, [company.name, signed.principal.wayInAddress])
    const caller = { network: clientNetwork(ctx), of: account._id }
    const made = await separateLogins.completeWayIn(handle, code, password, caller)
    if (made.outcome === 'known') throw new AppError('conflict', 'address-taken-there', { values: { field: 'code' } })
    ctx.cookies.set(cookie, null, { path: '/' })
    enqueueAccount(account._id)
    leadTo(ctx, 'services', 'way-in', company.id)
  }

  return [
    row({
      method: 'GET',
      path: '/account/services/:company/way-in',
      right: 'signed in',
      params: atCompany,
      query: done,
      handler: showStart,
    }),
    row({
      method: 'POST',
      path: '/account/services/:company/way-in',
      right: 'proven anew',
      params: atCompany,
      form: nothing,
      limit: 'code-sent-network',
      handler: sendCode,
    }),
    row({
      method: 'GET',
      path: '/account/services/:company/way-in/code',
      right: 'signed in',
      params: atCompany,
      query: sent,
      handler: (ctx, signed, { params, query }) => showCode(ctx, signed, { params, ...query }),
    }),
    row({
      method: 'POST',
      path: '/account/services/:company/way-in/code',
      right: 'proven anew',
      params: atCompany,
      form: codeAndPassword,
      handler: complete,
      again: showCode,
    }),
    row({
      method: 'POST',
      path: '/account/services/:company/way-in/code/send-again',
      right: 'signed in',
      params: atCompany,
      form: nothing,
      limit: 'code-sent-network',
      handler: sendAgain,
      again: showCode,
    }),
  ]
}
