import type { Context } from 'koa'
import { cookieName, type PageContext, type WayBack } from '../http/index.ts'
import { day } from '../lib/clock.ts'
import type { GroupClient } from '../services/index.ts'

interface WaysBackDeps {
  config: { production: boolean; port: number }
  get: (clientId: string) => GroupClient | undefined
}

/** The latest that one browser began; an older one's page leads to the account pages. */
const most = 5
const keptFor = 30 * day
const entry = /^([\w-]{16,64}):([\w.-]{1,100})$/

/**
 * For which client each of this browser's latest sign-ins was begun, in a cookie: when a sign-in is over, its page
 * still names the service (U8). Nothing rests on it: it leads to registered addresses alone.
 */
export const createWaysBack = ({ config, get }: WaysBackDeps) => {
  const cookie = cookieName(config, 'sign-ins')

  const begun = (ctx: Pick<Context, 'cookies'>): string[] =>
    (ctx.cookies.get(cookie) ?? '').split('~').filter((each) => entry.test(each))

  const wayTo = (ctx: PageContext, clientId: string | undefined): WayBack | undefined => {
    const client = clientId === undefined ? undefined : get(clientId)
    const { name, url } = client?.service ?? client?.partner ?? {}
    return name && url ? { href: url, label: ctx.page.t('layout.error.back-to', { service: name }) } : undefined
  }

  return {
    wayTo,

    remember: (ctx: Pick<Context, 'cookies'>, uid: string, clientId: string): void => {
      const others = begun(ctx).filter((each) => !each.startsWith(`${uid}:`))
      const value = [`${uid}:${clientId}`, ...others].slice(0, most).join('~')
      ctx.cookies.set(cookie, value, { httpOnly: true, sameSite: 'lax', path: '/', maxAge: keptFor, overwrite: true })
    },

    /** Back to the service that this page's sign-in was for; undefined where this browser did not begin it. */
    ofPage: (ctx: PageContext): WayBack | undefined => {
      const [, , uid = ''] = ctx.path.split('/')
      const found = begun(ctx as unknown as Context).find((each) => each.startsWith(`${uid}:`))
      return wayTo(ctx, found?.split(':')[1])
    },

    /** On with a sign-in that goes on. */
    onward: (ctx: PageContext, uid: string, clientId: string): WayBack => {
      const client = get(clientId)
      const { name } = client?.service ?? client?.partner ?? {}
      const label = name ? ctx.page.t('layout.error.on-to', { service: name }) : ctx.page.t('layout.error.on')
      return { href: `/sign-in/${uid}`, label }
    },
  }
}

export type WaysBack = ReturnType<typeof createWaysBack>
