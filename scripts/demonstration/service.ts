/**
 * One demonstration service: a real relying party (openid-client) in a process of its own. It signs people in, shows
 * the claims it got, is told of changes by security event tokens and of sign-outs by back-channel, and can be made to
 * fail. `node scripts/demonstration/service.ts SETTINGS` with the settings as JSON.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { isLanguage, type Language } from '../../src/i18n/index.ts'
import { adjustableClock } from '../../src/lib/clock.ts'
import { newsletterOf, newsletterPage, page, policyPage, type ServiceLook } from './page.ts'
import { createReceiver } from './receiver.ts'
import { createRelyingParty } from './relying-party.ts'
import { createNewsletter, type NewsletterSettings, type Sent } from './send-newsletter.ts'

export interface ServiceSettings extends ServiceLook {
  url: string
  clientId: string
  clientSecret: string
  scope: string
  /** Absent: its company declares no message that is marketing, or it is a partner's. */
  newsletter?: NewsletterSettings
}

const settings = JSON.parse(process.argv[2] ?? '{}') as ServiceSettings
const clock = adjustableClock()
const cookie = `service-${new URL(settings.url).port}`
const languageCookie = `${cookie}-language`
const party = createRelyingParty(settings)
const receiver = createReceiver({
  issuer: settings.issuer,
  audience: { events: settings.url, logouts: settings.clientId },
  jwksUri: `${settings.issuer}/jwks`,
  changed: party.changed,
  signedOut: party.signedOut,
})

const newsletter = settings.newsletter && createNewsletter(settings.issuer, settings.newsletter)
let lastSent: Sent | undefined

const answer = (response: ServerResponse, status: number, body: string, headers: Record<string, string> = {}): void => {
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy':
      "default-src 'none'; style-src 'unsafe-inline'; script-src 'self'; connect-src 'self'; img-src data:; frame-ancestors 'none'; base-uri 'none'",
    ...headers,
  })
  response.end(body)
}
const json = (response: ServerResponse, status: number, body: unknown): void =>
  answer(response, status, JSON.stringify(body), { 'content-type': 'application/json' })
const redirect = (response: ServerResponse, to: string, headers: Record<string, string> = {}): void =>
  answer(response, 303, '', { location: to, ...headers })

const cookieOf = (request: IncomingMessage, name: string): string | undefined =>
  (request.headers.cookie ?? '')
    .split('; ')
    .find((pair) => pair.startsWith(`${name}=`))
    ?.slice(name.length + 1)
const sessionOf = (request: IncomingMessage): string | undefined => cookieOf(request, cookie)
const keep = (name: string, value: string, path = '/'): Record<string, string> => ({
  'set-cookie': `${name}=${value}; Path=${path}; HttpOnly; SameSite=Lax${path === '/' ? '' : '; Max-Age=1800'}`,
})

/** What somebody chose here before; the provider is then asked to speak it as well. */
const chosenBy = (request: IncomingMessage): Language | undefined =>
  [cookieOf(request, languageCookie)].find(isLanguage)

/**
 * A page in the language that is chosen with it, or was before. English until then, whatever the browser asks for: who
 * tries the group from outside goes by the English words.
 */
const show = (
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  written: (language: Language) => string,
): void => {
  const choice = new URL(request.url ?? '/', settings.url).searchParams.get('lang')
  const chosen = isLanguage(choice) ? choice : undefined
  const language = chosen ?? chosenBy(request) ?? 'en'
  answer(response, status, written(language), chosen && keep(languageCookie, chosen))
}

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  let text = ''
  for await (const chunk of request) {
    text += chunk
    if (text.length > 256 * 1024) throw new Error('too long')
  }
  return text
}

type Handler = (request: IncomingMessage, response: ServerResponse, url: URL) => Promise<void> | void

/** Sent as JSON or as a form; '' when it is neither. */
const modeIn = (text: string): string => {
  try {
    return String((JSON.parse(text) as { mode?: unknown } | null)?.mode ?? '')
  } catch {
    return new URLSearchParams(text).get('mode') ?? ''
  }
}

const routes: Record<string, Handler> = {
  'GET /': (request, response) =>
    show(request, response, 200, (language) => page(settings, language, party.session(sessionOf(request)))),

  'GET /sign-in': async (request, response, url) => {
    const begun = await party.begin(url.searchParams.get('ui_locales') ?? chosenBy(request))
    redirect(response, begun.to, keep(`${cookie}-${begun.state}`, 'begun', '/callback'))
  },

  'GET /callback': async (request, response, url) => {
    const isOwn = (state: string) => cookieOf(request, `${cookie}-${state}`) === 'begun'
    const { error, session } = await party.complete(url, isOwn)
    if (error) return show(request, response, 200, (language) => page(settings, language, undefined, error))
    redirect(response, '/', session ? keep(cookie, session) : {})
  },

  'GET /sign-out': (request, response) => redirect(response, party.signOut(sessionOf(request), chosenBy(request))),

  'GET /changes': (request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    response.write(': open\n\n')
    const stop = party.watch(sessionOf(request), () => response.write('data: changed\n\n'))
    request.on('close', stop)
  },

  'GET /live.js': (_request, response) =>
    answer(response, 200, liveScript, { 'content-type': 'text/javascript; charset=utf-8' }),

  'GET /privacy': (request, response) => show(request, response, 200, (language) => policyPage(settings, language)),
  'GET /newsletter': (request, response) =>
    show(request, response, 200, (language) => newsletterPage(settings, language, lastSent)),
  'POST /newsletter': async (request, response) => {
    const language = chosenBy(request) ?? 'en'
    lastSent = await newsletter?.send(language, newsletterOf(settings, language))
    redirect(response, '/newsletter')
  },

  'GET /health': (_request, response) => json(response, 200, { status: 'ok' }),
  'GET /dev/received': (_request, response) => json(response, 200, receiver.received()),

  'POST /events': async (request, response) => receiver.event(response, await bodyOf(request)),
  'POST /backchannel-logout': async (request, response) => receiver.logout(response, await bodyOf(request)),

  'GET /dev/fault': (_request, response) => json(response, 200, { mode: receiver.mode() }),
  'POST /dev/fault': async (request, response) => {
    const mode = modeIn(await bodyOf(request))
    if (!receiver.fail(mode)) return json(response, 400, { error: 'mode is off, hang, refuse, 500 or html' })
    json(response, 200, { mode })
  },
  'POST /dev/clock': async (request, response) => {
    clock.follow(Number((JSON.parse(await bodyOf(request)) as { offset?: number }).offset ?? 0))
    json(response, 200, { now: new Date().toISOString() })
  },
  'POST /dev/reset': (_request, response) => {
    party.forget()
    lastSent = undefined
    receiver.forget()
    json(response, 200, {})
  },
}

/** Shows a change at once; without it the page is as it was read. */
const liveScript = `const look = async () => {
  const answer = await fetch('/')
  const next = new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('main')
  const here = document.querySelector('main')
  if (here.innerHTML !== next.innerHTML) here.replaceWith(next)
}
if (location.pathname === '/') {
  const changes = new EventSource('/changes')
  changes.onopen = look
  changes.onmessage = look
}`

const server = createServer((request, response) => {
  // A name of somebody else's that leads here (DNS rebinding) is none of ours (H28).
  if (request.headers.host?.toLowerCase() !== new URL(settings.url).host)
    return answer(response, 421, `This is ${settings.url}, and answers by no other name.\n`, {
      'content-type': 'text/plain',
    })
  const url = new URL(request.url ?? '/', settings.url)
  const { origin } = request.headers
  const isFromElsewhere = origin !== undefined && ![settings.url, settings.issuer].includes(origin)
  const handler = routes[`${request.method} ${url.pathname}`]
  const fail = (status: number, error: string) =>
    show(request, response, status, (language) => page(settings, language, undefined, error))
  if (!handler) return fail(404, 'not_found')
  if ((url.pathname.startsWith('/dev/') || request.method === 'POST') && isFromElsewhere)
    return json(response, 403, { error: 'foreign origin' })
  Promise.resolve(handler(request, response, url)).catch((error: unknown) => {
    console.error(`${settings.name}:`, error instanceof Error ? error.message : error)
    if (!response.headersSent) fail(500, 'server_error')
  })
})
server.listen(Number(new URL(settings.url).port), '127.0.0.1')
server.on('error', (error: NodeJS.ErrnoException) => {
  const isTaken = error.code === 'EADDRINUSE'
  console.error(isTaken ? `${settings.name}: ${settings.url} is in use by another process.` : error)
  process.exit(1)
})
const stop = (): void => {
  server.close(() => process.exit(0))
  server.closeAllConnections()
}
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop)
// Who started us has died without a word.
process.once('disconnect', stop)
