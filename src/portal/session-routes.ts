import { z } from 'zod'
import { securityText } from '../companies/index.ts'
import { fields, type Route, seeOther } from '../http/index.ts'
import { now } from '../lib/clock.ts'
import type { PortalDeps } from './portal-deps.ts'
import { nothing } from './portal-fields.ts'
import { type PortalContext, row } from './portal-tools.ts'
import { portalPath } from './session-guard.ts'

/** Coming back from the one sign-in page, and going. */
export const sessionRoutes = ({ config, oidc }: Pick<PortalDeps, 'config' | 'oidc'>): Route[] => {
  /** Whoever has signed in with this browser since is not told that nobody is, nor of whoever was before (H62). */
  const showGone = async (ctx: PortalContext, how: string, company?: string): Promise<void> =>
    (await oidc.session(ctx)) ? seeOther(ctx, '/account') : ctx.render('portal/signed-out', { how, company })

  return [
    row({
      method: 'GET',
      path: '/.well-known/security.txt',
      right: 'anyone',
      handler: (ctx) => {
        ctx.type = 'text/plain; charset=utf-8'
        ctx.body = securityText(config.group.operator, config.issuer, now())
      },
    }),
    // Where password managers lead people who are to change theirs (W3C, A Well-Known URL for Changing Passwords).
    row({
      method: 'GET',
      path: '/.well-known/change-password',
      right: 'anyone',
      handler: (ctx) => seeOther(ctx, '/account/security/password'),
    }),
    row({ method: 'GET', path: '/', right: 'anyone', handler: (ctx) => seeOther(ctx, '/account') }),
    /** Without a session the way back would lead here again for ever (cookies refused): it ends with a page that says so. */
    row({
      method: 'GET',
      path: '/account/callback',
      right: 'anyone',
      query: z.object({ error: fields.flag(), state: fields.word(200) }),
      handler: async (ctx, _nobody, { query: { error, state } }) => {
        ctx.set('Cache-Control', 'no-store')
        if (!(await oidc.session(ctx)))
          return ctx.render('portal/signed-out', { how: error ? 'not-signed-in' : 'no-session' })
        seeOther(ctx, portalPath(state))
      },
    }),
    row({
      method: 'POST',
      path: '/account/sign-out',
      right: 'signed in',
      form: nothing,
      handler: async (ctx) => {
        await oidc.signOut(ctx)
        seeOther(ctx, '/account/signed-out')
      },
    }),
    ...['signed-out', 'deleted'].map((how) =>
      row({
        method: 'GET',
        path: `/account/${how}`,
        right: 'anyone',
        otherwise: '/account',
        handler: (ctx) => showGone(ctx, how),
      }),
    ),
    row({
      method: 'GET',
      path: '/account/closed',
      right: 'anyone',
      otherwise: '/account',
      query: z.object({ at: fields.word(100) }),
      handler: (ctx, _nobody, { query: { at = '' } }) => {
        const company = config.group.companies.get(at)?.name
        return showGone(ctx, company === undefined ? 'signed-out' : 'closed', company)
      },
    }),
  ]
}
