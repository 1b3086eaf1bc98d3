import type { Middleware } from 'koa'
import type { Database } from '../storage/index.ts'

/** Before everything else: whoever asks whether we live has no host, no cookie and no language. */
export const health = (database: Pick<Database, 'ping'>, isReady: () => boolean): Middleware =>
  async function tellHealth(ctx, next) {
    if (ctx.path !== '/health/live' && ctx.path !== '/health/ready') return next()
    ctx.set('Cache-Control', 'no-store')
    ctx.body = { status: 'ok' }
    if (ctx.path === '/health/live') return
    const reachable = await database.ping().then(
      () => true,
      () => false,
    )
    if (reachable && isReady()) return
    ctx.status = 503
    ctx.body = { status: reachable ? 'starting' : 'the database does not answer' }
  }
