import type { WordValues } from '../i18n/index.ts'
import { AppError, type ErrorKind } from '../lib/errors.ts'
import { problemsOf } from './problems.ts'

/** What is told of a failure: pages, JSON and SCIM say the same in forms of their own. */
export interface Answer {
  status: number
  /** Stable; its sentence is `errors.<code>`. */
  code: string
  /** Whose sentence is told when the code has none of its own. */
  kind: string
  values: WordValues
  /** The rule that refused, by a name to search for in the log (R4). */
  rule: string
  /** What it saw, nothing secret or personal; for the log. */
  saw?: string | undefined
  /** Where it is wrong, when that is one place. */
  field?: string | undefined
  /** A sentence of an API's own, in English. */
  detail?: string
  /** RFC 7644 §3.12. */
  scimType?: string | undefined
  /** Seconds (RFC 9110 §10.2.3). */
  retryAfter?: number | undefined
}

/** A request to an API that is refused as a whole, with a sentence for whoever writes its client. */
export class ApiError extends Error {
  readonly status: number
  readonly scimType: string | undefined
  readonly code: string
  readonly field: string | undefined
  readonly saw: string
  constructor(
    status: number,
    scimType: string | undefined,
    detail: string,
    /** `saw`: where the sentence that leaves does not say it, or repeats what was sent. */
    { code, field, saw = detail }: { code?: string; field?: string | undefined; saw?: string } = {},
  ) {
    super(detail)
    this.status = status
    this.scimType = scimType
    this.code = code ?? apiCodes[status] ?? 'refused'
    this.field = field
    this.saw = saw
  }
}

const apiCodes: Record<number, string> = { 401: 'invalid-token', 404: 'not-found' }
const apiRules: Record<number, string> = {
  401: 'company-token',
  403: 'token-scope',
  404: 'not-found',
  405: 'method-not-allowed',
  412: 'unchanged-since',
  413: 'too-large',
  415: 'unsupported-type',
}

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

/** What a status says that nobody explained. */
export const answerOfStatus = (status: number, code = codeOfStatus[status] ?? 'bad-request'): Answer => ({
  status,
  code,
  kind: code,
  rule: code,
  values: {},
  retryAfter: secondsToWait(status, {}),
})

/**
 * The one map from an error to what leaves, for every entry point. What nobody foresaw is `internal` (500); its cause is
 * in the log alone.
 */
export const answerTo = (error: unknown): Answer => {
  if (error instanceof ApiError) {
    const { status, code, field, message, scimType, saw } = error
    const rule = scimType ?? apiRules[status] ?? code
    return { ...answerOfStatus(status, code), rule, saw, field, detail: message, scimType }
  }
  if (error instanceof AppError) {
    const { kind, code, values } = error
    const status = statusOf[kind]
    const field = typeof values.field === 'string' ? values.field : Object.keys(problemsOf(error) ?? {})[0]
    const retryAfter = secondsToWait(status, values)
    const shownKind = kind === 'invalid' ? 'bad-request' : kind
    return { status, code, kind: shownKind, rule: code, saw: error.detail, values, field, retryAfter }
  }
  const { status, expose, name } = error as { status?: unknown; expose?: unknown; name?: unknown }
  if (typeof status === 'number' && expose === true && codeOfStatus[status]) return answerOfStatus(status)
  // Fail closed: without its store the product answers nothing rather than something (security §8).
  if (/^(MongoNetwork|MongoServerSelection|MongooseServerSelection|MongoNotConnected|MongoPool)/.test(String(name)))
    return answerOfStatus(503)
  return answerOfStatus(500, 'internal')
}

/** Whoever is refused for a while is told for how long; what failed by itself is tried again soon. */
const secondsToWait = (status: number, { minutes, seconds }: WordValues): number | undefined => {
  if (typeof minutes === 'number') return Math.ceil(minutes * 60)
  if (typeof seconds === 'number') return Math.ceil(seconds)
  return status === 503 ? 10 : status === 429 ? 60 : undefined
}
