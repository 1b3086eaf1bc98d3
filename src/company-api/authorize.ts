import type { Context } from 'koa'
import { z } from 'zod'
import type { Company, CompanyId } from '../companies/index.ts'
import { ApiError, fields, type PathParams } from '../http/index.ts'

/** A company's own access token, as verified: its signature, lifetime and issuer hold. */
interface CompanyToken {
  company: CompanyId
  clientId: string
  audience: string
  scopes: string[]
}

/** Whose API it is: each row names it, and the guard compares it with the token. */
export const atCompany = z.object({ company: fields.segment() })

export interface AuthorizeDeps {
  company: (id: CompanyId) => Company | undefined
  issuer: string
  verifyToken: (token: string) => Promise<CompanyToken | undefined>
}

/** Whose token it is, for which of a company's APIs. */
export type CompanyCaller = Awaited<ReturnType<ReturnType<typeof createAuthorize>>>

/**
 * The token must be this company's, for this company's API: aud is its address (RFC 8707). `resourcesOf` says which
 * addresses a token may name; the first is the API's own.
 */
export const createAuthorize =
  (deps: AuthorizeDeps, resourcesOf: (issuer: string, company: CompanyId) => readonly string[]) =>
  async (ctx: Pick<Context, 'get' | 'set'>, { company: id = '' }: PathParams, scope: string) => {
    const [scheme, token] = ctx.get('Authorization').split(' ')
    const company = deps.company(id)
    const resources = resourcesOf(deps.issuer, id)
    const [resource = ''] = resources
    const granted = scheme?.toLowerCase() === 'bearer' && token ? await deps.verifyToken(token) : undefined
    if (!granted || !company || granted.company !== company.id || !resources.includes(granted.audience)) {
      // Who brought none is told no more than what is asked for (RFC 6750 §3.1).
      ctx.set('WWW-Authenticate', token ? 'Bearer error="invalid_token"' : 'Bearer')
      throw new ApiError(401, undefined, `A token of this company with resource=${resource} is needed.`, {
        saw: whatIsWrong(token, granted, company),
      })
    }
    const allowed =
      granted.scopes.includes(scope) || (scope === 'accounts.read' && granted.scopes.includes('accounts.write'))
    if (!allowed) {
      ctx.set('WWW-Authenticate', `Bearer error="insufficient_scope", scope="${scope}"`)
      throw new ApiError(403, undefined, `The token lacks the scope ${scope}.`)
    }
    return { company, resource, client: granted.clientId }
  }

const whatIsWrong = (
  token: string | undefined,
  granted: CompanyToken | undefined,
  company: Company | undefined,
): string => {
  if (!token) return 'no token'
  if (!granted) return 'no token of this issuer that is good now'
  return granted.company === company?.id ? `a token for ${granted.audience}` : 'a token of another company'
}
