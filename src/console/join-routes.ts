import { z } from 'zod'
import { isOver } from '../credentials/index.ts'
import {
  clientNetwork,
  fields,
  InvalidForm,
  type Problems,
  problemsBy,
  type Route,
  scopedCookieName,
  seeOther,
} from '../http/index.ts'
import { AppError, unless } from '../lib/errors.ts'
import { qrCode } from '../lib/qr-code.ts'
import type { Joining } from '../staff/index.ts'
import { type ConsoleContext, type ConsoleDeps, row } from './console-deps.ts'

const sentAgain = z.object({ sent: fields.flag() })

/** How an invited member joins: address by code, then a password and an authenticator of their own. */
export const joinRoutes = ({ config, requireStrong, support: { joinStaff } }: ConsoleDeps): Route[] => {
  const joinCookie = scopedCookieName(config, 'join')
  const keepHandle = (ctx: ConsoleContext, handle: string | null) =>
    ctx.cookies.set(joinCookie, handle, { httpOnly: true, sameSite: 'strict', path: '/console/join', overwrite: true })

  const handleOf = (ctx: ConsoleContext): string => {
    const handle = ctx.cookies.get(joinCookie)
    if (!handle) throw new AppError('gone', 'code-expired')
    return handle
  }

  /** What `/parts/code` shows. */
  const codeOf = async (ctx: ConsoleContext, sent = false) => {
    const [action, again] = ['/console/join/code', '/console/join/send-again']
    const known = await unless(
      'code-expired',
      () => joinStaff.joiningWaits(handleOf(ctx)),
      () => undefined,
    )
    return { ...known, isOver: isOver(known), action, again, sent }
  }

  const showCode = async (ctx: ConsoleContext, _nobody: undefined, more: object, status: number) =>
    ctx.render('console/join-code', { code: await codeOf(ctx), ...more }, status)

  const showSetUp = async (
    ctx: ConsoleContext,
    { staff, totp, uri, companies: ids }: Joining,
    problems: Problems = {},
    status = 200,
  ) => {
    const companies = ids.map((id) => ({ value: id, label: config.group.companies.get(id)?.name ?? id }))
    const qr = `data:image/svg+xml,${encodeURIComponent(qrCode(uri, 1))}`
    ctx.render('console/join-set-up', { staff, totp, qr, companies, problems }, status)
  }

  return [
    row({
      method: 'GET',
      path: '/console/join',
      right: 'anyone',
      query: sentAgain,
      handler: async (ctx, _nobody, { query }) => ctx.render('console/join', { code: await codeOf(ctx, query.sent) }),
    }),
    row({
      method: 'POST',
      path: '/console/join',
      right: 'anyone',
      form: fields.form({ email: fields.text(254) }),
      limit: 'code-sent-network',
      handler: async (ctx, _nobody, { form }) => {
        keepHandle(ctx, await joinStaff.beginJoining(form.email, ctx.page.language))
        seeOther(ctx, '/console/join/code')
      },
      again: (ctx, _nobody, more, status) => ctx.render('console/join', { ...more }, status),
    }),
    row({
      method: 'GET',
      path: '/console/join/code',
      right: 'anyone',
      query: sentAgain,
      handler: async (ctx, _nobody, { query }) =>
        ctx.render('console/join-code', { code: await codeOf(ctx, query.sent) }),
    }),
    row({
      method: 'POST',
      path: '/console/join/send-again',
      right: 'anyone',
      form: fields.form({}),
      limit: 'code-sent-network',
      handler: async (ctx) => {
        await joinStaff.sendJoiningAgain(handleOf(ctx), ctx.page.language)
        seeOther(ctx, '/console/join/code?sent')
      },
      again: showCode,
    }),
    row({
      method: 'POST',
      path: '/console/join/code',
      right: 'anyone',
      form: fields.form({ code: fields.text(40) }),
      handler: async (ctx, _nobody, { form }) => {
        const joining = await joinStaff.proveJoining(handleOf(ctx), form.code, { network: clientNetwork(ctx) })
        if (!joining) throw new AppError('forbidden', 'staff-not-invited')
        seeOther(ctx, '/console/join/set-up')
      },
      again: showCode,
    }),
    row({
      method: 'GET',
      path: '/console/join/set-up',
      right: 'anyone',
      handler: async (ctx) => showSetUp(ctx, await joinStaff.joining(handleOf(ctx))),
    }),
    row({
      method: 'POST',
      path: '/console/join/set-up',
      right: 'anyone',
      form: fields.form({ password: fields.password(), code: fields.text(40), company: fields.maybe(100) }),
      handler: async (ctx, _nobody, { form: { password, code, company } }) => {
        const joining = await joinStaff.joining(handleOf(ctx))
        const problems = {
          ...(joining.companies.length > 1 && !company && { company: { code: 'not-chosen' } }),
          ...(await problemsBy(() => requireStrong(password, [joining.staff]))),
          ...(code.trim() === '' && { code: { code: 'required' } }),
        }
        if (Object.keys(problems).length > 0) throw new InvalidForm(problems)
        await joinStaff.completeJoining(handleOf(ctx), password, code, company)
        keepHandle(ctx, null)
        seeOther(ctx, '/console/sign-in')
      },
      again: async (ctx, _nobody, { problems }, status) =>
        showSetUp(ctx, await joinStaff.joining(handleOf(ctx)), problems, status),
    }),
  ]
}
