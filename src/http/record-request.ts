import type { Middleware } from 'koa'
import { randomId } from '../lib/ids.ts'
import type { Log } from '../lib/log.ts'
import { clientAddress } from './client-ip.ts'
import type { HttpSettings } from './settings.ts'

/** For the metrics. */
export type Answered = (request: { path: string; method: string; status: number; seconds: number }) => void

interface Recorded {
  request: string
  method: string
  path: string
  pattern: string
  status: number
  /** On the steady clock, in milliseconds. */
  began: number
}

/** The line and the metrics of one request that has its answer. */
export const createRecord =
  ({ log, answered = () => {} }: { log: Log; answered?: Answered | undefined }) =>
  ({ request, method, path, pattern, status, began }: Recorded): void => {
    const milliseconds = performance.now() - began
    log.info({ request, method, path: pattern, status, milliseconds: Math.round(milliseconds) }, 'request')
    answered({ path, method, status, seconds: milliseconds / 1000 })
  }

/**
 * One line per request: what was asked by its pattern, never by its address, since paths carry ids and tokens and
 * queries carry people. The id stands on error pages too, so that a person can quote it.
 */
export const recordRequest = (
  config: Pick<HttpSettings, 'trustedProxies'>,
  record: ReturnType<typeof createRecord>,
): Middleware =>
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
      const { method, path, status } = ctx
      record({ request, method, path, pattern: patternOf(ctx), status, began })
    }
  }

const patternOf = (ctx: { status: number; path: string; _matchedRoute?: unknown }): string => {
  if (typeof ctx._matchedRoute === 'string') return ctx._matchedRoute
  const first = /^\/[a-z][a-z.-]{0,30}(?=\/|$)/.exec(ctx.path)?.[0]
  return ctx.status !== 404 && first ? `${first}/…` : '…'
}
