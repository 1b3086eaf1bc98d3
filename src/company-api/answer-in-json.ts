import type { Context, Next } from 'koa'
import { logRefusal, problemsOf, type RefusedBy } from '../http/index.ts'
import type { Translations } from '../i18n/index.ts'
import { type AppError, isAppError } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import { ScimError } from './read-patch.ts'

export interface AnswerDeps {
  /** What the console tells an agent is told here too, in English. */
  words: Pick<Translations, 't' | 'has'>
  log: Log
}

/** Something in the body that is not as it should be, and where. */
export class BodyError extends Error {
  readonly field: string | undefined
  constructor(field: string | undefined, detail: string) {
    super(detail)
    this.field = field
  }
}

const statusOfKind: Record<string, number> = {
  invalid: 400,
  forbidden: 403,
  'not-found': 404,
  gone: 410,
  conflict: 409,
  limited: 429,
}
const codeOfStatus: Record<number, string> = { 401: 'invalid-token', 404: 'not-found' }

/** Every failure as `{ error, detail }`: a code to go by and a sentence to read, with `field` where it is one's. */
export const answerInJson =
  ({ words, log }: AnswerDeps) =>
  async (ctx: Context, next: Next) => {
    ctx.set('Cache-Control', 'no-store')
    try {
      await next()
    } catch (error) {
      const refused = refusedBy(error)
      if (refused) logRefusal(log, ctx, refused)
      if (error instanceof ScimError) {
        answer(ctx, error.status, { error: codeOfStatus[error.status] ?? 'refused', detail: error.message })
      } else if (error instanceof BodyError) {
        const { field, message } = error
        answer(ctx, 400, { error: 'invalid-body', ...(field && { field }), detail: message })
      } else if (isAppError(error) && statusOfKind[error.kind]) {
        if (error.kind === 'limited') ctx.set('Retry-After', String(60 * Number(error.values.minutes ?? 1)))
        answer(ctx, statusOfKind[error.kind] ?? 400, refusalOf(error, words))
      } else {
        log.error({ request: ctx.state.requestId, error }, 'a ticket system’s call failed')
        answer(ctx, 500, { error: 'failed', detail: 'Something failed here. Try again.' })
      }
    }
  }

const refusedBy = (error: unknown): RefusedBy | undefined => {
  if (error instanceof ScimError) return { rule: codeOfStatus[error.status] ?? 'refused', saw: error.saw }
  if (error instanceof BodyError) return { rule: 'invalid-body', saw: error.field }
  return isAppError(error) && statusOfKind[error.kind] ? { rule: error.code, saw: error.detail } : undefined
}

const answer = (ctx: Context, status: number, body: object): void => {
  ctx.status = status
  ctx.body = body
}

const refusalOf = (error: AppError, words: AnswerDeps['words']) => {
  const { code, kind, values } = error
  const field = typeof values.field === 'string' ? values.field : Object.keys(problemsOf(error) ?? {})[0]
  const known = [`errors.${code}`, `errors.${kind}`].find(words.has)
  return { error: code, ...(field && { field }), ...(known && { detail: words.t('en', known, values) }) }
}
