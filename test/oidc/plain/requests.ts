/** A plain request at either endpoint, and each way in which one can be odd, alone or with others. */
import { clientSecret } from '../../../src/config/settings.ts'
import { routes } from '../../../src/oidc/routes.ts'
import { aProof, type ProofKey } from '../../world/fapi-client.ts'
import type { Asked, TwoWays } from './two-ways.ts'

const form = 'application/x-www-form-urlencoded'

/** What is odd of a request; a part that is left out is as it should be. */
export interface Odd {
  method?: string | undefined
  path?: string | undefined
  scheme?: string | undefined
  pair?: string | undefined
  proof?: string | undefined
  origin?: string | undefined
  type?: string | undefined
  more?: string | undefined
  order?: string | undefined
  accept?: string | undefined
  header?: string | undefined
  pieces?: string | undefined
}

/** TOKEN, ASKER and SECRET stand for the request's own. */
export const oddOf = ({ plain: { issuer, config } }: TwoWays): Record<keyof Odd, string[]> => ({
  method: ['GET', 'POST', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'],
  path: ['?', '?access_token=TOKEN', '?scope=openid', '?token=TOKEN', '/', '?client_id=offline', '#a'],
  scheme: 'Bearer,bearer,BEARER,DPoP,Basic,basic,Bearer ,Token,none,wrong secret'.split(','),
  pair: ['encoded', 'other:ASKER', 'ASKER', ':', 'ASKER:', 'ASKER:SECRET:b', '%zz:a', 'ASKER:%00', 'å:ä', '+:+'],
  proof: ['right', 'wrong'],
  origin: [
    '',
    'null',
    'https://elsewhere.example',
    new URL(config.group.clients.get('mobile-store')!.service!.url).origin,
  ],
  type: [
    ...['', form, form.toUpperCase(), `${form};charset=UTF-8`, `${form}; charset=utf-16`, 'application/json'],
    ...['text/plain', 'multipart/form-data; boundary=a', `${form}, text/plain`],
  ],
  more: [
    ...['token_type_hint=access_token', 'token_type_hint=refresh_token', 'token_type_hint=', 'client_id=ASKER'],
    ...['client_id=offline', 'client_secret=SECRET', 'token=TOKEN', 'access_token=TOKEN', 'scope=openid'],
    ...['client_assertion=a', 'x=1', '&', 'token_type_hint=access_token&token_type_hint=access_token', 'é=%'],
    ...[300, 20_000, 70_000].map((length) => `x=${'y'.repeat(length)}`),
  ],
  order: ['turned round'],
  accept: ['text/html', '*/*', 'application/token-introspection+jwt', 'application/jwt', 'image/png'],
  header: [
    ...['cookie:a=b', 'transfer-encoding:chunked', 'content-length:0', 'content-encoding:gzip', 'expect:100-continue'],
    ...['x-forwarded-for:1.2.3.4', 'oauth-client-attestation:a', 'oauth-client-attestation-pop:a', 'te:trailers'],
    ...['x-http-method-override:POST', 'authorization:Bearer TOKEN', 'if-none-match:*', 'range:bytes=0-1'],
    ...['host:elsewhere.example', `host:${new URL(issuer).host.toUpperCase()}`, 'x-forwarded-host:elsewhere.example'],
  ],
  pieces: ['two'],
})

/** What is odd and makes no difference to what is answered; all else is the library's. */
export const unseen = [
  ...['header cookie:a=b', 'header content-encoding:gzip', 'header expect:100-continue', 'header te:trailers'],
  ...['header x-forwarded-for:1.2.3.4', 'header x-http-method-override:POST', 'header if-none-match:*'],
  ...['header range:bytes=0-1', 'header x-forwarded-host:elsewhere.example', 'accept text/html', 'accept */*'],
  ...['accept application/token-introspection+jwt', 'accept application/jwt', 'accept image/png'],
]

export const createRequests = ({ plain: { issuer, config } }: TwoWays, key: ProofKey) => {
  const secretOf = (id: string) => clientSecret(config, id) ?? ''
  const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`

  /** By the one who asks, a client's id; at userinfo nobody is needed. At `token` the form stands in a token's place. */
  return async (
    at: 'userinfo' | 'introspection' | 'token',
    token: string,
    asker: string,
    odd: Odd = {},
  ): Promise<Asked> => {
    const named = (text = '') =>
      text.replaceAll('TOKEN', token).replaceAll('ASKER', asker).replaceAll('SECRET', secretOf(asker))
    const isUserinfo = at === 'userinfo'
    const method = odd.method ?? (isUserinfo ? 'GET' : 'POST')
    const pair = odd.pair === 'encoded' ? encoded(asker, secretOf(asker)) : named(odd.pair ?? 'ASKER:SECRET')
    const schemes: Record<string, string | undefined> = {
      none: undefined,
      'wrong secret': basic(`${asker}:wrong`),
      Basic: basic(pair),
      basic: basic(pair).replace('Basic', 'basic'),
    }
    const { scheme = isUserinfo ? 'Bearer' : 'Basic' } = odd
    const authorization = scheme in schemes ? schemes[scheme] : `${scheme} ${token}`

    const own = at === 'token' ? token.split('&') : isUserinfo ? [] : [`token=${token}`]
    const parts = [...own, named(odd.more)].filter((part) => part !== '')
    const isSilent = method === 'GET' || method === 'HEAD'
    const body = isSilent ? '' : (odd.order ? parts.reverse() : parts).join('&')
    const headers: Record<string, string> = {
      ...(authorization !== undefined && { authorization }),
      ...(body && { 'content-type': form, 'content-length': String(Buffer.byteLength(body)) }),
      ...(odd.type !== undefined && { 'content-type': odd.type }),
      ...(odd.origin !== undefined && { origin: odd.origin }),
      ...(odd.accept && { accept: odd.accept }),
    }
    const [name, ...value] = named(odd.header).split(':')
    if (name) headers[name] = value.join(':')
    if (name === 'transfer-encoding') delete headers['content-length']
    const path = routes[at] + named(odd.path)
    const proof = { method, at: issuer + routes[at], ...(at !== 'token' && { token }) }
    if (odd.proof) headers.dpop = odd.proof === 'right' ? await aProof(key, proof) : 'no proof'
    const half = Math.ceil(body.length / 2)
    return { method, path, headers, body: odd.pieces ? [body.slice(0, half), body.slice(half)] : [body] }
  }
}

/** As RFC 6749 §2.3.1 has it, more than it need be. */
const encoded = (...parts: string[]): string =>
  parts.map((part) => part.replace(/[^a-z]/g, (each) => `%${each.charCodeAt(0).toString(16)}`)).join(':')
