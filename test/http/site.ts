/** A tiny site on the real floor: routes of the test's own behind the real middlewares, on a port of its own. */
import { type ClientRequestArgs, createServer, type IncomingMessage, request } from 'node:http'
import { join } from 'node:path'
import Router from '@koa/router'
import Koa from 'koa'
import { Cookie } from 'tough-cookie'
import type { Config } from '../../src/config/settings.ts'
import { createHttp, type PageContext, type PageExtras } from '../../src/http/index.ts'
import { createTranslations } from '../../src/i18n/index.ts'
import type { Log } from '../../src/lib/log.ts'
import { aConfig } from '../world/group.ts'
import { close, listen } from '../world/server.ts'

export const viewsDir = join(import.meta.dirname, '../../views')
export const words = createTranslations(join(viewsDir, 'words'))

export interface Answer {
  status: number
  headers: IncomingMessage['headers']
  text: string
}

export interface Site {
  origin: string
  port: number
  config: Config
  log: string[]
  ask(options: ClientRequestArgs & { path: string }, body?: string): Promise<Answer>
  close(): Promise<void>
}

type Routes = (router: Router<Koa.DefaultState, PageExtras>, http: ReturnType<typeof createHttp>) => void

/** `/form` shows a token and answers with what it took; anything else is the test's. */
export const openSite = async (overrides: Partial<Config> = {}, routes: Routes = () => {}): Promise<Site> => {
  const server = createServer()
  const port = await listen(server)
  const config = aConfig({ port, issuer: `http://localhost:${port}`, ...overrides })
  const log: string[] = []
  const write =
    (level: string) =>
    (...parts: unknown[]) =>
      log.push(JSON.stringify([level, ...parts.map((part) => (part instanceof Error ? part.message : part))]))
  const http = createHttp({
    config,
    log: { info: write('info'), warn: write('warn'), error: write('error'), debug: write('debug') } as unknown as Log,
    words,
    viewsDir,
  })
  const router = new Router<Koa.DefaultState, PageExtras>()
  router.get('/form', (ctx) => {
    ctx.body = { csrf: ctx.page.csrf, browser: ctx.page.browser, language: ctx.page.language }
  })
  router.post('/form', async (ctx) => {
    ctx.body = await http.readForm(ctx as PageContext)
  })
  routes(router, http)
  const app = new Koa<Koa.DefaultState, PageExtras>({ proxy: true })
  for (const step of http.middleware) app.use(step)
  app.use(router.routes()).use(router.allowedMethods())
  server.on('request', app.callback())

  const ask: Site['ask'] = ({ headers, ...options }, body) =>
    new Promise((resolve, reject) => {
      const host = new URL(config.issuer).host
      const sent = request({ host: '127.0.0.1', port, headers: { host, ...headers }, ...options }, async (answer) => {
        const chunks: Buffer[] = []
        for await (const chunk of answer) chunks.push(chunk as Buffer)
        resolve({ status: answer.statusCode!, headers: answer.headers, text: Buffer.concat(chunks).toString() })
      })
      sent.on('error', reject)
      sent.end(body)
    })

  return {
    origin: config.issuer,
    port,
    config,
    log,
    ask,
    close: () => close(server),
  }
}

/** What it sets, as a browser sends it back. */
export const cookiesOf = (answer: Answer): string =>
  (answer.headers['set-cookie'] ?? []).map((set) => Cookie.parse(set)?.cookieString()).join('; ')

/** What a browser that has opened the form holds. */
export const openForm = async (site: Site): Promise<{ cookie: string; csrf: string }> => {
  const page = await site.ask({ path: '/form' })
  return { cookie: cookiesOf(page), csrf: (JSON.parse(page.text) as { csrf: string }).csrf }
}

export const post = (site: Site, body: string, headers: Record<string, string> = {}, path = '/form'): Promise<Answer> =>
  site.ask(
    {
      path,
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'content-length': String(Buffer.byteLength(body)),
        ...headers,
      },
    },
    body,
  )
