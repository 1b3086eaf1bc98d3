import type { Context } from 'koa'
import type { ErrorOut, KoaContextWithOIDC } from 'oidc-provider'
import { logRefusal } from '../http/index.ts'
import type { Log } from '../lib/log.ts'
import { scopesOf } from '../scopes/index.ts'
import type { Group, GroupClient } from '../services/index.ts'
import { differenceOf, type EngineError, pageOfRule, type RuleApplied, ruleOf } from './refusal-rules.ts'

export interface RefusalsDeps {
  issuer: string
  production: boolean
  group: Group
  get: (clientId: string) => GroupClient | undefined
  log: Log
}

/** Why a request was refused. */
export interface Refusal extends RuleApplied {
  error: string
  /** What was seen of the request: nothing secret, and in production for the log alone. */
  saw: string
  client?: string
}

/** Outcomes that are no fault of a client's, each told in one fixed sentence whatever stands behind it (P4). */
const outcomes = new Set([
  'login_required',
  'consent_required',
  'interaction_required',
  'access_denied',
  'unmet_authentication_requirements',
  'expired_token',
  'slow_down',
  'temporarily_unavailable',
])
/** A device that asks before its person has answered is refused nothing. */
const ordinary = new Set(['authorization_pending'])

/** What may stand in an error's description (RFC 6749 §5.2). */
const printable = (text: string): string => text.replace(/["\\]/g, "'").replace(/[^\x20-\x7e]/g, '?')
const longest = 200

/**
 * One line of log for each refused request of a client, and the sentence that it is answered with: the rule that
 * refused, in development also what was seen. Every refusal of the library comes by here through its events, so that
 * an endpoint more is told of as well (R4).
 */
export const createRefusals = ({ issuer, production, group, get, log }: RefusalsDeps) => {
  const refusals = new WeakMap<object, Refusal>()

  /** Only for who has proven which client it is: what is registered is never told to strangers. */
  const resourcesOf = (ctx: KoaContextWithOIDC): string[] => {
    const { client, route } = ctx.oidc
    const known = client && client.clientAuthMethod !== 'none' && get(client.clientId)
    if (!known || !provenRoutes.has(route)) return []
    const allowed = scopesOf(group, known)
    return [...group.apis.values()]
      .filter(({ company, scopes }) => company === known.company && scopes.some((scope) => allowed.includes(scope)))
      .map(({ resource }) => resource)
  }

  const sawOf = (ctx: KoaContextWithOIDC, error: EngineError, rule: string): string => {
    const { client, params } = ctx.oidc
    const unmet = (ctx.state.unmet as string[] | undefined)?.join(', ')
    switch (rule) {
      case 'redirect-uri':
        return differenceOf(String(params?.redirect_uri), (client && get(client.clientId)?.client.redirectUris) ?? [])
      case 'assertion-audience':
        return `aud ${JSON.stringify(claimOf(params?.client_assertion, 'aud'))}`
      case 'scope-allowed':
        return `scope ${error.scope ?? ''}`
      case 'form-encoded':
        return `content type ${ctx.get('content-type').split(';')[0]}`
      case 'response-type':
        return `response_type ${String(params?.response_type)}`
      case 'grant-type':
        return `grant_type ${String(params?.grant_type)}`
      case 'resource':
        return params?.resource === undefined ? 'no resource' : `resource ${String(params.resource)}`
    }
    // A parser's message quotes what was parsed.
    const detail = error.cause instanceof SyntaxError ? undefined : error.error_detail
    return unmet ?? detail ?? error.error_description ?? error.message
  }

  /** What the library refused; the last of several in one request is what it answers. */
  const note = (ctx: KoaContextWithOIDC, thrown: unknown): Refusal | undefined => {
    const error = thrown as EngineError
    const code = error.error
    if (code === undefined || ordinary.has(code) || (error.statusCode ?? 500) >= 500) return undefined
    const own = error.error_description ?? ''
    const rule = outcomes.has(code)
      ? { name: code, says: own }
      : ruleOf(error, { issuer, own, resources: resourcesOf(ctx), hasScope: Boolean(ctx.oidc.params?.scope) })
    const client = ctx.oidc.client?.clientId
    const saw = printable(sawOf(ctx, error, rule.name)).slice(0, longest)
    const refusal = { ...rule, error: code, saw, ...(client && { client }) }
    refusals.set(ctx, refusal)
    return refusal
  }

  /** The sentence that leaves. */
  const sentenceOf = ({ name, says, saw }: Refusal): string => {
    if (outcomes.has(name)) return says
    const page = pageOfRule(issuer, name)
    const whole = page ? `${says}; see ${page}` : says
    return printable(production || saw === says ? whole : `${whole} [seen here: ${saw}]`)
  }

  return {
    note,

    /** Refused before the library sees it. */
    noteEarly: (ctx: Context, error: string, description: string): Refusal => {
      const refusal = {
        ...ruleOf({ name: '', message: error, error }, { issuer, own: description, resources: [], hasScope: true }),
        error,
      }
      refusals.set(ctx, { ...refusal, saw: description })
      return { ...refusal, saw: description }
    },

    /** An answer's parameters as they leave. */
    described: <T extends Record<string, unknown>>(ctx: object, payload: T): T => {
      const refusal = refusals.get(ctx)
      if (!refusal || payload.error !== refusal.error) return payload
      return { ...payload, error: codeOf(refusal), error_description: sentenceOf(refusal) }
    },

    /** What the page says of it, for whoever runs the service. */
    shown: (ctx: object): { rule?: string; rulePage?: string; cause?: string } => {
      const refusal = refusals.get(ctx)
      if (!refusal) return {}
      const rulePage = pageOfRule(issuer, refusal.name)
      return {
        rule: refusal.says,
        ...(rulePage && { rulePage }),
        ...(!production && { cause: `${refusal.name}: ${refusal.saw}` }),
      }
    },

    /** Around everything of the provider: one line for what was refused, whatever form its answer has. */
    around: async (ctx: Context, next: () => Promise<void>): Promise<void> => {
      await next()
      const refusal = refusals.get(ctx)
      const body = ctx.body as (ErrorOut & Record<string, unknown>) | undefined
      const isData = typeof body === 'object' && body !== null && !Buffer.isBuffer(body)
      // Answered after all, as what was asked twice is (R3).
      if (!refusal || (isData && body.error === undefined)) return
      if (isData && body.error === refusal.error) body.error = codeOf(refusal)
      if (isData) body.error_description = sentenceOf(refusal)
      const { name, saw, client } = refusal
      const endpoint = ctx.path.replace(/^(\/(?:auth|device))\/.*/, '$1/…')
      logRefusal(log, ctx, { endpoint, client, error: (isData && body.error) || codeOf(refusal), rule: name, saw })
    },
  }
}

/** The library looks for `openid` beside a nonce or a hint first; what is missing is all of the scope (R9, RFC 6749 §3.3). */
const codeOf = ({ name, error }: Refusal): string =>
  name === 'scope-missing' && error === 'invalid_request' ? 'invalid_scope' : error

export type Refusals = ReturnType<typeof createRefusals>

const provenRoutes = new Set(['token', 'pushed_authorization_request', 'device_authorization'])

/** One claim of a token, unverified: for the log and, in development, for whoever wrote it. */
const claimOf = (token: unknown, name: string): unknown => {
  try {
    return (
      JSON.parse(Buffer.from(String(token).split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>
    )[name]
  } catch {
    return undefined
  }
}
