import { AppError } from '../lib/errors.ts'
import type { PageMiddleware } from './page-context.ts'

/** Nothing here is sent in bodies near this size, but a form with files (H3); each reader has its own, lower limit. */
const mostAnnounced = 1024 * 1024
/** What is swallowed of a refused body so that its sender can still read the answer; beyond it the line is cut. */
const mostSwallowed = 16 * 1024 * 1024

export const limitBody: PageMiddleware = async function limitTheBody(ctx, next) {
  const { 'content-length': length, 'transfer-encoding': encoding } = ctx.req.headers
  if (length === undefined && encoding === undefined) return next()
  ctx.res.once('finish', () => {
    if (ctx.req.readableEnded || ctx.req.destroyed) return
    let swallowed = 0
    ctx.req.on('data', (chunk: Buffer) => {
      swallowed += chunk.length
      if (swallowed > mostSwallowed) ctx.req.destroy()
    })
  })
  // Files that are too large are told of at the form that they were sent with (H40).
  if (Number(length ?? 0) > mostAnnounced && !ctx.is('multipart/form-data'))
    throw new AppError('too-large', 'too-large')
  await next()
}
