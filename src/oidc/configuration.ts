import {
  type Adapter,
  type Client,
  type Configuration,
  errors,
  type JWKS,
  type KoaContextWithOIDC,
  type RefreshToken,
} from 'oidc-provider'
import { cookieName, scopedCookieName } from '../http/index.ts'
import { languages } from '../i18n/index.ts'
import { day, epochSeconds, hour, minute, second } from '../lib/clock.ts'
import { oidcClaimsOf, openidScopes } from '../scopes/index.ts'
import type { GroupClient } from '../services/index.ts'
import type { Grants } from './grants.ts'
import { passwordAcr } from './interaction-policy.ts'
import type { EnginePages } from './pages.ts'
import type { Profiles } from './profiles.ts'
import { routes } from './routes.ts'
import type { ScopeEnforcement } from './scope-enforcement.ts'
import type { OurSession } from './session-model.ts'
import type { WaysBack } from './ways-back.ts'

export interface ConfigurationDeps {
  production: boolean
  port: number
  cookieKeys: string[]
  get: (clientId: string) => GroupClient | undefined
  adapter: (model: string) => Adapter
  grants: Grants
  doors: ScopeEnforcement
  profiles: Profiles
  policy: NonNullable<NonNullable<Configuration['interactions']>['policy']>
  pages: EnginePages
  waysBack: Pick<WaysBack, 'remember'>
  /** Whether the refresh under way asks again for what another one was given. */
  isAskedAgain: (ctx: object) => boolean
  /** For `jwks_uri` of clients, the only addresses the provider itself reads. */
  fetch: typeof fetch
}

const seconds = (milliseconds: number): number => milliseconds / second

/** A person's session may not outlive this, however often it is used (NIST SP 800-63B-4 §2.2.3). */
const sessionAtMost = seconds(30 * day)
const sessionIdle = seconds(14 * day)
const refreshIdle = seconds(30 * day)
const offlineAtMost = seconds(180 * day)
/** Not shorter than the longest refresh token given out on a session's last day: the grant is its fence (P7). */
export const grantAtMost = sessionAtMost + offlineAtMost + seconds(day)

export const configurationOf = (deps: ConfigurationDeps, jwks: JWKS): Configuration => {
  const { production, get, grants, doors, pages } = deps
  const names = { production: deps.production, port: deps.port }
  const cookie = { httpOnly: true, sameSite: 'lax', secure: production, signed: true, overwrite: true } as const
  const isOffline = (client: Client | undefined) => get(client?.clientId ?? '')?.client.offline === true

  return {
    jwks,
    adapter: deps.adapter,
    clients: [],
    routes,
    scopes: [...openidScopes],
    claims: {
      // Said in every ID token, asked for or not: when and how the person proved themselves (P14).
      openid: ['sub', 'acr', 'amr', 'auth_time'],
      ...Object.fromEntries(openidScopes.filter(hasClaims).map((scope) => [scope, oidcClaimsOf(scope)])),
    },
    acrValues: [passwordAcr],
    responseTypes: ['code'],
    subjectTypes: ['public', 'pairwise'],
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'],
    enabledJWA: {
      idTokenSigningAlgValues: ['ES256', 'RS256'],
      clientAuthSigningAlgValues: ['ES256', 'PS256', 'EdDSA', 'Ed25519', 'RS256'],
      dPoPSigningAlgValues: ['ES256', 'EdDSA', 'Ed25519', 'RS256', 'PS256'],
    },
    allowOmittingSingleRegisteredRedirectUri: false,
    acceptQueryParamAccessTokens: false,
    // FAPI 2.0 Security Profile §5.3.2.1: at least ten seconds.
    clockTolerance: 10,
    pkce: { required: (ctx, client) => deps.profiles.requiresPkce(ctx, client) },
    extraParams: [],
    cookies: {
      keys: deps.cookieKeys,
      names: {
        session: cookieName(names, 'session'),
        interaction: scopedCookieName(names, 'interaction'),
        resume: scopedCookieName(names, 'resume'),
      },
      long: { ...cookie, path: '/' },
      // Without a path: that of one interaction is what keeps tabs apart (P8).
      short: cookie,
    },
    discovery: {
      claim_types_supported: ['normal'],
      prompt_values_supported: ['none', 'login', 'select_account', 'consent'],
      ui_locales_supported: [...languages],
    },
    features: {
      devInteractions: { enabled: false },
      claimsParameter: { enabled: true },
      clientCredentials: { enabled: true },
      dPoP: {
        enabled: true,
        // Asked of every proof that comes with a request of a client; none needs a nonce.
        requireNonce: (ctx) => {
          deps.profiles.assertProof(ctx)
          return false
        },
      },
      // Our own keys, that sign where they are asked (`LocalSigningKey`).
      externalSigningSupport: { enabled: true, ack: 'experimental-01' },
      pushedAuthorizationRequests: { enabled: true },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: pages.confirmSignOut,
        postLogoutSuccessSource: pages.signedOut,
      },
      revocation: {
        enabled: true,
        allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId,
      },
      introspection: { enabled: true, allowedPolicy: mayIntrospect },
      deviceFlow: {
        enabled: true,
        charset: 'base-20',
        mask: '****-****',
        deviceInfo: pages.deviceInfo,
        userCodeInputSource: pages.deviceCode,
        userCodeConfirmSource: pages.deviceConfirm,
        successSource: pages.deviceDone,
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: (ctx, client, oneOf) =>
          doors.defaultResource(ctx, client, oneOf as readonly string[]) as string,
        getResourceServerInfo: (ctx, resource, client) => doors.resourceServer(ctx, resource, client),
      },
    },
    interactions: {
      policy: deps.policy,
      url: (ctx, interaction) => {
        deps.waysBack.remember(ctx, interaction.uid, String(interaction.params.client_id))
        return `/sign-in/${interaction.uid}`
      },
    },
    findAccount: (ctx, id, token) => {
      // Where a token is used, whose it is is known only now.
      if (token) deps.profiles.assertProof(ctx)
      return grants.findAccount(ctx, id, token)
    },
    loadExistingGrant: grants.loadExistingGrant,
    pairwiseIdentifier: grants.pairwiseIdentifier,
    extraTokenClaims: (_ctx, token) => {
      doors.assertIssuable(token.clientId, token.scope)
      return undefined
    },
    // What a policy has lost is refused by name before the token is spent, so that the next request still works (P6).
    rotateRefreshToken: (ctx) => {
      if (ctx.oidc.params?.scope && ctx.oidc.client) doors.pass(ctx, ctx.oidc.client)
      if (deps.isAskedAgain(ctx)) throw new errors.InvalidGrant('already redeemed')
      return get(ctx.oidc.client?.clientId ?? '')?.client.keepsRefreshToken !== true
    },
    issueRefreshToken: (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    expiresWithSession: (ctx) => !isOffline(ctx.oidc.client),
    // One access token given back ends itself alone; a refresh token ends the family (RFC 7009 §2.1).
    revokeGrantPolicy: (ctx) => !isGivingBackOne(ctx),
    renderError: pages.error,
    assertJwtClientAuthClaimsAndHeader: async (ctx, claims, header) => {
      const { aud, exp } = claims as { aud?: unknown; exp?: number }
      // The issuer alone, whether it is written as a text or as a list of one (security §1).
      const alone = Array.isArray(aud) && aud.length === 1 ? aud[0] : aud
      if (alone !== ctx.oidc.issuer) throw new errors.InvalidClientAuth('aud must be the issuer, alone')
      deps.profiles.assertAssertion(ctx.oidc.client, aud, header.alg)
      if (typeof exp !== 'number' || exp > epochSeconds() + seconds(5 * minute))
        throw new errors.InvalidClientAuth('exp must be at most five minutes ahead')
      if (header.crit !== undefined) throw new errors.InvalidClientAuth('crit is not supported')
    },
    fetch: deps.fetch,
    ttl: {
      AuthorizationCode: 60,
      AccessToken: (_ctx, token) => token.resourceServer?.accessTokenTTL ?? seconds(10 * minute),
      ClientCredentials: (_ctx, token) => token.resourceServer?.accessTokenTTL ?? seconds(5 * minute),
      DeviceCode: seconds(10 * minute),
      IdToken: seconds(10 * minute),
      Interaction: seconds(hour),
      Grant: grantAtMost,
      RefreshToken: (ctx, token: RefreshToken) => {
        const atMost = isOffline(token.client ?? ctx?.oidc.client) ? offlineAtMost : sessionAtMost
        const lived = token.iiat ? epochSeconds() - token.iiat : 0
        return Math.max(1, Math.min(refreshIdle, atMost - lived))
      },
      Session: (_ctx, session) => sessionTtl(session as OurSession),
    },
  }

  /** Only the company a token is for may ask about it, a client about its own; a partner application about nothing else (Z7, P2). */
  async function mayIntrospect(
    ctx: KoaContextWithOIDC,
    client: Client,
    token: { kind: string; clientId?: string; aud?: string | string[]; grantId?: string; scope?: string },
  ): Promise<boolean> {
    const [asker, owner] = [get(client.clientId), get(token.clientId ?? '')]
    if (!asker || !owner) return false
    const isOwn = client.clientId === token.clientId
    if (!isOwn && (client.clientAuthMethod === 'none' || token.kind === 'RefreshToken')) return false
    if (!isOwn && (asker.partner || asker.company !== owner.company)) return false
    // The library destroys the grant of what it revokes; what it can't know is that the link is another one now.
    if (token.kind !== 'ClientCredentials' && !(await grants.ofToken(ctx, token))) return false
    token.scope = doors.remaining(owner, (token.scope ?? '').split(' ')).join(' ')
    return token.scope !== ''
  }
}

export const isGivingBackOne = (ctx: KoaContextWithOIDC | undefined): boolean =>
  ctx?.oidc.route === 'revocation' && ctx.oidc.entities.AccessToken !== undefined

export const sessionTtl = (session: Pick<OurSession, 'accountId' | 'loginTs' | 'transient'>): number => {
  if (!session.accountId) return seconds(hour)
  const left = (session.loginTs ?? 0) + sessionAtMost - epochSeconds()
  return Math.max(1, Math.min(session.transient ? seconds(day) : sessionIdle, left))
}

const hasClaims = (scope: string): boolean => oidcClaimsOf(scope).length > 0
