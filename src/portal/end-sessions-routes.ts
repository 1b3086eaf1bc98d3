import { fields, type Route, seeOther } from '../http/index.ts'
import { AppError } from '../lib/errors.ts'
import type { PortalDeps } from './portal-deps.ts'
import { nothing } from './portal-fields.ts'
import { type Form, type PortalContext, row, type Signed } from './portal-tools.ts'
import { leadTo } from './session-guard.ts'

/** Signs somebody out elsewhere: one browser, one that lasts, or all but this one. */
export const endSessionsRoutes = (deps: Pick<PortalDeps, 'oidc' | 'activity' | 'dropBegun'>): Route[] => {
  const { oidc, activity } = deps

  /** Only one of their own: a session's id in the form of somebody else ends nothing. */
  const endOne = async (ctx: PortalContext, signed: Signed, form: Form): Promise<void> => {
    const theirs = (await oidc.sessionsOf(signed.principal.id)).find(({ uid }) => uid === form.session)
    if (!theirs) throw new AppError('not-found', 'no-such-session')
    if (theirs.uid === signed.session.uid) {
      await oidc.signOut(ctx)
      return seeOther(ctx, '/account/signed-out')
    }
    await oidc.endSession(theirs.uid)
    await activity.record({ kind: 'session-ended', holder: signed.principal.id, device: theirs.device })
    leadTo(ctx, 'security', 'session')
  }

  const endLasting = async (ctx: PortalContext, signed: Signed, form: Form): Promise<void> => {
    if (!(await oidc.endOfflineSession(signed.principal.id, form.lasting ?? '')))
      throw new AppError('not-found', 'no-such-session')
    await activity.record({ kind: 'session-ended', holder: signed.principal.id })
    leadTo(ctx, 'security', 'session')
  }

  const endOthers = async (ctx: PortalContext, signed: Signed): Promise<void> => {
    const { id, addresses } = signed.principal
    await oidc.endOthers(id, signed.session.uid)
    await deps.dropBegun(id, addresses)
    await activity.record({ kind: 'session-ended', holder: signed.principal.id })
    leadTo(ctx, 'security', 'sessions')
  }

  return [
    row({
      method: 'POST',
      path: '/account/security/end-session',
      right: 'signed in',
      form: fields.form({ session: fields.text(100) }),
      handler: (ctx, signed, { form }) => endOne(ctx, signed, form),
    }),
    row({
      method: 'POST',
      path: '/account/security/end-lasting',
      right: 'signed in',
      form: fields.form({ lasting: fields.text(100) }),
      handler: (ctx, signed, { form }) => endLasting(ctx, signed, form),
    }),
    row({
      method: 'POST',
      path: '/account/security/end-others',
      right: 'signed in',
      form: nothing,
      handler: endOthers,
    }),
  ]
}
