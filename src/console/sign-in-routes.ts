import { toDataURL } from 'qrcode'
import { clientNetwork, cookieName, type Problems, problemsOf, scopedCookieName, seeOther } from '../http/index.ts'
import { AppError, isAppError } from '../lib/errors.ts'
import { trustedFor } from '../limits/index.ts'
import type { Joining } from '../staff/index.ts'
import type { ConsoleContext, ConsoleDeps, ConsoleRouter } from './console-deps.ts'
import { askedFor, type StaffGuard } from './staff-guard.ts'

/** The staff's sign-in and how an invited member joins: address by code, password, authenticator. */
export const addSignIn = (router: ConsoleRouter, door: StaffGuard, deps: ConsoleDeps): void => {
  const { config, requireStrong, limits } = deps
  const { signIn, joinStaff } = deps.support
  const deviceCookie = cookieName(config, 'staff-device')
  const joinCookie = scopedCookieName(config, 'join')
  const keepHandle = (ctx: ConsoleContext, handle: string | null) =>
    ctx.cookies.set(joinCookie, handle, { httpOnly: true, sameSite: 'strict', path: '/console/join', overwrite: true })

  router.get('/console', async (ctx) => {
    const staff = await signIn.session(door.token(ctx))
    seeOther(ctx, staff ? door.home(staff) : '/console/sign-in')
  })
  router.get(
    '/console/nothing',
    door.staffOnly(null, async (ctx, staff) => door.show(ctx, staff, '', 'console/nothing')),
  )

  router.get('/console/sign-in', async (ctx) => ctx.render('console/sign-in', { to: askedFor(ctx.query.to) }))
  router.post('/console/sign-in', async (ctx) => {
    const { email = '', password = '', to: asked, ...raw } = await door.fields(ctx)
    const to = askedFor(asked)
    const device = ctx.cookies.get(deviceCookie)
    const from = { network: clientNetwork(ctx), ...(device && { device }) }
    const again = (problems: Problems, status: number) =>
      ctx.render('console/sign-in', { problems, raw: { ...raw, email }, to }, status)
    const wrong = { form: { code: 'sign-in-wrong' } }
    const token = await attempt(ctx, again, wrong, () => signIn.password(email, password, from))
    if (!token) return
    door.keep(ctx, token)
    seeOther(ctx, `/console/sign-in/code${to && `?to=${encodeURIComponent(to)}`}`)
  })

  router.get('/console/sign-in/code', async (ctx) => {
    if (!(await signIn.awaitsCode(door.token(ctx)))) return seeOther(ctx, '/console')
    ctx.render('console/second-factor', { to: askedFor(ctx.query.to) })
  })
  router.post('/console/sign-in/code', async (ctx) => {
    const { code = '', to: asked } = await door.fields(ctx)
    const to = askedFor(asked)
    // The half session ran out: the password is asked for again, rather than an error told.
    if (!(await signIn.awaitsCode(door.token(ctx)))) return seeOther(ctx, '/console/sign-in')
    const again = (problems: Problems, status: number) => ctx.render('console/second-factor', { problems, to }, status)
    const wrong = { code: { code: 'second-factor-wrong' } }
    const token = await attempt(ctx, again, wrong, () => signIn.code(door.token(ctx), code.replaceAll(' ', '')))
    if (!token) return
    door.keep(ctx, token)
    const staff = await signIn.session(token)
    if (staff)
      ctx.cookies.set(deviceCookie, signIn.browserToken(staff, ctx.cookies.get(deviceCookie)), {
        httpOnly: true,
        sameSite: 'lax',
        path: '/',
        maxAge: trustedFor,
      })
    seeOther(ctx, staff ? door.home(staff, to) : '/console/sign-in')
  })

  router.post('/console/sign-out', async (ctx) => {
    await door.fields(ctx)
    await signIn.signOut(door.token(ctx))
    door.keep(ctx, null)
    seeOther(ctx, '/console/sign-in')
  })

  /** What `/parts/code` shows. */
  const codeOf = async (ctx: ConsoleContext) => {
    const [action, again] = ['/console/join/code', '/console/join/send-again']
    const sent = ctx.method === 'GET' && ctx.query.sent !== undefined
    try {
      return { ...(await joinStaff.joiningWaits(handleOf(ctx))), action, again, sent }
    } catch (error) {
      if (!isAppError(error, 'code-expired')) throw error
      return { action, again, sent }
    }
  }

  router.get('/console/join', async (ctx) => ctx.render('console/join', { code: await codeOf(ctx) }))
  router.post('/console/join', async (ctx) => {
    const raw = await door.fields(ctx)
    await onPage(ctx, 'console/join', raw, async () => {
      await limits.consume('code-sent-network', clientNetwork(ctx))
      keepHandle(ctx, await joinStaff.beginJoining(raw.email ?? '', ctx.page.language))
      seeOther(ctx, '/console/join/code')
    })
  })

  router.get('/console/join/code', async (ctx) => ctx.render('console/join-code', { code: await codeOf(ctx) }))
  router.post('/console/join/send-again', async (ctx) => {
    const raw = await door.fields(ctx)
    const act = async () => {
      await limits.consume('code-sent-network', clientNetwork(ctx))
      await joinStaff.sendJoiningAgain(handleOf(ctx), ctx.page.language)
      seeOther(ctx, '/console/join/code?sent')
    }
    await onPage(ctx, 'console/join-code', raw, act, async () => ({ code: await codeOf(ctx) }))
  })
  router.post('/console/join/code', async (ctx) => {
    const raw = await door.fields(ctx)
    const act = async () => {
      const joining = await joinStaff.proveJoining(handleOf(ctx), raw.code ?? '', { network: clientNetwork(ctx) })
      if (!joining) throw new AppError('forbidden', 'staff-not-invited')
      await showSetUp(ctx, joining)
    }
    await onPage(ctx, 'console/join-code', raw, act, async () => ({ code: await codeOf(ctx) }))
  })

  router.post('/console/join/set-up', async (ctx) => {
    const { password = '', code = '', company } = await door.fields(ctx)
    const joining = await joinStaff.joining(handleOf(ctx))
    try {
      await requireStrong(password, [joining.staff])
      await joinStaff.completeJoining(handleOf(ctx), password, code.replaceAll(' ', ''), company)
    } catch (error) {
      const problems = problemsOf(error)
      if (!problems) throw error
      return showSetUp(ctx, joining, problems)
    }
    keepHandle(ctx, null)
    seeOther(ctx, '/console/sign-in')
  })

  const handleOf = (ctx: ConsoleContext): string => {
    const handle = ctx.cookies.get(joinCookie)
    if (!handle) throw new AppError('gone', 'code-expired')
    return handle
  }

  const showSetUp = async (ctx: ConsoleContext, { totp, uri, companies: ids }: Joining, problems: object = {}) => {
    const companies = ids.map((id) => ({ value: id, label: config.group.companies.get(id)?.name ?? id }))
    const qr = await toDataURL(uri, { margin: 1 })
    ctx.render('console/join-set-up', { totp, qr, companies, problems }, Object.keys(problems).length > 0 ? 400 : 200)
  }
}

/**
 * The token of a sign-in that went well. Otherwise the page has said what to do: that it was wrong, or that there were
 * too many wrong ones, the same whether anybody has this address (T19).
 */
const attempt = async (
  ctx: ConsoleContext,
  again: (problems: Problems, status: number) => void,
  wrong: Problems,
  signIn: () => Promise<string | undefined>,
): Promise<string | undefined> => {
  try {
    const token = await signIn()
    if (!token) again(wrong, 400)
    return token
  } catch (error) {
    if (!isAppError(error, 'too-many-attempts')) throw error
    ctx.set('Retry-After', String(60 * Number(error.values.minutes)))
    again({ form: { code: 'staff-locked', values: error.values } }, 429)
    return undefined
  }
}

/** Runs an act; what is wrong with the form is shown on its page. */
const onPage = async (
  ctx: ConsoleContext,
  view: string,
  raw: Record<string, string>,
  act: () => Promise<void>,
  more: () => Promise<object> = async () => ({}),
): Promise<void> => {
  try {
    await act()
  } catch (error) {
    const problems = problemsOf(error)
    if (!problems) throw error
    ctx.render(view, { ...(await more()), problems, raw }, 400)
  }
}
