import type { IncomingMessage } from 'node:http'
import { arrivedBody, type PathParams, type PlainAnswer, type Plainly } from '../http/index.ts'
import { asksPlainly, shownBy } from './asks-plainly.ts'
import { type AudienceApiDeps, type Begun, evaluation, evaluationPath, present, questionIn } from './audience-routes.ts'
import type { createAuthorize } from './authorize.ts'
import { jsonOf } from './read-json.ts'

export interface PlainEvaluationDeps extends AudienceApiDeps {
  authorized: ReturnType<typeof createAuthorize>
  begun: Begun
}

/** Bytes of a question about one person. */
const longestQuestion = 2048
const address = /^\/audience\/([a-z\d-]{1,100})\/evaluation$/
const json = /^application\/json(?:; ?charset=utf-8)?$/i

/** Of a POST at exactly this address, with a signed token and JSON of a length that it says; undefined for every other. */
const askedBy = (request: IncomingMessage): PathParams | undefined => {
  const { method, url = '', headers } = request
  const company = method === 'POST' ? address.exec(url)?.[1] : undefined
  const { 'content-type': type = '', 'content-length': length } = headers
  const isReadable = json.test(type) && Number(length) <= longestQuestion
  return company && isReadable && asksPlainly(request) ? { company } : undefined
}

/**
 * One decision at the audience door without a context, a router and a page, by the functions of its row: the guard, the
 * reader of JSON, the schema, the decision with its record, the answer. It says no to nobody: whatever is not plainly
 * good is handed on untouched, and refused by the row. A decision that failed is handed on as well, and is not made
 * again there: its record may have been written.
 */
export const createPlainEvaluation = ({ audience, authorized, begun }: PlainEvaluationDeps): Plainly => {
  const readOf = async (request: IncomingMessage, params: PathParams) => {
    const caller = await authorized(shownBy(request), params, 'audience.read')
    const text = await arrivedBody(request)
    const read = text === undefined ? undefined : evaluation.safeParse(jsonOf(text))
    return read?.success ? { caller, question: questionIn(caller.company, read.data) } : undefined
  }

  const answered = async (request: IncomingMessage, params: PathParams): Promise<PlainAnswer | undefined> => {
    const read = await readOf(request, params).catch(() => undefined)
    if (!read) return undefined
    const { company, client } = read.caller
    const decided = audience.evaluate(company, client, read.question)
    const decision = await decided.catch(() => begun.set(request, decided) && undefined)
    if (!decision) return undefined
    request.resume()
    return { headers: {}, body: present(decision), pattern: evaluationPath }
  }

  return (request) => {
    const params = askedBy(request)
    return params && answered(request, params)
  }
}
