import type { Context } from 'koa'
import type { AskingBrowser, SignedInAs } from '../lib/browser-binding.ts'
import { hour } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { digest, keyedDigest, randomId, sameSecret } from '../lib/ids.ts'
import { cookieName } from './cookie-name.ts'
import type { HttpSettings } from './settings.ts'

/** As long as what a first answer begins can be gone on with. */
const firstCountsFor = hour

/** One secret per browser, from before anybody signs in: what forms, and all that is begun, are bound to (H2, T8). */
export const createBrowsers = (config: Pick<HttpSettings, 'production' | 'port' | 'secretKeys' | 'issuer'>) => {
  const name = cookieName(config, 'browser')
  const firstName = cookieName(config, firstBrowser)
  const tokenFor = (key: Uint8Array, browser: string) => keyedDigest(key, 'csrf', browser)

  const known = (ctx: Context): string | undefined => {
    const sent = ctx.cookies.get(name)
    return sent && /^[\w-]{22}$/.test(sent) ? sent : undefined
  }

  /** Two first answers at once each leave a secret, of which the later one stays: the other counts for a while too. */
  const held = (ctx: Context): string[] => {
    const main = known(ctx)
    const first = [...ctx.get('cookie').matchAll(/(?:^|; ?)([\w.-]+)=([\w-]{22})(?=;|$)/g)]
      .filter(([, sent = '']) => sent.startsWith(`${firstName}.`))
      .map(([, , secret = '']) => secret)
    return [...(main ? [main] : []), ...first]
  }

  const idOf = (ctx: Context): string => {
    const before = known(ctx)
    if (before) return before
    const made = randomId()
    const options = { httpOnly: true, sameSite: 'lax', path: '/' } as const
    ctx.cookies.set(name, made, { ...options, maxAge: 400 * 24 * 3600 * 1000 })
    ctx.cookies.set(`${firstName}.${randomId(6)}`, made, { ...options, maxAge: firstCountsFor })
    return made
  }

  return {
    known,
    idOf,

    /** What is begun for this request is bound to. `id` answers the one secret of the request, known or made. */
    asking: (ctx: Context, id: () => string, network: () => string): AskingBrowser => {
      let known = false
      let signedInAs: SignedInAs | undefined
      return {
        key: () => digest(id()),
        holds: (key) => held(ctx).some((secret) => sameSecret(digest(secret), key)),
        network,
        isSignedIn: () => known,
        signedIn: (as) => {
          known = true
          signedInAs = as ?? signedInAs
        },
        signedInAs: () => signedInAs,
      }
    },

    csrf: (browser: string): string => tokenFor(config.secretKeys[0]!, browser),

    /** Goes with the token of a form: whose page it stands on, told to nobody. */
    ownerTag: (owner: string): string => keyedDigest(config.secretKeys[0]!, 'form-owner', owner),

    /** For what is told of before the token is read; `requireFormToken` asks it as well. */
    refuseForeign: (ctx: Context): void => refuseForeignOrigin(ctx, config),

    /**
     * What the form says of whose page it stood on, if anything. AppError `csrf` (403): it was not made by us for this
     * browser (T8, T9).
     */
    requireFormToken: (ctx: Context, sent = ''): string | undefined => {
      refuseForeignOrigin(ctx, config)
      const [token, owner] = sent.split('.', 2)
      const isOwn = (secret: string) => config.secretKeys.some((key) => sameSecret(tokenFor(key, secret), token ?? ''))
      if (!held(ctx).some(isOwn))
        throw new AppError('forbidden', 'csrf', { detail: token ? 'the token of another browser' : 'no token' })
      return owner
    },

    /** The browser itself says that a page of ours sent it; where it says nothing, that is not known. */
    isFromHere: (ctx: Context): boolean =>
      ctx.get('origin') === new URL(config.issuer).origin && ['', 'same-origin'].includes(ctx.get('sec-fetch-site')),
  }
}

/** A first answer's secret, by a name of its own: `browser-first.{random}`. */
export const firstBrowser = 'browser-first'

export type Browsers = ReturnType<typeof createBrowsers>

/**
 * A state change asked for by another site (security §6): `Origin` is the issuer's where it is sent, `null` is foreign,
 * and where a browser says where the request comes from, it is from here.
 */
export const refuseForeignOrigin = (ctx: Context, { issuer }: Pick<HttpSettings, 'issuer'>): void => {
  const origin = ctx.get('origin')
  const site = ctx.get('sec-fetch-site')
  const foreign =
    (origin !== '' && origin !== new URL(issuer).origin) || (site !== '' && !['same-origin', 'none'].includes(site))
  if (foreign) throw new AppError('forbidden', 'csrf', { detail: 'sent by a page of another site' })
}
