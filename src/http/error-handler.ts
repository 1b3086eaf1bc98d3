import type { Translations, WordValues } from '../i18n/index.ts'
import { AppError, type ErrorKind } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import { logRefusal } from './log-refusal.ts'
import type { PageContext, PageMiddleware } from './page-context.ts'

const statusOf: Record<ErrorKind, number> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  gone: 410,
  'too-large': 413,
  limited: 429,
  unavailable: 503,
}

const codeOfStatus: Record<number, string> = {
  400: 'bad-request',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not-found',
  405: 'method-not-allowed',
  406: 'not-acceptable',
  413: 'too-large',
  415: 'unsupported-type',
  501: 'method-not-allowed',
  503: 'unavailable',
}

interface Answer {
  status: number
  code: string
  /** Whose sentence is told when the code has none of its own. */
  kind: string
  values: WordValues
}

const answerWith = (status: number, code: string): Answer => ({ status, code, kind: code, values: {} })

export interface HandleErrorsDeps {
  log: Log
  words: Translations
  production: boolean
}

/**
 * The one place that decides what leaves when something went wrong: fixed words in the person's language and the
 * request's id, under which one line of log names the rule and what it saw (R4); in development the page says so too.
 * What nobody foresaw becomes one sentence; its cause is in the log.
 */
export const handleErrors = ({ log, words, production }: HandleErrorsDeps): PageMiddleware =>
  async function answerTheError(ctx, next) {
    const refuse = (answer: Answer, saw?: string) => {
      if (answer.status < 500) logRefusal(log, ctx, { rule: answer.code, saw })
      const cause = production ? undefined : saw
      if (!ctx.headerSent) show(ctx, words, answer, cause)
    }
    try {
      await next()
      if (ctx.respond === false || ctx.headerSent || ctx.body != null || ctx.status < 400) return
      refuse(answerWith(ctx.status, codeOfStatus[ctx.status] ?? 'bad-request'))
    } catch (error) {
      const answer = answerTo(error)
      if (answer.status >= 500) log.error({ request: ctx.page.requestId, error }, 'request failed')
      refuse(answer, error instanceof AppError ? error.detail : undefined)
      if (ctx.headerSent) throw error
    }
  }

const answerTo = (error: unknown): Answer => {
  if (error instanceof AppError) {
    const { kind, code, values } = error
    return { status: statusOf[kind], code, kind: kind === 'invalid' ? 'bad-request' : kind, values }
  }
  const { status, expose, name } = error as { status?: unknown; expose?: unknown; name?: unknown }
  if (typeof status === 'number' && expose === true && codeOfStatus[status])
    return answerWith(status, codeOfStatus[status])
  // Fail closed: without its store the product answers nothing rather than something (security §8).
  if (/^(MongoNetwork|MongoServerSelection|MongooseServerSelection|MongoNotConnected|MongoPool)/.test(String(name)))
    return answerWith(503, 'unavailable')
  return answerWith(500, 'internal')
}

const show = (ctx: PageContext, words: Translations, { status, code, kind, values }: Answer, cause?: string) => {
  const { page } = ctx
  const message = words.has(`errors.${code}`) ? page.t(`errors.${code}`, values) : page.t(`errors.${kind}`)
  const after = secondsToWait(status, values)
  if (after !== undefined) ctx.set('Retry-After', String(after))
  ctx.set('Cache-Control', 'no-store')
  if (wantsJson(ctx)) {
    ctx.status = status
    ctx.body = { error: code, message, request: page.requestId, ...(cause && { cause }) }
    return
  }
  ctx.render(
    'layout/error',
    { heading: page.t(headingOf(words, status)), message, code, requestId: page.requestId, cause },
    status,
  )
}

/** RFC 9110 §10.2.3. Whoever is refused for a while is told for how long; what failed by itself is tried again soon. */
const secondsToWait = (status: number, { minutes, seconds }: WordValues): number | undefined => {
  if (typeof minutes === 'number') return Math.ceil(minutes * 60)
  if (typeof seconds === 'number') return Math.ceil(seconds)
  return status === 503 ? 10 : undefined
}

const headingOf = (words: Translations, status: number) => {
  const own = `layout.error.heading-${status}`
  return words.has(own) ? own : 'layout.error.heading'
}

const wantsJson = (ctx: PageContext): boolean =>
  /^\/(scim|health|metrics|\.well-known)(\/|$)|\.json$/.test(ctx.path) || ctx.accepts('html', 'json') === 'json'
