import { AppError } from '../lib/errors.ts'
import type { PageMiddleware } from './page-context.ts'

/** The longest that a sign-in is begun with in an address (a state of 4,096 and what stands beside it). */
const longestQuery = 8192

/** What an address carries is measured before anybody takes it apart (H3). */
export const limitQuery: PageMiddleware = async function limitTheQuery(ctx, next) {
  if (ctx.querystring.length > longestQuery) throw new AppError('too-large', 'too-large')
  await next()
}
