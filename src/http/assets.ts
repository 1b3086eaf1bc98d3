import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import type { PageMiddleware } from './page-context.ts'

const types: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
}

interface Asset {
  body: Buffer
  type: string
  digest: string
}

/** What a style sheet says to whoever reads its source, its indents too, is not sent to whoever opens a page. */
const withoutRemarks = (path: string, body: Buffer): Buffer =>
  extname(path) === '.css'
    ? Buffer.from(
        body
          .toString()
          .replaceAll(/\/\*.*?\*\/\s*/gs, '')
          .replaceAll(/\n\s+/g, '\n'),
      )
    : body

/**
 * `views/assets` held in memory, with what is made at the start (a company's accent) or lies in a package (the type).
 * Addressed by digest they never change and are kept for good; by their plain name they are asked for again.
 */
export const createAssets = (dir: string, made: Record<string, string | Buffer>) => {
  const assets = new Map<string, Asset>()
  const put = (name: string, body: Buffer) => {
    const type = types[extname(name)]
    if (!type) return
    assets.set(name, { body, type, digest: createHash('sha256').update(body).digest('hex').slice(0, 12) })
  }
  for (const path of readdirSync(dir, { recursive: true, encoding: 'utf8' }))
    if (extname(path) !== '') put(path.replaceAll('\\', '/'), withoutRemarks(path, readFileSync(join(dir, path))))
  for (const [name, body] of Object.entries(made)) put(name, Buffer.from(body))

  const serveAssets: PageMiddleware = async (ctx, next) => {
    if (!ctx.path.startsWith('/assets/') || !['GET', 'HEAD'].includes(ctx.method)) return next()
    const [, stem, sent, extension] = /^\/assets\/(.+?)(?:\.([0-9a-f]{12}))?(\.[a-z0-9]+)$/.exec(ctx.path) ?? []
    const asset = assets.get(`${stem}${extension}`)
    if (!asset || (sent && sent !== asset.digest)) return next()
    ctx.set('Cache-Control', sent ? 'public, max-age=31536000, immutable' : 'public, max-age=300')
    ctx.set('Content-Type', asset.type)
    ctx.set('ETag', `"${asset.digest}"`)
    ctx.status = 200
    if (ctx.fresh) ctx.status = 304
    else ctx.body = asset.body
  }

  /** The address of an asset as pages print it. */
  const address = (name: string): string => {
    const asset = assets.get(name)
    if (!asset) throw new Error(`no asset "${name}"`)
    const extension = extname(name)
    return `/assets/${name.slice(0, -extension.length)}.${asset.digest}${extension}`
  }

  return {
    serve: serveAssets,
    has: (name: string): boolean => assets.has(name),
    address,
    /** A text that names other assets, which are there already. */
    add: (name: string, text: string): void => put(name, Buffer.from(text)),
  }
}

export type Assets = ReturnType<typeof createAssets>
