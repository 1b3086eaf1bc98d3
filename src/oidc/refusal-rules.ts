/** An error as oidc-provider throws it. */
export interface EngineError extends Error {
  error?: string
  error_description?: string
  error_detail?: string
  scope?: string
  statusCode?: number
}

export interface RefusalFacts {
  issuer: string
  /** What the library says by itself. */
  own: string
  /** Resources that the client may name; empty where it has not proven which client it is. */
  resources: readonly string[]
  hasScope: boolean
}

interface RefusalRule {
  name: string
  /** The error it answers; any where absent. */
  error?: string
  /** Of the library's own sentence, or of the detail it keeps for the log. */
  when?: RegExp
  /** Only where no scope was sent at all. */
  withoutScope?: true
  /** What the library says itself, for example: for the page that lists the rules. */
  own?: string
  says: (facts: RefusalFacts) => string
}

const scopeMissing = () =>
  'scope must name something that can be granted (RFC 6749, 3.3); an API has its scopes with its resource'

/**
 * The rules that clients run into, each in a sentence for whoever wrote the client: the first that fits counts, and
 * what fits none is told in the library's own words under the error's name. They say what is asked of every client and
 * nothing of what is registered; only what may stand in an answer, so no quotes and no section signs (RFC 6749 §5.2).
 */
const rules: RefusalRule[] = [
  {
    // One sentence: a browser that brings another's cookie is told what one without any is (H2).
    name: 'request-waits',
    when: /authorization request has expired|interaction session not found/,
    says: () => 'the request that this page goes on with is over, or was begun in another browser',
  },
  {
    name: 'redirect-uri',
    when: /redirect_uri did not match/,
    says: () =>
      'redirect_uri must be one that the client registered, character by character: https or http, host, port, path and a slash at its end included (RFC 9700, 2.1)',
  },
  {
    name: 'pkce',
    when: /PKCE to be used|code_challenge/,
    says: () => 'PKCE: send code_challenge, and code_challenge_method=S256 with it (RFC 7636, RFC 9700, 2.1.1)',
  },
  {
    name: 'resource',
    error: 'invalid_target',
    says: ({ resources }) =>
      `resource must be the address of an API of the client's own company (RFC 8707)${resources.length > 0 ? `; here ${resources.join(' or ')}` : ''}`,
  },
  {
    name: 'assertion-audience',
    error: 'invalid_client',
    when: /\baud\b/,
    says: ({ issuer }) => `aud of a client assertion must be the issuer, ${issuer}, and nothing else (RFC 7523, 3)`,
  },
  {
    name: 'client-known',
    error: 'invalid_client',
    when: /^client is invalid/,
    says: () => 'client_id must be one that is registered here',
  },
  {
    name: 'client-authentication',
    error: 'invalid_client',
    says: () =>
      'the client must prove itself as it is registered: by its secret, form-encoded in the Authorization header or in the body, by a signed assertion, or by client_id alone where it is public (RFC 6749, 2.3)',
  },
  {
    name: 'client-authentication',
    when: /^no client authentication mechanism/,
    says: () =>
      'the client must prove itself: by its secret, form-encoded in the Authorization header or in the body, by a signed assertion, or by client_id alone where it is public (RFC 6749, 2.3)',
  },
  { name: 'scope-missing', when: /^openid scope must be requested/, withoutScope: true, says: scopeMissing },
  { name: 'scope-missing', error: 'invalid_scope', when: /^scope is missing/, says: scopeMissing },
  {
    name: 'scope-allowed',
    error: 'invalid_scope',
    says: () =>
      "scope must stay within what the client may be granted: its own scopes, within its company's release policy (RFC 6749, 3.3)",
  },
  {
    name: 'response-type',
    error: 'unsupported_response_type',
    says: () => 'response_type must be code: the implicit and hybrid flows are not offered (RFC 9700, 2.1.2)',
  },
  {
    name: 'grant-type',
    error: 'unsupported_grant_type',
    says: () =>
      'grant_type must be authorization_code, refresh_token, client_credentials or the device code grant; passwords are not taken (RFC 9700, 2.4)',
  },
  {
    name: 'grant-type-allowed',
    when: /grant type is not allowed|is not allowed for this client$/,
    own: 'the grant type is not allowed for this client',
    says: ({ own }) => `${own}: its kind decides what it may ask for`,
  },
  {
    name: 'form-encoded',
    when: /content-type bodies/,
    says: () => 'parameters must be sent as application/x-www-form-urlencoded, not as JSON (RFC 6749, 3.2)',
  },
  {
    name: 'id-token-hint',
    when: /id_token_hint/,
    says: () =>
      'id_token_hint must be an ID token that this issuer made out to this client; one that has run out is taken too (OpenID Connect RP-Initiated Logout 1.0, 2)',
  },
  {
    name: 'sign-out-redirect',
    when: /post_logout_redirect_uri/,
    says: () => 'post_logout_redirect_uri must be one that the client registered, character by character',
  },
  {
    name: 'pushed-request',
    when: /Pushed Authorization Request must be used/,
    says: () => 'this client must push its authorization requests beforehand (RFC 9126)',
  },
  {
    name: 'code-or-token',
    error: 'invalid_grant',
    says: () =>
      'the code or token must be unspent and not have run out, and come from the client, redirect_uri, code_verifier and key that it was given to (RFC 6749, 5.2; RFC 7636)',
  },
  {
    name: 'parameters',
    error: 'invalid_request',
    own: "missing required parameter 'response_type'",
    says: ({ own }) => own || 'a parameter is missing, sent twice, or not in its form',
  },
]

/** A rule as the page for developers lists it, under the name that answers and log give it. */
interface DocumentedRefusal {
  name: string
  /** The error that it answers; any where absent. */
  error?: string
  says: string
}

/** Each rule once, in the words that leave; nothing of any client. */
export const documentedRefusals = (issuer: string): DocumentedRefusal[] => {
  const byName = Map.groupBy(rules, ({ name }) => name)
  return [...byName.values()].map(([rule]) => {
    const { name, error, own = '', says } = rule as RefusalRule
    return { name, ...(error && { error }), says: says({ issuer, own, resources: [], hasScope: false }) }
  })
}

const documented = new Set(rules.map(({ name }) => name))

/** Where a refusal is explained; undefined for what is told in the library's own words. */
export const pageOfRule = (issuer: string, name: string): string | undefined =>
  documented.has(name) ? `${issuer}/developers#${name}` : undefined

export interface RuleApplied {
  name: string
  says: string
}

export const ruleOf = (error: EngineError, facts: RefusalFacts): RuleApplied => {
  const code = error.error ?? 'server_error'
  const texts = [facts.own, error.error_detail ?? '']
  const rule = rules.find(
    (each) =>
      (each.error ?? code) === code &&
      (!each.when || texts.some((text) => each.when?.test(text))) &&
      !(each.withoutScope && facts.hasScope),
  )
  return rule ? { name: rule.name, says: rule.says(facts) } : { name: code, says: facts.own || code }
}

/** In what a redirect address differs from the registered one that is nearest to it. */
export const differenceOf = (sent: string, registered: readonly string[]): string => {
  if (!URL.canParse(sent)) return 'no address in full'
  const url = new URL(sent)
  const parts = (other: URL) => [
    ...(url.protocol === other.protocol ? [] : [`scheme ${url.protocol.slice(0, -1)}`]),
    ...(url.hostname === other.hostname ? [] : ['host']),
    ...(url.port === other.port || url.protocol !== other.protocol ? [] : ['port']),
    ...(url.pathname === other.pathname
      ? []
      : [url.pathname.replace(/\/$/, '') === other.pathname.replace(/\/$/, '') ? 'slash at the end' : 'path']),
    ...(url.search === other.search ? [] : ['query']),
  ]
  const nearest = registered
    .filter((each) => URL.canParse(each))
    .map((each) => parts(new URL(each)))
    .sort((a, b) => a.length - b.length)[0]
  if (!nearest) return 'none is registered'
  return `differs in ${nearest.join(', ') || 'its spelling'}`
}
