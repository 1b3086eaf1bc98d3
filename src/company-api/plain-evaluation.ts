import type { IncomingMessage } from 'node:http'
import { arrivedBody, type PlainAnswer, type Plainly } from '../http/index.ts'
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
const bearer = /^Bearer [\w-]+\.[\w-]+\.[\w-]+$/
const json = /^application\/json(?:; ?charset=utf-8)?$/i
/** Whatever else they ask for is for whoever knows what they mean. */
const asksForMore = ['dpop', 'transfer-encoding', 'content-encoding', 'expect']

interface Asked {
  company: string
  authorization: string
}

/** Of a POST at exactly this address, with a signed token and JSON of a length that it says; undefined for every other. */
const askedBy = ({ method, url = '', headers }: IncomingMessage): Asked | undefined => {
  const company = method === 'POST' ? address.exec(url)?.[1] : undefined
  const { authorization = '', 'content-type': type = '', 'content-length': length } = headers
  if (company === undefined || !bearer.test(authorization) || !json.test(type)) return undefined
  if (!(Number(length) <= longestQuestion) || asksForMore.some((name) => headers[name] !== undefined)) return undefined
  return { company, authorization }
}

/**
 * One decision at the audience door without a context, a router and a page, by the functions of its row: the guard, the
 * reader of JSON, the schema, the decision with its record, the answer. It says no to nobody: whatever is not plainly
 * good is handed on untouched, and refused by the row. A decision that failed is handed on as well, and is not made
 * again there: its record may have been written.
 */
export const createPlainEvaluation = ({ audience, authorized, begun }: PlainEvaluationDeps): Plainly => {
  const readOf = async (request: IncomingMessage, { company, authorization }: Asked) => {
    // Nothing is set for whoever is refused: the row does so.
    const shown = { get: (name: string) => (name === 'Authorization' ? authorization : ''), set: () => {} }
    const { method = '', url: path = '' } = request
    const caller = await authorized({ ...shown, method, path }, { company }, 'audience.read')
    const text = await arrivedBody(request)
    const read = text === undefined ? undefined : evaluation.safeParse(jsonOf(text))
    return read?.success ? { caller, question: questionIn(caller.company, read.data) } : undefined
  }

  const answered = async (request: IncomingMessage, asked: Asked): Promise<PlainAnswer | undefined> => {
    const read = await readOf(request, asked).catch(() => undefined)
    if (!read) return undefined
    const { company, client } = read.caller
    const decided = audience.evaluate(company, client, read.question)
    const decision = await decided.catch(() => begun.set(request, decided) && undefined)
    if (!decision) return undefined
    request.resume()
    return { headers: {}, body: present(decision), pattern: evaluationPath }
  }

  return (request) => {
    const asked = askedBy(request)
    return asked && answered(request, asked)
  }
}
