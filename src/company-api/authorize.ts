import type { Context } from 'koa'
import { z } from 'zod'
import type { Company, CompanyId } from '../companies/index.ts'
import { ApiError, fields, type PathParams } from '../http/index.ts'
import { type CompanyToken, proofAlgorithms, type Shown } from '../oidc/index.ts'

/** Whose API it is: each row names it, and the guard compares it with the token. */
export const atCompany = z.object({ company: fields.segment() })

export interface AuthorizeDeps {
  company: (id: CompanyId) => Company | undefined
  issuer: string
  verifyToken: (token: string, shown: Shown) => Promise<CompanyToken | undefined>
}

/** Whose token it is, for which of a company's APIs. */
export type CompanyCaller = Awaited<ReturnType<ReturnType<typeof createAuthorize>>>

/**
 * The token must be this company's, for this company's API: aud is its address (RFC 8707). `resourcesOf` says which
 * addresses a token may name; the first is the API's own.
 */
export const createAuthorize =
  (deps: AuthorizeDeps, resourcesOf: (issuer: string, company: CompanyId) => readonly string[]) =>
  async (ctx: Pick<Context, 'get' | 'set' | 'method' | 'path'>, { company: id = '' }: PathParams, scope: string) => {
    const [scheme = '', token] = ctx.get('Authorization').split(' ')
    const shown = { scheme: scheme.toLowerCase(), proof: ctx.get('DPoP'), method: ctx.method, path: ctx.path }
    const company = deps.company(id)
    const resources = resourcesOf(deps.issuer, id)
    const [resource = ''] = resources
    const brought = schemes.includes(shown.scheme) ? token : undefined
    const granted = brought ? await deps.verifyToken(brought, shown) : undefined
    if (!granted || !company || granted.company !== company.id || !resources.includes(granted.audience)) {
      // Who brought none is told no more than what is asked for (RFC 6750 §3.1).
      ctx.set('WWW-Authenticate', brought ? challenge(shown.scheme, 'error="invalid_token"') : eitherScheme)
      throw new ApiError(401, undefined, `A token of this company with resource=${resource} is needed.`, {
        saw: whatIsWrong(brought, granted, company),
      })
    }
    if (granted.misshown) {
      ctx.set('WWW-Authenticate', howToShowAnew(shown.scheme, granted.misshown))
      throw new ApiError(401, undefined, howToShow[granted.misshown])
    }
    const allowed =
      granted.scopes.includes(scope) || (scope === 'accounts.read' && granted.scopes.includes('accounts.write'))
    if (!allowed) {
      ctx.set('WWW-Authenticate', challenge(shown.scheme, `error="insufficient_scope", scope="${scope}"`))
      throw new ApiError(403, undefined, `The token lacks the scope ${scope}.`)
    }
    return { company, resource, client: granted.clientId }
  }

const schemes = ['bearer', 'dpop']

const howToShow = {
  bound:
    'This token is bound to a key: send it with the scheme DPoP, and in the header DPoP a proof of that key for this very request, which was not sent before (RFC 9449).',
  'not bound': 'This token is bound to no key: send it with the scheme Bearer.',
}

const algs = `algs="${proofAlgorithms.join(' ')}"`
const eitherScheme = `Bearer, DPoP ${algs}`

/** In the scheme that was shown, or would do (RFC 9449 §7.1). */
const challenge = (scheme: string, error: string): string =>
  scheme === 'dpop' ? `DPoP ${error}, ${algs}` : `Bearer ${error}`

const howToShowAnew = (scheme: string, misshown: NonNullable<CompanyToken['misshown']>): string => {
  if (misshown === 'not bound') return challenge('bearer', 'error="invalid_token"')
  return challenge('dpop', `error="${scheme === 'dpop' ? 'invalid_dpop_proof' : 'invalid_token'}"`)
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
