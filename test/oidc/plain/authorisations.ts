/** A plain request at the authorization endpoint, and each way in which one can be odd, alone or with others. */
import { routes } from '../../../src/oidc/routes.ts'
import type { SignIn } from './sign-ins.ts'
import type { Asked, TwoWays } from './two-ways.ts'

/** What is odd of a request; a part that is left out is as it should be. */
export interface OddRequest {
  /** `name`: left out · `name=`: empty · `name=a`: instead · `+name=a`: once more. */
  parameter?: string | undefined
  header?: string | undefined
  method?: string | undefined
  path?: string | undefined
}

const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'

const own = 'client_id redirect_uri response_type scope state nonce code_challenge code_challenge_method'.split(' ')

export const oddRequests = ({ plain: { issuer } }: TwoWays): Record<keyof OddRequest, string[]> => ({
  parameter: [
    ...own,
    ...own.map((name) => `${name}=`),
    ...own.map((name) => `+${name}=a`),
    ...own.map((name) => `${name}=a b`),
    ...['prompt=none', 'prompt=login', 'prompt=consent', 'prompt=select_account', 'prompt=create', 'prompt=none login'],
    ...['prompt=', '+prompt=none', 'response_mode=query', 'response_mode=fragment', 'response_mode=form_post'],
    ...['response_mode=jwt', 'response_mode=a', 'response_mode=', 'response_type=token', 'response_type=code token'],
    ...['response_type=code id_token', 'response_type=none', 'response_type=CODE', 'response_type=code code'],
    ...['max_age=0', 'max_age=1', 'max_age=100000', 'max_age=-1', 'max_age=a', 'display=page', 'display=popup'],
    ...['ui_locales=sv', 'ui_locales=xx', 'ui_locales=', 'lang=ja', 'lang=', 'claims_locales=sv'],
    ...['claims={"userinfo":{"email":null}}', 'claims={"id_token":{"acr":{"essential":true,"values":["a"]}}}'],
    ...['claims={"id_token":{"sub":{"value":"a"}}}', 'claims=a', 'claims=', 'login_hint=ada@example.com'],
    ...['id_token_hint=a', 'acr_values=urn:unified-sign-in:acr:password', 'acr_values=a', 'request=a.b.c'],
    ...['request_uri=urn:ietf:params:oauth:request_uri:a', 'request_uri=https://elsewhere.example/', 'registration={}'],
    ...[`resource=${issuer}/scim/mobile`, 'resource=https://elsewhere.example/', 'resource=', 'resource=a'],
    ...['dpop_jkt=a', 'authorization_details=[]', 'web_message_uri=a', 'posted=a', 'x=1', '__proto__=a', 'toString=a'],
    ...['scope=openid', 'scope=email openid', 'scope=openid openid email', 'scope=openid offline_access'],
    ...[
      'scope=offline_access',
      'scope=openid accounts.read',
      'scope=openid nonsense',
      'scope=profile',
      'scope=openid ',
    ],
    ...['scope=openid address phone', 'scope=openid "a"', 'scope=openid  email', 'scope=å openid'],
    ...['state=å ä&ö', 'state=<script>', 'state=\'"`', `state=${'s'.repeat(4000)}`, `state=${'s'.repeat(9000)}`],
    ...['state=%', 'state=a+b', 'state=\u0000', 'nonce=å "\\', `nonce=${'n'.repeat(600)}`],
    ...['code_challenge=short', `code_challenge=${'c'.repeat(129)}`, `code_challenge=${challenge.slice(0, -1)}=`],
    ...['code_challenge_method=plain', 'code_challenge_method=s256', 'client_id=gone', 'client_id=mobile-store'],
    ...['redirect_uri=REDIRECT/', 'redirect_uri=REDIRECT?a=b', 'redirect_uri=REDIRECT#a', 'redirect_uri=/callback'],
    ...['redirect_uri=https://elsewhere.example/callback', 'redirect_uri=REDIRECT%2F..', '+redirect_uri=REDIRECT'],
  ],
  header: [
    ...['accept:', 'accept:*/*', 'accept:text/html', 'accept:text/html,application/xhtml+xml,*/*;q=0.8'],
    ...['accept:text/plain', 'accept:application/json', 'accept:text/html;q=0', 'accept:text/html;q=0.9,*/*'],
    ...['accept:text/html,text/html;q=0', 'accept:a', 'sec-fetch-site:cross-site', 'sec-fetch-site:same-origin'],
    ...['sec-fetch-site:none', 'sec-fetch-mode:navigate', 'sec-fetch-site:cross-site&sec-fetch-mode:navigate'],
    ...['sec-fetch-site:same-site&sec-fetch-mode:cors', 'dnt:1', 'sec-gpc:1', 'authorization:Bearer a', 'dpop:a'],
    ...['authorization:Basic YTpi', 'origin:https://elsewhere.example', 'content-length:0', 'content-type:text/plain'],
    ...['transfer-encoding:chunked', 'x-forwarded-for:1.2.3.4', 'x-forwarded-host:a', 'x-http-method-override:POST'],
    ...[
      'host:elsewhere.example',
      `host:${new URL(issuer).host.toUpperCase()}`,
      'accept-language:ja',
      'range:bytes=0-1',
    ],
    ...['if-none-match:*', 'user-agent:Mozilla/5.0 Firefox/140.0', 'oauth-client-attestation:a', 'expect:100-continue'],
  ],
  method: ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS'],
  path: ['/auth/', '/AUTH', '//auth', '/auth/none', '/auth%3F', '/auth?', '/auth?&', '/auth?#', '/me'],
})

export const requestOf = (both: TwoWays, { client, scope, cookie }: SignIn, odd: OddRequest = {}): Asked => {
  const redirect =
    both.plain.config.group.clients.get(client)?.client.redirectUris[0] ?? 'https://gone.example/callback'
  const parameters = new URLSearchParams({
    client_id: client,
    redirect_uri: redirect,
    response_type: 'code',
    scope,
    state: 'a-state',
    nonce: 'a-nonce',
    code_challenge: challenge,
    code_challenge_method: 'S256',
  })
  const { parameter = '', header = '', method = 'GET', path = `${routes.authorization}?` } = odd
  const [, isMore, name = '', value] = /^(\+?)([^=]*)(?:=(.*))?$/s.exec(parameter)!
  const worded = value?.replace('REDIRECT', redirect)
  if (isMore) parameters.append(name, worded!)
  else if (worded !== undefined) parameters.set(name, worded)
  else parameters.delete(name)
  const headers: Record<string, string> = { cookie, accept: 'text/html' }
  for (const each of header.split('&').filter(Boolean)) {
    const [, as, said] = /^([^:]+):(.*)$/.exec(each)!
    if (as === 'accept' && said === '') delete headers.accept
    else headers[as!] = said!
  }
  return { method, path: path + (path.includes('?') ? '' : '?') + parameters, headers, body: [''] }
}
