import type { IncomingMessage } from 'node:http'

/** The library looks at these: whatever they ask for is its own to answer. */
const asksForMore = ['dpop', 'origin', 'oauth-client-attestation', 'oauth-client-attestation-pop']
export const asksPlainly = ({ headers }: IncomingMessage): boolean =>
  asksForMore.every((name) => headers[name] === undefined)

/** A GET that does is for whoever knows what it means. */
export const bringsBody = ({ headers }: IncomingMessage): boolean =>
  ['content-length', 'content-type', 'transfer-encoding'].some((name) => headers[name] !== undefined)

/** As opaque tokens are made, with a row or in a family: 256 bits, never a JWT, which has dots (P3). */
const accessToken = /[\w-]{43}|[\w-]{65}[\da-z]{6,7}-\d{1,9}/.source
const bearer = new RegExp(`^Bearer (${accessToken})$`)
const basic = /^Basic ([A-Za-z0-9+/]+={0,2})$/
const plainName = /^[\w.~-]+$/
const form = /^application\/x-www-form-urlencoded(?:; ?charset=utf-8)?$/i
const onlyToken = new RegExp(
  `^(?:token=(${accessToken})(?:&token_type_hint=access_token)?|token_type_hint=access_token&token=(${accessToken}))$`,
)

/** The token of a GET at exactly this address that brings nothing but it; undefined for every other request. */
export const bearerOf = (request: IncomingMessage, address: string): string | undefined => {
  const { headers, method, url } = request
  if (method !== 'GET' || url !== address || !asksPlainly(request)) return undefined
  return bringsBody(request) ? undefined : bearer.exec(headers.authorization ?? '')?.[1]
}

/** A client and the secret that it says to have. */
export interface Asker {
  id: string
  secret: string
}

/** Who asks by a POST at exactly this address where a form comes with it, of at most so many bytes. */
export const basicOf = (request: IncomingMessage, address: string, longest: number): Asker | undefined => {
  const { headers, method, url } = request
  if (method !== 'POST' || url !== address || !asksPlainly(request)) return undefined
  if (!form.test(headers['content-type'] ?? '') || headers['transfer-encoding'] !== undefined) return undefined
  if (!(Number(headers['content-length']) <= longest)) return undefined
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

/** The one token that a form asks about; undefined where anything else stands in it. */
export const askedAbout = (form: string): string | undefined => {
  const [, first, last] = onlyToken.exec(form) ?? []
  return first ?? last
}

/** What a token is asked for by. */
export type Redeemed =
  | { grantType: 'refresh_token'; refreshToken: string }
  | { grantType: 'authorization_code'; code: string; redirectUri: string; verifier: string }

/** As those of a family are made (P15), and as what it begins with; one of before is the library's. */
const familyToken = /^[\w-]{66}\d{1,9}$/
const codeToken = /^[\w-]{44}$/
const verifierText = /^[\w.~-]{43,128}$/
const encodedValue = /^(?:[\w.~:/-]|%[0-9A-Fa-f]{2})+$/

/** What a form asks for by a refresh token, or by a code with its verifier; undefined where anything else stands in it. */
export const redeemedBy = (form: string): Redeemed | undefined => {
  const fields = new Map<string, string>()
  for (const part of form.split('&')) {
    const at = part.indexOf('=')
    const [name, value] = [part.slice(0, at), part.slice(at + 1)]
    if (at < 1 || fields.has(name) || !encodedValue.test(value)) return undefined
    fields.set(name, decodeURIComponent(value))
  }
  const has = (of: number, ...names: string[]) => fields.size === of && names.every((name) => fields.has(name))
  const [grantType, of] = [fields.get('grant_type'), (name: string) => fields.get(name) ?? '']
  if (grantType === 'refresh_token' && has(2, 'refresh_token')) {
    const refreshToken = of('refresh_token')
    return familyToken.test(refreshToken) ? { grantType, refreshToken } : undefined
  }
  if (grantType !== 'authorization_code' || !has(4, 'code', 'redirect_uri', 'code_verifier')) return undefined
  const [code, redirectUri, verifier] = [of('code'), of('redirect_uri'), of('code_verifier')]
  return codeToken.test(code) && verifierText.test(verifier) ? { grantType, code, redirectUri, verifier } : undefined
}
