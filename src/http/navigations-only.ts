import type { Context } from 'koa'
import { AppError } from '../lib/errors.ts'

/**
 * Pages are opened, never fetched by another site's page: how long an answer to its fetch took would tell whether
 * somebody is signed in here (H10, T19). What this site's own pages fetch is answered, and so are clients that send no
 * fetch metadata. AppError `fetched-from-elsewhere` (403).
 */
export const navigationsOnly = async (ctx: Pick<Context, 'get'>, next: () => Promise<void>): Promise<void> => {
  const isElsewhere = ['same-site', 'cross-site'].includes(ctx.get('sec-fetch-site'))
  if (isElsewhere && ctx.get('sec-fetch-mode') !== 'navigate') throw new AppError('forbidden', 'fetched-from-elsewhere')
  await next()
}
