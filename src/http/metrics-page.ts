import type { Middleware } from 'koa'
import type { Metrics } from '../lib/metrics.ts'

/** For Prometheus: on a port of its own in production, where nobody else reaches it. */
export const metricsPage = (metrics: Pick<Metrics, 'text' | 'contentType'>): Middleware =>
  async function tellMetrics(ctx, next) {
    if (ctx.path !== '/metrics') return next()
    ctx.type = metrics.contentType
    ctx.body = await metrics.text()
  }
