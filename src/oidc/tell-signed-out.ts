import type { Context } from 'koa'
import { createToldPages, type PageContext, seeOther } from '../http/index.ts'
import { signedOut } from './routes.ts'

export interface TellSignedOutDeps {
  issuer: string
  production: boolean
  port: number
}

/** That somebody is signed out is told to whom a sign-out led there; anybody else may well be signed in (H56). */
export const createTellSignedOut = (config: TellSignedOutDeps) => {
  const told = createToldPages(config)
  const { origin } = new URL(config.issuer)
  const pageOf = (ctx: Context) => ctx as unknown as PageContext

  return {
    leads: async (ctx: Context, next: () => Promise<void>): Promise<void> => {
      await next()
      const location = ctx.response.get('location')
      if (ctx.status !== 303 || !location) return
      const to = new URL(location, origin)
      if (to.origin === origin && to.pathname === signedOut) told.leads(pageOf(ctx), to.pathname + to.search, '')
    },

    tells: async (ctx: Context, next: () => Promise<void>): Promise<void> =>
      told.isLedHere(pageOf(ctx), '') ? next() : seeOther(ctx, '/account'),
  }
}
