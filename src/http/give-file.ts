import type { Readable } from 'node:stream'
import type { RouteContext } from './route.ts'

export interface GivenFile {
  name: string
  mime: string
  bytes: Buffer | Readable
}

/** A file that somebody sent, to be kept and never shown: no browser opens it under this host (security §6). */
export const giveFile = (ctx: RouteContext, { name, mime, bytes }: GivenFile): void => {
  ctx.attachment(name)
  ctx.type = mime
  ctx.set('Cache-Control', 'no-store')
  ctx.set('Content-Security-Policy', "default-src 'none'; sandbox")
  ctx.body = bytes
}
