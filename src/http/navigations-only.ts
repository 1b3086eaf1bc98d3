import type { Context } from 'koa'
import { AppError } from '../lib/errors.ts'

/** As the browser says of itself; clients that send no fetch metadata are none. */
export const isFetchedFromElsewhere = (site: string, mode: string): boolean =>
  ['same-site', 'cross-site'].includes(site) && mode !== 'navigate'

/**
 * Pages are opened, never fetched by another site's page: how long an answer to its fetch took would tell whether
 * somebody is signed in here (H10, T19). What this site's own pages fetch is answered, and so are clients that send no
 * fetch metadata. AppError `fetched-from-elsewhere` (403).
 */
export const navigationsOnly = async (ctx: Pick<Context, 'get'>, next: () => Promise<void>): Promise<void> => {
  if (isFetchedFromElsewhere(ctx.get('sec-fetch-site'), ctx.get('sec-fetch-mode')))
    throw new AppError('forbidden', 'fetched-from-elsewhere')
  await next()
}
