import type { Context } from 'koa'
import type { KoaContextWithOIDC } from 'oidc-provider'
import { isUnchanged } from '../http/index.ts'
import { AppError } from '../lib/errors.ts'
import { digest } from '../lib/ids.ts'
import type { Group, GroupClient } from '../services/index.ts'
import { lacksKey } from './proof-of-key.ts'
import type { ScopeEnforcement } from './scope-enforcement.ts'

export interface AnswersDeps {
  issuer: string
  group: Pick<Group, 'apis'>
  get: (clientId: string) => GroupClient | undefined
  doors: Pick<ScopeEnforcement, 'remaining'>
  /** Claims of an access token of ours that holds now; undefined for anything else. */
  verify: (token: string) => Promise<Record<string, unknown> | undefined>
}

type Step = (ctx: Context, next: () => Promise<void>) => Promise<void>

const unproven = /^no client authentication mechanism provided/
/** Seconds for which keys and discovery may be kept; a new key is published a day before it signs (P10). */
const keptFor = 300

/** What the standards have otherwise than the library answers by itself. */
export const createAnswers = ({ issuer, group, get, doors, verify }: AnswersDeps) => {
  /** RFC 6749 §5.2: a client that brings no proof of itself at all is `invalid_client` like any that brings a wrong one. */
  const askForProof: Step = async (ctx, next) => {
    await next()
    const body = ctx.body as { error?: string; error_description?: string } | undefined
    if (body?.error !== 'invalid_request' || !unproven.test(body.error_description ?? '')) return
    ctx.status = 401
    ctx.set('WWW-Authenticate', `Basic realm="${issuer}"`)
    body.error = 'invalid_client'
  }

  /** RFC 7009 §2.2: what was given back is answered by the status alone. */
  const answerRevocation: Step = async (ctx, next) => {
    await next()
    if (ctx.status === 200 && ctx.body === '') ctx.remove('Content-Type')
  }

  /** Who may be told of a company's own token: the client it was given to, and confidential ones of its company (Z7). */
  const isAnswered = (asker: GroupClient | undefined, isPublic: boolean, owner: GroupClient): boolean => {
    if (asker?.client.id === owner.client.id) return true
    return asker !== undefined && !isPublic && !asker.partner && asker.company === owner.company
  }

  /** The library knows no JWT: a company's own token is answered by what it says, as long as it holds (RFC 7662 §2.2, P3). */
  const introspectJwt: Step = async (ctx, next) => {
    await next()
    if ((ctx.body as { error?: string } | undefined)?.error !== 'unsupported_token_type') return
    const { client, params } = (ctx as unknown as KoaContextWithOIDC).oidc
    const claims = await verify(String(params?.token))
    const owner = get(String(claims?.client_id ?? ''))
    const api = group.apis.get(String(claims?.aud))
    ctx.status = 200
    ctx.body = { active: false }
    const asker = get(client?.clientId ?? '')
    if (!claims || !owner || api?.company !== owner.company || lacksKey(owner, claims.cnf)) return
    if (!isAnswered(asker, client?.clientAuthMethod === 'none', owner)) return
    const scope = doors.remaining(owner, String(claims.scope ?? '').split(' ')).join(' ')
    if (scope === '') return
    const { client_id, exp, iat, iss, aud, jti, sub, cnf } = claims
    ctx.body = {
      ...{ active: true, client_id, exp, iat, iss, aud, jti, sub, scope },
      token_type: cnf ? 'DPoP' : 'Bearer',
      ...(cnf !== undefined && { cnf }),
    }
  }

  /** Kept for minutes, and asked for again by its tag (RFC 9111, O7). */
  const letKeep: Step = async (ctx, next) => {
    await next()
    if (ctx.status !== 200 || typeof ctx.body !== 'object' || ctx.body === null) return
    const type = ctx.response.get('content-type') || 'application/json; charset=utf-8'
    const text = JSON.stringify(ctx.body)
    ctx.set('Cache-Control', `public, max-age=${keptFor}`)
    const tag = `"${digest(text)}"`
    ctx.set('ETag', tag)
    if (isUnchanged(ctx, tag)) {
      ctx.status = 304
      return
    }
    ctx.body = text
    ctx.set('Content-Type', type)
  }

  return { askForProof, answerRevocation, introspectJwt, letKeep }
}

export type Answers = ReturnType<typeof createAnswers>

/** Of a form that is too long to be read, or none: never taken for a request without parameters (R10). */
export const formErrorOf = (error: unknown): AppError =>
  (error as { type?: string }).type === 'entity.too.large'
    ? new AppError('too-large', 'request-too-large', { detail: 'a request of more than 16 kB' })
    : new AppError('invalid', 'form-malformed')
