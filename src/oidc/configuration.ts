import {
  type Adapter,
  type Client,
  type Configuration,
  errors,
  type JWKS,
  type KoaContextWithOIDC,
} from 'oidc-provider'
import { cookieName, scopedCookieName } from '../http/index.ts'
import { languages } from '../i18n/index.ts'
import { epochSeconds, minute } from '../lib/clock.ts'
import { oidcClaimsOf, openidScopes } from '../scopes/index.ts'
import type { createCookieSignatures } from './cookie-signatures.ts'
import { type FeaturesDeps, featuresOf } from './features.ts'
import { passwordAcr } from './interaction-policy.ts'
import { lifetimes, seconds } from './lifetimes.ts'
import { proofAlgorithms } from './proof-of-key.ts'
import { routes } from './routes.ts'
import type { WaysBack } from './ways-back.ts'

export interface ConfigurationDeps extends FeaturesDeps {
  production: boolean
  port: number
  signatures: ReturnType<typeof createCookieSignatures>
  adapter: (model: string) => Adapter
  policy: NonNullable<NonNullable<Configuration['interactions']>['policy']>
  waysBack: Pick<WaysBack, 'remember'>
  /** Whether the refresh under way asks again for what another one was given. */
  isAskedAgain: (ctx: object) => boolean
  /** For `jwks_uri` of clients, the only addresses the provider itself reads. */
  fetch: typeof fetch
}

export const configurationOf = (deps: ConfigurationDeps, jwks: JWKS): Configuration => {
  const { get, grants, doors, pages } = deps
  const isOffline = (client: Client | undefined) => get(client?.clientId ?? '')?.client.offline === true

  return {
    jwks,
    adapter: deps.adapter,
    clients: [],
    routes,
    scopes: [...openidScopes],
    claims: { ...claimsByScope },
    acrValues: [passwordAcr],
    responseTypes: ['code'],
    subjectTypes: ['public', 'pairwise'],
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'],
    enabledJWA: {
      idTokenSigningAlgValues: ['ES256', 'RS256'],
      clientAuthSigningAlgValues: ['ES256', 'PS256', 'EdDSA', 'Ed25519', 'RS256'],
      dPoPSigningAlgValues: [...proofAlgorithms],
    },
    allowOmittingSingleRegisteredRedirectUri: false,
    acceptQueryParamAccessTokens: false,
    // FAPI 2.0 Security Profile §5.3.2.1: at least ten seconds.
    clockTolerance: 10,
    pkce: { required: (ctx, client) => deps.profiles.requiresPkce(ctx, client) },
    extraParams: [],
    cookies: cookiesOf(deps),
    discovery: {
      claim_types_supported: ['normal'],
      prompt_values_supported: ['none', 'login', 'select_account', 'consent'],
      ui_locales_supported: [...languages],
    },
    features: featuresOf(deps),
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
    ttl: lifetimes(isOffline),
  }
}

const cookiesOf = (deps: ConfigurationDeps): Configuration['cookies'] => {
  const names = { production: deps.production, port: deps.port }
  const cookie = { httpOnly: true, sameSite: 'lax', secure: deps.production, signed: true, overwrite: true } as const
  return {
    keys: deps.signatures,
    names: {
      session: cookieName(names, 'session'),
      interaction: scopedCookieName(names, 'interaction'),
      resume: scopedCookieName(names, 'resume'),
    },
    long: { ...cookie, path: '/' },
    // Without a path: that of one interaction is what keeps tabs apart (P8).
    short: cookie,
  }
}

export const isGivingBackOne = (ctx: KoaContextWithOIDC | undefined): boolean =>
  ctx?.oidc.route === 'revocation' && ctx.oidc.entities.AccessToken !== undefined

const hasClaims = (scope: string): boolean => oidcClaimsOf(scope).length > 0

/** In the order in which they are told. */
export const claimsByScope: Record<string, string[]> = {
  // Said in every ID token, asked for or not: when and how the person proved themselves (P14).
  openid: ['sub', 'acr', 'amr', 'auth_time'],
  ...Object.fromEntries(openidScopes.filter(hasClaims).map((scope) => [scope, oidcClaimsOf(scope)])),
}
