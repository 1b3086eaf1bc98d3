import { z } from 'zod'
import { fields, mount, type PageMiddleware, type Route, readOneClick } from '../http/index.ts'
import { AppError } from '../lib/errors.ts'
import type { PortalDeps } from './portal-deps.ts'
import { type PortalContext, row } from './portal-tools.ts'

type UnsubscribeDeps = Pick<PortalDeps, 'config' | 'unsubscribe'>

const byLetter = z.object({ token: fields.segment(400) })
/** Exactly what RFC 8058 says that is sent, so that nothing which only looks at addresses ends anything. */
const oneClick = fields.form({ 'List-Unsubscribe': fields.text(100) })

/**
 * What a letter's `List-Unsubscribe` leads to (S6-b, RFC 8058): GET shows a page with a button, POST ends it at once,
 * without a cookie, a sign-in or a redirect. Its form carries no token of ours: the address itself is the power.
 */
export const unsubscribeRoutes = ({ config, unsubscribe }: UnsubscribeDeps): Route[] => {
  const show = (
    ctx: PortalContext,
    view: string,
    { company, from }: Awaited<ReturnType<typeof unsubscribe.find>>,
  ): void => {
    ctx.set('Cache-Control', 'no-store')
    const name = config.group.companies.get(company)?.name ?? ''
    ctx.render(view, { company: name, from, action: ctx.path })
  }

  return [
    row({
      method: 'GET',
      path: '/unsubscribe/:token',
      right: 'anyone',
      params: byLetter,
      handler: async (ctx, _nobody, { params: { token } }) =>
        show(ctx, 'portal/unsubscribe', await unsubscribe.find(token)),
    }),
    row({
      method: 'POST',
      path: '/unsubscribe/:token',
      right: 'anyone',
      params: byLetter,
      form: oneClick,
      handler: async (ctx, _nobody, { params: { token }, form }) => {
        if (form['List-Unsubscribe'] !== 'One-Click') throw new AppError('invalid', 'unsubscribe-body')
        show(ctx, 'portal/unsubscribed', await unsubscribe.end(token))
      },
    }),
  ]
}

/** On a router of its own: no guard of a session, no form that belongs to a browser. */
export const createUnsubscribePages = (deps: UnsubscribeDeps): { table: Route[]; middleware: PageMiddleware } => {
  const table = unsubscribeRoutes(deps)
  return {
    table,
    middleware: mount(table, { enter: (_right, _ctx, goOn) => goOn(undefined as never), readForm: readOneClick }),
  }
}
