import type { IncomingMessage } from 'node:http'

/** The library looks at these: whatever they ask for is its own to answer. */
const asksForMore = ['dpop', 'origin', 'oauth-client-attestation', 'oauth-client-attestation-pop']
export const asksPlainly = ({ headers }: IncomingMessage): boolean =>
  asksForMore.every((name) => headers[name] === undefined)

/** A GET that does is for whoever knows what it means. */
export const bringsBody = ({ headers }: IncomingMessage): boolean =>
  ['content-length', 'content-type', 'transfer-encoding'].some((name) => headers[name] !== undefined)

/** As opaque tokens are made: 256 bits, never a JWT, which has dots (P3). */
const bearer = /^Bearer ([\w-]{43})$/
const basic = /^Basic ([A-Za-z0-9+/]+={0,2})$/
const plainName = /^[\w.~-]+$/
const form = /^application\/x-www-form-urlencoded(?:; ?charset=utf-8)?$/i
const longestForm = 256
const onlyToken =
  /^(?:token=([\w-]{43})(?:&token_type_hint=access_token)?|token_type_hint=access_token&token=([\w-]{43}))$/

/** The token of a GET at exactly this address that brings nothing but it; undefined for every other request. */
export const bearerOf = (request: IncomingMessage, address: string): string | undefined => {
  const { headers, method, url } = request
  if (method !== 'GET' || url !== address || !asksPlainly(request)) return undefined
  return bringsBody(request) ? undefined : bearer.exec(headers.authorization ?? '')?.[1]
}

/** Who asks by a POST at exactly this address, and with what secret, where a short form comes with it. */
export const basicOf = (request: IncomingMessage, address: string): { id: string; secret: string } | undefined => {
  const { headers, method, url } = request
  if (method !== 'POST' || url !== address || !asksPlainly(request)) return undefined
  if (!form.test(headers['content-type'] ?? '') || headers['transfer-encoding'] !== undefined) return undefined
  if (!(Number(headers['content-length']) <= longestForm)) return undefined
  const encoded = basic.exec(headers.authorization ?? '')?.[1]
  if (!encoded || encoded.length % 4 !== 0) return undefined
  const [id, secret, more] = Buffer.from(encoded, 'base64').toString().split(':').map(decoded)
  return id && secret && more === undefined ? { id, secret } : undefined
}

/** As it was before it was form-encoded (RFC 6749 §2.3.1); '' for anything that is no plain id or secret. */
const decoded = (part: string): string => {
  const hasOnlyPlain = /^(?:[\w.~-]|%[2-7][0-9A-Fa-f])+$/.test(part)
  const whole = hasOnlyPlain ? decodeURIComponent(part) : ''
  return plainName.test(whole) ? whole : ''
}

/** The one token that a form asks about; undefined where anything else stands in it. What was read is put back. */
export const askedAbout = async (request: IncomingMessage): Promise<string | undefined> => {
  const length = Number(request.headers['content-length'])
  // It mostly comes with its headers. One that does not is waited for by whoever answers.
  if (request.readableLength < length) await new Promise((resolve) => setImmediate(resolve))
  const [, first, last] = onlyToken.exec(peek(request, length) ?? '') ?? []
  return first ?? last
}

/** A body that has arrived whole, as text. It is put back before its end is told: whoever reads next has all of it. */
const peek = (request: IncomingMessage, length: number): string | undefined => {
  const read = request.readableLength === length ? (request.read() as Buffer | null) : null
  if (read) request.unshift(read)
  return read?.toString()
}
