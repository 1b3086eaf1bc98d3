import type { Context } from 'koa'
import { createToldPages, type PageContext, seeOther } from '../http/index.ts'
import { signedOut } from './routes.ts'
import type { SessionState } from './session-store.ts'

export interface TellSignedOutDeps {
  issuer: string
  production: boolean
  port: number
}

type SessionOf = (ctx: Context) => Promise<SessionState | undefined>

/** That somebody is signed out is told to whom a sign-out led there; anybody else may well be signed in (H56). */
export const createTellSignedOut = (config: TellSignedOutDeps, sessionOf: SessionOf) => {
  const told = createToldPages(config)
  const { origin } = new URL(config.issuer)
  const pageOf = (ctx: Context) => ctx as unknown as PageContext

  /** It is so still: nobody has signed in since, nor gone back to the service that alone was left (H62). */
  const isStillSo = async (ctx: Context): Promise<boolean> => {
    const session = await sessionOf(ctx)
    const left = ctx.query.client_id
    if (left === undefined) return session?.principal === undefined
    return session?.principal !== undefined && !(String(left) in session.authorizations)
  }

  return {
    leads: async (ctx: Context, next: () => Promise<void>): Promise<void> => {
      await next()
      const location = ctx.response.get('location')
      if (ctx.status !== 303 || !location) return
      const to = new URL(location, origin)
      if (to.origin === origin && to.pathname === signedOut) told.leads(pageOf(ctx), to.pathname + to.search, '')
    },

    tells: async (ctx: Context, next: () => Promise<void>): Promise<void> =>
      told.isLedHere(pageOf(ctx), '') && (await isStillSo(ctx)) ? next() : seeOther(ctx, '/account'),
  }
}
