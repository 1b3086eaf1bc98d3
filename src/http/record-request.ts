import type { Middleware } from 'koa'
import { randomId } from '../lib/ids.ts'
import type { Log } from '../lib/log.ts'
import { clientAddress } from './client-ip.ts'
import type { HttpSettings } from './settings.ts'

/** For the metrics. */
export type Answered = (request: { path: string; method: string; status: number; seconds: number }) => void

/**
 * One line per request: what was asked by its pattern, never by its address, since paths carry ids and tokens and
 * queries carry people. The id stands on error pages too, so that a person can quote it.
 */
export const recordRequest = ({
  log,
  config,
  answered = () => {},
}: {
  log: Log
  config: Pick<HttpSettings, 'trustedProxies'>
  answered?: Answered | undefined
}): Middleware =>
  async function recordTheRequest(ctx, next) {
    const began = performance.now()
    const request = randomId(9)
    ctx.state.requestId = request
    // Taken before the forwarded headers go (Z2) and while the line is there; read by the few who count by it.
    const caller = { peer: ctx.req.socket.remoteAddress, forwardedFor: ctx.get('x-forwarded-for') }
    ctx.state.callerAddress = () => clientAddress(caller, config.trustedProxies)
    ctx.set('X-Request-Id', request)
    try {
      await next()
    } finally {
      const { method, status } = ctx
      const milliseconds = performance.now() - began
      log.info({ request, method, path: patternOf(ctx), status, milliseconds: Math.round(milliseconds) }, 'request')
      answered({ path: ctx.path, method, status, seconds: milliseconds / 1000 })
    }
  }

const patternOf = (ctx: { status: number; path: string; _matchedRoute?: unknown }): string => {
  if (typeof ctx._matchedRoute === 'string') return ctx._matchedRoute
  const first = /^\/[a-z][a-z.-]{0,30}(?=\/|$)/.exec(ctx.path)?.[0]
  return ctx.status !== 404 && first ? `${first}/…` : '…'
}
