import type { Readable } from 'node:stream'
import { type ByteRange, rangeIn } from './byte-range.ts'
import { giveFile } from './give-file.ts'
import type { RouteContext } from './route.ts'

/** A file that goes on where it was broken off: its tag names these very bytes (RFC 9110 §8.8.1). */
export interface ResumableFile {
  name: string
  mime: string
  size: number
  etag: string
  read: (range: ByteRange) => Promise<Readable>
}

/** Whole, or one range of it (RFC 9110 §14): what was broken off goes on only in the bytes that it began with. */
export const giveResumable = async (
  ctx: RouteContext,
  { name, mime, size, etag, read }: ResumableFile,
): Promise<void> => {
  ctx.set('Accept-Ranges', 'bytes')
  const isSame = ['', etag].includes(ctx.get('If-Range'))
  const asked = ctx.method === 'GET' && isSame ? rangeIn(ctx.get('Range'), size) : undefined
  if (asked === 'beyond') {
    ctx.status = 416
    ctx.set('Content-Range', `bytes */${size}`)
    ctx.body = `The file has ${size} bytes: ask for a range that begins within them, or for the whole.\n`
    return
  }
  const range = asked ?? { from: 0, to: size - 1 }
  const bytes = ctx.method === 'HEAD' ? Buffer.alloc(0) : await read(range)
  // Whoever is given nothing has no tag to go on with either.
  ctx.set('ETag', etag)
  giveFile(ctx, { name, mime, bytes })
  if (asked) {
    ctx.status = 206
    ctx.set('Content-Range', `bytes ${range.from}-${range.to}/${size}`)
  }
  ctx.length = range.to - range.from + 1
}
