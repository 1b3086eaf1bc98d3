import type { Translations } from '../i18n/index.ts'
import { AppError } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import { type Answer, answerOfStatus, answerTo } from './answer-to.ts'
import { logRefusal } from './log-refusal.ts'
import type { PageContext, PageMiddleware } from './page-context.ts'
import { wayBackOf } from './way-back.ts'

interface AnswerDeps {
  log: Log
  words: Translations
}

/**
 * The one place that decides what leaves when something went wrong: fixed words in the person's language and the
 * request's id, under which one line of log names the rule and what it saw (R4); in development the page says so too.
 * What nobody foresaw becomes one sentence; its cause is in the log.
 */
export const handleErrors = ({ log, words, production }: AnswerDeps & { production: boolean }): PageMiddleware =>
  async function answerTheError(ctx, next) {
    const refuse = (answer: Answer) => {
      const cause = production ? undefined : answer.saw
      if (!ctx.headerSent) show(ctx, words, answer, cause)
    }
    try {
      await next()
      if (ctx.respond === false || ctx.headerSent || ctx.body != null || ctx.status < 400) return
      refuse(noted(ctx, log, answerOfStatus(ctx.status)))
    } catch (error) {
      refuse(noted(ctx, log, answerTo(error), error))
      if (ctx.headerSent) throw error
    }
  }

/** Every failure as `{ error, detail }`: a code to go by and a sentence to read, with `field` where it is one's. */
export const answerInJson = ({ words, log }: AnswerDeps): PageMiddleware =>
  async function answerTheErrorInJson(ctx, next) {
    ctx.set('Cache-Control', 'no-store')
    try {
      await next()
    } catch (error) {
      const answer = answerTo(error)
      const { status, code, field } = answer
      noted(ctx, log, { ...answer, rule: code }, error)
      const failed = { error: 'failed', detail: 'Something failed here. Try again.' }
      setStatus(ctx, answer)
      ctx.body = status === 500 ? failed : { error: code, ...(field && { field }), detail: sentence(answer, words) }
    }
  }

/** What an API says of an error of the product's, in its own terms. */
export type InScim = (error: AppError) => { detail: string; scimType?: string } | undefined

/** Every failure in SCIM's own form (RFC 7644 §3.12). */
export const answerInScim = ({ words, log }: AnswerDeps, inScim: InScim): PageMiddleware =>
  async function answerTheErrorInScim(ctx, next) {
    ctx.set('Cache-Control', 'no-store')
    try {
      await next()
    } catch (error) {
      const answer = noted(ctx, log, answerTo(error), error)
      const own = (error instanceof AppError && inScim(error)) || { scimType: answer.scimType }
      const failed = { detail: 'Something failed here. Nothing was changed; try again.' }
      setStatus(ctx, answer)
      ctx.body = JSON.stringify({
        schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
        status: String(answer.status),
        ...(answer.status === 500 ? failed : { detail: sentence(answer, words), ...own }),
      })
      ctx.type = 'application/scim+json'
    }
  }

/** Into the log: what failed with its cause, what was refused with its rule. */
const noted = (ctx: PageContext, log: Log, answer: Answer, error?: unknown): Answer => {
  const { status, rule, saw } = answer
  if (status < 500) logRefusal(log, ctx, { rule, saw })
  else log.error({ request: ctx.page.requestId, error }, 'request failed')
  return answer
}

/** What programs ask; where it is said what their errors mean. */
const apis = /^\/(scim|support|audience)(\/|$)/
const explained = '</developers#api-errors>; rel="help"'

const setStatus = (ctx: PageContext, { status, retryAfter }: Answer): void => {
  ctx.status = status
  if (apis.test(ctx.path)) ctx.set('Link', explained)
  if (retryAfter !== undefined) ctx.set('Retry-After', String(retryAfter))
}

/** In English, as whoever writes a client reads it. */
const sentence = ({ detail, code, kind, values }: Answer, words: Translations): string | undefined => {
  const known = [`errors.${code}`, `errors.${kind}`].find(words.has)
  return detail ?? (known && words.t('en', known, values))
}

const show = (ctx: PageContext, words: Translations, answer: Answer, cause?: string) => {
  const { page } = ctx
  const { status, code, kind, values } = answer
  const known = [code, kind, 'bad-request'].find((each) => words.has(`errors.${each}`))
  const message = page.t(`errors.${known}`, values)
  setStatus(ctx, answer)
  ctx.set('Cache-Control', 'no-store')
  if (wantsJson(ctx)) {
    ctx.body = { error: code, message, request: page.requestId, ...(cause && { cause }) }
    return
  }
  ctx.render(
    'layout/error',
    {
      heading: page.t(headingOf(words, status)),
      message,
      code,
      requestId: page.requestId,
      cause,
      wayBack: wayBackOf(ctx),
    },
    status,
  )
}

const headingOf = (words: Translations, status: number) => {
  const own = `layout.error.heading-${status}`
  return words.has(own) ? own : 'layout.error.heading'
}

const otherPrograms = /^\/(health|metrics|\.well-known|token|me|jwks|request|device\/auth)(\/|$)|\.json$/

/** Nobody looks at a page there, whatever `Accept` says: Java’s own client prefers pages unless told (RFC 6749 §5.2). */
export const isForPrograms = (path: string): boolean => apis.test(path) || otherPrograms.test(path)

const wantsJson = (ctx: PageContext): boolean => isForPrograms(ctx.path) || ctx.accepts('html', 'json') === 'json'
