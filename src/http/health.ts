import type { Middleware } from 'koa'
import { second } from '../lib/clock.ts'
import type { Database } from '../storage/index.ts'

/** Longer than this and whoever asks is told that it does not answer. */
const patience = 3 * second
/** What was seen counts for so long: however many ask, it costs one write. */
const countsFor = second

/** Before everything else: whoever asks whether we live has no host, no cookie and no language. */
export const health = (database: Pick<Database, 'ping'>, isReady: () => boolean): Middleware => {
  let seen: { writes: Promise<boolean>; until: number } | undefined

  const takesWrites = (): Promise<boolean> => {
    if (seen && performance.now() < seen.until) return seen.writes
    const writes = within(patience, database.ping())
    const asked = { writes, until: Number.POSITIVE_INFINITY }
    seen = asked
    void writes.then(() => {
      asked.until = performance.now() + countsFor
    })
    return writes
  }

  return async function tellHealth(ctx, next) {
    if (ctx.path !== '/health/live' && ctx.path !== '/health/ready') return next()
    ctx.set('Cache-Control', 'no-store')
    ctx.body = { status: 'ok' }
    if (ctx.path === '/health/live') return
    const writes = await takesWrites()
    if (writes && isReady()) return
    ctx.status = 503
    ctx.body = { status: writes ? 'starting' : 'the database takes no writes' }
  }
}

const within = (milliseconds: number, work: Promise<unknown>): Promise<boolean> => {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const timer = setTimeout(() => resolve(false), milliseconds)
  work.then(
    () => resolve(true),
    () => resolve(false),
  )
  return promise.finally(() => clearTimeout(timer))
}
