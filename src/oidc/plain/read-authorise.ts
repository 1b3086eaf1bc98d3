import type { IncomingMessage } from 'node:http'
import { isFetchedFromElsewhere } from '../../http/index.ts'
import { asksPlainly, bringsBody } from './read-plain.ts'

/** Whatever else is asked for is the library's. */
const plainParameters = new Set(
  'client_id redirect_uri response_type response_mode scope state nonce code_challenge code_challenge_method prompt'.split(
    ' ',
  ),
)

/** Of a request that asks for a code, as it was sent: each once, none of them empty. */
export interface PlainParameters {
  client_id: string
  redirect_uri: string
  response_type: 'code'
  response_mode?: 'query'
  scope: string
  state?: string
  nonce?: string
  code_challenge: string
  code_challenge_method: 'S256'
  prompt?: 'none'
}

export interface PlainAuthorisation {
  params: PlainParameters
  /** The session's. */
  cookie: { name: string; value: string; signature: string }
}

const longestAddress = 8192
const challenge = /^[\w.~-]{43,128}$/
/** A web address as it is: nothing in it that would be written otherwise, and no query that an answer joins. */
const webAddress = /^https?:\/\/[a-z\d.-]+(?::\d{1,5})?\/[\w./-]*$/
const scopes = /^[\w.:-]+(?: [\w.:-]+)*$/

/** The answer says in HTML where it leads. */
const takesHtml = (accept: string | undefined): boolean =>
  accept === undefined || accept === '*/*' || /^text\/html(?:,|$)/.test(accept)

/** The one cookie of this name; undefined where there are more, or none. */
const cookieOf = (header: string, name: string): string | undefined => {
  const found = header.split(';').flatMap((each) => {
    const trimmed = each.trimStart()
    return trimmed.startsWith(`${name}=`) ? [trimmed.slice(name.length + 1)] : []
  })
  return found.length === 1 ? found[0] : undefined
}

const isPlain = (params: Record<string, string>): params is Record<string, string> & PlainParameters =>
  params.response_type === 'code' &&
  (params.response_mode === undefined || params.response_mode === 'query') &&
  (params.prompt === undefined || params.prompt === 'none') &&
  params.code_challenge_method === 'S256' &&
  challenge.test(params.code_challenge ?? '') &&
  webAddress.test(params.redirect_uri ?? '') &&
  scopes.test(params.scope ?? '') &&
  params.client_id !== undefined

const parametersOf = (query: string): PlainParameters | undefined => {
  const params: Record<string, string> = {}
  for (const [name, value] of new URLSearchParams(query)) {
    if (!plainParameters.has(name) || value === '' || params[name] !== undefined) return undefined
    params[name] = value
  }
  return isPlain(params) ? params : undefined
}

/** What a GET at exactly this address asks for in a browser that is signed in, where it asks plainly. */
export const authorisationOf = (
  request: IncomingMessage,
  address: string,
  name: string,
): PlainAuthorisation | undefined => {
  const { headers, method, url = '' } = request
  if (method !== 'GET' || !url.startsWith(`${address}?`) || url.length > longestAddress) return undefined
  if (headers.cookie === undefined || url.includes('#') || bringsBody(request) || !asksPlainly(request))
    return undefined
  if (isFetchedFromElsewhere(String(headers['sec-fetch-site'] ?? ''), String(headers['sec-fetch-mode'] ?? '')))
    return undefined
  if (headers.authorization !== undefined || !takesHtml(headers.accept)) return undefined
  const value = cookieOf(headers.cookie, name)
  const signature = cookieOf(headers.cookie, `${name}.sig`)
  if (!value || !signature || !/^[\w-]{21,43}$/.test(value)) return undefined
  const params = parametersOf(url.slice(address.length + 1))
  return params && { params, cookie: { name, value, signature } }
}
