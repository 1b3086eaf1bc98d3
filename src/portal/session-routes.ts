import { seeOther } from '../http/index.ts'
import type { PortalDeps } from './portal-deps.ts'
import type { PortalContext, PortalRouter, PortalTools } from './portal-tools.ts'
import { ownPath } from './session-guard.ts'

/** Coming back from the one sign-in page, and going. */
export const addSession = (router: PortalRouter, tools: PortalTools, { oidc }: Pick<PortalDeps, 'oidc'>): void => {
  /** Without a session the way back would lead here again for ever (cookies refused): it ends with a page that says so. */
  const comeBack = async (ctx: PortalContext): Promise<void> => {
    ctx.set('Cache-Control', 'no-store')
    if (ctx.query.error !== undefined || !(await oidc.session(ctx)))
      return ctx.render('portal/signed-out', { how: ctx.query.error !== undefined ? 'not-signed-in' : 'no-session' })
    seeOther(ctx, ownPath(ctx.query.state))
  }

  const signOut = tools.submitted(async (ctx) => {
    await oidc.signOut(ctx)
    seeOther(ctx, '/account/signed-out')
  })

  router.get('/account/callback', comeBack)
  router.post('/account/sign-out', signOut)
  for (const how of ['signed-out', 'closed', 'deleted'])
    router.get(`/account/${how}`, async (ctx) => ctx.render('portal/signed-out', { how }))
}
