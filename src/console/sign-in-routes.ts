import { z } from 'zod'
import { clientNetwork, cookieName, fields, problemsOf, type Refusal, type Route, seeOther } from '../http/index.ts'
import { AppError, isAppError } from '../lib/errors.ts'
import { trustedFor } from '../limits/index.ts'
import { type ConsoleDeps, row } from './console-deps.ts'
import { askedFor, type StaffGuard } from './staff-guard.ts'

const leadingOn = z.object({ to: fields.word(200).transform(askedFor) })
const onward = fields.text(200).transform(askedFor)

/** The staff's sign-in: address and password, then the second factor. */
export const signInRoutes = (guard: StaffGuard, { config, support: { signIn } }: ConsoleDeps): Route[] => {
  const deviceCookie = cookieName(config, 'staff-device')

  return [
    row({
      method: 'GET',
      path: '/console',
      right: 'anyone',
      handler: async (ctx) => {
        const staff = await signIn.session(guard.token(ctx))
        seeOther(ctx, staff ? guard.home(staff) : '/console/sign-in')
      },
    }),
    row({
      method: 'GET',
      path: '/console/nothing',
      right: 'staff member',
      handler: (ctx, staff) => guard.show(ctx, staff, '', 'console/nothing', { roles: staff.roles }),
    }),
    row({
      method: 'GET',
      path: '/console/sign-in',
      right: 'anyone',
      query: leadingOn,
      handler: (ctx, _nobody, { query: { to } }) => ctx.render('console/sign-in', { to }),
    }),
    row({
      method: 'POST',
      path: '/console/sign-in',
      right: 'anyone',
      form: fields.form({ email: fields.text(254), password: fields.password(), to: onward }),
      handler: async (ctx, _nobody, { form: { email, password, to } }) => {
        const device = ctx.cookies.get(deviceCookie)
        const from = { network: clientNetwork(ctx), ...(device && { device }) }
        const token = await signIn.password(email, password, from)
        if (!token) throw wrong('sign-in-wrong', 'form')
        guard.keep(ctx, token)
        seeOther(ctx, `/console/sign-in/code${onTo(to)}`)
      },
      refusal: refused,
      again: (ctx, _nobody, { problems, raw }, status) =>
        ctx.render('console/sign-in', { problems, raw, to: askedFor(raw.to) }, status),
      page: ({ sentTo, raw }) => sentTo + onTo(askedFor(raw.to)),
    }),
    row({
      method: 'GET',
      path: '/console/sign-in/code',
      right: 'anyone',
      query: leadingOn,
      handler: async (ctx, _nobody, { query: { to } }) => {
        if (!(await signIn.awaitsCode(guard.token(ctx)))) return seeOther(ctx, '/console')
        ctx.render('console/second-factor', { to })
      },
    }),
    row({
      method: 'POST',
      path: '/console/sign-in/code',
      right: 'anyone',
      form: fields.form({ code: fields.text(40), to: onward }),
      handler: async (ctx, _nobody, { form: { code, to } }) => {
        // The half session ran out: the password is asked for again, rather than an error told.
        if (!(await signIn.awaitsCode(guard.token(ctx)))) return seeOther(ctx, '/console/sign-in')
        const token = await signIn.code(guard.token(ctx), code)
        if (!token) throw wrong('second-factor-wrong', 'code')
        guard.keep(ctx, token)
        const staff = await signIn.session(token)
        if (staff)
          ctx.cookies.set(deviceCookie, signIn.browserToken(staff, ctx.cookies.get(deviceCookie)), {
            httpOnly: true,
            sameSite: 'lax',
            path: '/',
            maxAge: trustedFor,
          })
        seeOther(ctx, staff ? guard.home(staff, to) : '/console/sign-in')
      },
      refusal: refused,
      again: (ctx, _nobody, { problems, raw }, status) =>
        ctx.render('console/second-factor', { problems, to: askedFor(raw.to) }, status),
      page: ({ sentTo, raw }) => sentTo + onTo(askedFor(raw.to)),
    }),
    row({
      method: 'POST',
      path: '/console/sign-out',
      right: 'anyone',
      form: fields.form({}),
      handler: async (ctx) => {
        await signIn.signOut(guard.token(ctx))
        guard.keep(ctx, null)
        seeOther(ctx, '/console/sign-in')
      },
    }),
  ]
}

const onTo = (to: string): string => to && `?to=${encodeURIComponent(to)}`

const wrong = (code: string, field: string) => new AppError('invalid', code, { values: { field } })

/** The page says that it was wrong, or that there were too many wrong ones, the same whether anybody has this address (T19). */
const refused = (error: unknown): Refusal | undefined => {
  const problems = problemsOf(error)
  if (problems) return { problems, status: 400 }
  if (!isAppError(error, 'too-many-attempts')) return undefined
  const { values } = error
  return { problems: { form: { code: 'staff-locked', values } }, status: 429, retryAfter: 60 * Number(values.minutes) }
}
