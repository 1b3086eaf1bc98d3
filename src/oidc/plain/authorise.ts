import type { IncomingMessage } from 'node:http'
import type { AdapterPayload, Client, Configuration, KoaContextWithOIDC, Provider } from 'oidc-provider'
import type { PlainAnswer } from '../../http/index.ts'
import { epochSeconds } from '../../lib/clock.ts'
import { openidScopes } from '../../scopes/index.ts'
import type { GroupClient } from '../../services/index.ts'
import type { createCookieSignatures } from '../cookie-signatures.ts'
import type { Grants, OurGrant } from '../grants.ts'
import { codeLifetime, sessionTtl } from '../lifetimes.ts'
import type { RefreshTokens } from '../refresh-tokens.ts'
import type { ScopeEnforcement } from '../scope-enforcement.ts'
import type { OurSession } from '../session-model.ts'
import { isPlainClient, isPlainGrant } from './plain-tokens.ts'
import type { PlainAuthorisation, PlainParameters } from './read-authorise.ts'

export interface PlainAuthoriseDeps {
  issuer: string
  production: boolean
  provider: () => Provider
  get: (clientId: string) => GroupClient | undefined
  signatures: Pick<ReturnType<typeof createCookieSignatures>, 'index'>
  grants: Pick<Grants, 'standingGrant'>
  refreshTokens: Pick<RefreshTokens, 'code' | 'keepCode'>
  doors: Pick<ScopeEnforcement, 'defaultResource'>
  policy: NonNullable<NonNullable<Configuration['interactions']>['policy']>
}

/** What is asked in a context of the library's, by our rules and by its own. */
interface Asked {
  ctx: KoaContextWithOIDC
  params: PlainParameters
  client: Client
  known: GroupClient
  session: OurSession
}

type FindSession = { find: (cookie: string) => Promise<OurSession | undefined> }

/** As the library reads them where no page is shown: once each, without offline access, which a page would be for. */
const wordsOf = (scope: string): string[] => [...new Set(scope.split(' '))].filter((word) => word !== 'offline_access')

/** A code for whoever is signed in and has all of it already: beside the code nothing is written. */
export const createPlainAuthorise = (deps: PlainAuthoriseDeps) => {
  const { issuer, production, provider, grants, doors, signatures, refreshTokens } = deps
  const checks = deps.policy.flatMap((prompt) => [...prompt.checks])

  const clientOf = async ({ client_id, redirect_uri, scope }: PlainParameters) => {
    const known = deps.get(client_id)
    if (!isPlainClient(known) || !known.client.redirectUris.includes(redirect_uri)) return undefined
    const words = wordsOf(scope)
    if (!words.includes('openid') || !words.every((word) => openidScopes.includes(word))) return undefined
    const client = await provider().Client.find(client_id)
    if (!client?.responseTypeAllowed('code') || client.requirePushedAuthorizationRequests) return undefined
    return { known, client }
  }

  const sessionOf = async ({ params, cookie }: PlainAuthorisation): Promise<OurSession | undefined> => {
    const { name, value, signature } = cookie
    // Under an older key it would be signed anew.
    if (signatures.index(`${name}=${value}`, signature) !== 0) return undefined
    const session = await (provider().Session as unknown as FindSession).find(value)
    return session?.accountId && session.authorizations?.[params.client_id]?.grantId ? session : undefined
  }

  const asking = async (request: IncomingMessage, asked: PlainAuthorisation): Promise<Asked | undefined> => {
    const found = await clientOf(asked.params)
    const session = found && (await sessionOf(asked))
    if (!session) return undefined
    const get = (name: string) => String(request.headers[name.toLowerCase()] ?? '')
    const ctx = { req: request, get, state: {}, _matchedRouteName: 'authorization' }
    const params = { ...asked.params, scope: wordsOf(asked.params.scope).join(' ') }
    const oidc = new (provider().OIDCContext)(ctx as never)
    oidc.entity('Client', found.client)
    Object.assign(oidc, { params, session })
    return { ctx: Object.assign(ctx, { oidc }) as unknown as KoaContextWithOIDC, params, session, ...found }
  }

  /** Whether a page would be shown, by the very checks that the library runs. */
  const isAsked = async (ctx: KoaContextWithOIDC): Promise<boolean> => {
    for (const { check } of checks) if (await check(ctx)) return true
    return false
  }

  /** As the library's own handler fills it, and keeps it. */
  const codeFor = async (
    { params, client, known, session }: Asked,
    grant: OurGrant,
    scope: string,
  ): Promise<string> => {
    const [iat, code] = [epochSeconds(), refreshTokens.code()]
    const exp = iat + codeLifetime
    const kept: AdapterPayload = {
      ...{ iat, exp, accountId: session.accountId!, acr: session.acr, amr: session.amr, authTime: session.authTime() },
      ...{ codeChallenge: params.code_challenge, codeChallengeMethod: params.code_challenge_method },
      ...{ grantId: grant.jti, nonce: params.nonce, redirectUri: params.redirect_uri, scope, sessionUid: session.uid },
      ...{ kind: 'AuthorizationCode', clientId: client.clientId },
      ...(!known.client.offline && { expiresWithSession: true }),
      ...(client.includeSid() && { sid: session.sidFor(client.clientId) }),
    }
    await refreshTokens.keepCode(code, kept, exp)
    return code
  }

  /** The same cookie as before, with its end; byte for byte as the library sends it each time. */
  const cookiesOf = ({ exp, transient }: OurSession, { name, value, signature }: PlainAuthorisation['cookie']) => {
    const end = transient ? '' : `; expires=${new Date(exp * 1000).toUTCString()}`
    const attributes = `; path=/; samesite=lax${production ? '; secure' : ''}; httponly${end}`
    return [`${name}=${value}${attributes}`, `${name}.sig=${signature}${attributes}`]
  }

  const ledTo = (location: string, cookies: string[]): PlainAnswer => ({
    status: 303,
    headers: { Location: location, 'Set-Cookie': cookies, 'Content-Type': 'text/html; charset=utf-8' },
    body: `Redirecting to ${location.replaceAll('&', '&amp;')}.`,
  })

  return async (request: IncomingMessage, asked: PlainAuthorisation): Promise<PlainAnswer | undefined> => {
    const all = await asking(request, asked)
    if (!all) return undefined
    const { ctx, params, known, session } = all
    if (doors.defaultResource(ctx, all.client) !== undefined) return undefined
    const grant = await grants.standingGrant(ctx)
    if (!grant?.account || grant.clientId !== params.client_id || !isPlainGrant(grant)) return undefined
    ctx.oidc.entity('Grant', grant)
    if (known.client.offline) session.authorizationFor(known.client.id).persistsLogout = true
    if ((await isAsked(ctx)) || !session.isUnchanged(sessionTtl(session))) return undefined
    const scope = grant.getOIDCScopeFiltered(new Set(params.scope.split(' ')))
    if (scope === '') return undefined
    const { state } = params
    const code = await codeFor(all, grant, scope)
    provider().emit('authorization.success', ctx)
    const query = new URLSearchParams({ code, ...(state !== undefined && { state }), iss: issuer })
    return ledTo(`${params.redirect_uri}?${query}`, cookiesOf(session, asked.cookie))
  }
}
