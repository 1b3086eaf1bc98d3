import type { IncomingMessage, ServerResponse } from 'node:http'
import { randomId } from '../lib/ids.ts'
import type { createRecord } from './record-request.ts'
import { headersOfAll } from './security-headers.ts'
import type { HttpSettings } from './settings.ts'

/** What a request is answered with, and the headers that it has beside those of every answer. */
export interface PlainAnswer {
  /** 200 where it is left out. */
  status?: number
  headers: Record<string, string | string[]>
  /** Data; or a text, of the type that `headers` name. */
  body: object | string
  /** By what the log names an address that has an id in it; otherwise it is the address itself. */
  pattern?: string
}

/** undefined, at once or later: the request was left as it is, for whatever else answers it. */
export type Plainly = (request: IncomingMessage) => Promise<PlainAnswer | undefined> | undefined

type Answer = (request: IncomingMessage, response: ServerResponse) => unknown

/**
 * Before all that a page needs (a context, a language, a browser): what is answered by data alone, most often and always
 * alike. It has the headers of every answer, leaves the same line of log and counts in the same metrics; a request at any
 * other host than the issuer's own, as it is written, is not for it (Z2).
 */
export const createAnswerPlainly = (
  config: Pick<HttpSettings, 'issuer' | 'production'>,
  record: ReturnType<typeof createRecord>,
) => {
  const { host } = new URL(config.issuer)
  const always = { ...headersOfAll(config), 'Content-Type': 'application/json; charset=utf-8' }

  const send = (request: IncomingMessage, response: ServerResponse, answer: PlainAnswer, began: number): void => {
    const { method = '', url = '' } = request
    const { status = 200, body } = answer
    const [id, text] = [randomId(9), typeof body === 'string' ? body : JSON.stringify(body)]
    const [path = ''] = url.split('?', 1)
    record({ request: id, method, path, pattern: answer.pattern ?? path, status, began })
    const length = Buffer.byteLength(text)
    response.writeHead(status, { ...always, ...answer.headers, 'X-Request-Id': id, 'Content-Length': length })
    response.end(text)
  }

  return (plainly: Plainly, others: Answer): Answer =>
    (request, response) => {
      const began = performance.now()
      const asked = request.headers.host === host ? plainly(request) : undefined
      if (!asked) return others(request, response)
      return asked.then((answer) => (answer ? send(request, response, answer, began) : others(request, response)))
    }
}
