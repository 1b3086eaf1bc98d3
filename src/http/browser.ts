import type { Context } from 'koa'
import type { Config } from '../config.ts'
import { AppError } from '../lib/errors.ts'
import { keyedDigest, randomId, sameSecret } from '../lib/ids.ts'
import { cookieName } from './cookie-name.ts'

/** One id per browser, from before anybody signs in: what forms and one-time codes are bound to. */
export const createBrowsers = (config: Pick<Config, 'production' | 'port' | 'secretKeys' | 'issuer'>) => {
  const name = cookieName(config, 'browser')
  const tokenFor = (key: Uint8Array, browser: string) => keyedDigest(key, 'csrf', browser)

  const known = (ctx: Context): string | undefined => {
    const sent = ctx.cookies.get(name)
    return sent && /^[\w-]{22}$/.test(sent) ? sent : undefined
  }

  return {
    known,

    idOf: (ctx: Context): string => {
      const before = known(ctx)
      if (before) return before
      const made = randomId()
      ctx.cookies.set(name, made, { httpOnly: true, sameSite: 'lax', path: '/', maxAge: 400 * 24 * 3600 * 1000 })
      return made
    },

    csrf: (browser: string): string => tokenFor(config.secretKeys[0]!, browser),

    /** AppError `csrf` (403): the form was not made by us for this browser (T8, T9). */
    requireOwnForm: (ctx: Context, token: string | undefined): void => {
      refuseForeignOrigin(ctx, config)
      const browser = known(ctx)
      const own = browser && token && config.secretKeys.some((key) => sameSecret(tokenFor(key, browser), token))
      if (!own) throw new AppError('forbidden', 'csrf')
    },
  }
}

export type Browsers = ReturnType<typeof createBrowsers>

/**
 * A state change asked for by another site (security §6): `Origin` is the issuer's where it is sent, `null` is foreign,
 * and where a browser says where the request comes from, it is from here.
 */
export const refuseForeignOrigin = (ctx: Context, { issuer }: Pick<Config, 'issuer'>): void => {
  const origin = ctx.get('origin')
  const site = ctx.get('sec-fetch-site')
  const foreign =
    (origin !== '' && origin !== new URL(issuer).origin) || (site !== '' && !['same-origin', 'none'].includes(site))
  if (foreign) throw new AppError('forbidden', 'csrf')
}
