import Koa from 'koa'
import { health, metricsPage, type PageMiddleware } from '../http/index.ts'
import type { EntryPoints } from './entry-points.ts'
import type { Features } from './features.ts'
import type { Floor } from './floor.ts'
import type { DevDoor } from './jobs.ts'

/** What every request meets, in this order; the entry points last, which are loaded when the first one comes so far. */
export const createServer = (
  { database, http, log, config }: Floor,
  { oidc, metrics }: Features,
  dev: DevDoor | undefined,
  { isReady, entryPoints }: { isReady: () => boolean; entryPoints: () => Promise<EntryPoints> },
): Koa => {
  // It believes the headers of a proxy, which are the issuer's own by then (Z2).
  const koa = new Koa({ proxy: true })
  koa.on('error', (error: unknown) => log.error({ error }, 'a request failed beyond its answer'))
  const use = (...middleware: unknown[]) => {
    for (const each of middleware) koa.use(each as Koa.Middleware)
  }
  use(health(database, isReady))
  // Where there are several, this one's alone would be a lie.
  if (!config.production && config.processes === 1) use(metricsPage(metrics))
  use(...http.middleware, ...(dev?.middleware ?? []))
  // The provider first: it knows its few paths at a glance, and tokens are shown far more often than pages.
  use(oidc.middleware, inTurn(entryPoints))
  return koa
}

const inTurn =
  (entryPoints: () => Promise<EntryPoints>): PageMiddleware =>
  async (ctx, next) => {
    const { middleware } = await entryPoints()
    await middleware.reduceRight<() => Promise<unknown>>((then, each) => async () => each(ctx, then), next)()
  }
