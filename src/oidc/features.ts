import type { Client, Configuration, KoaContextWithOIDC } from 'oidc-provider'
import type { GroupClient } from '../services/index.ts'
import type { Grants } from './grants.ts'
import type { EnginePages } from './pages.ts'
import type { Profiles } from './profiles.ts'
import type { ScopeEnforcement } from './scope-enforcement.ts'
import { userCodeMask } from './user-code.ts'

export interface FeaturesDeps {
  get: (clientId: string) => GroupClient | undefined
  grants: Grants
  doors: ScopeEnforcement
  profiles: Profiles
  pages: EnginePages
}

/** What of the protocol is spoken beyond its core, and how; the pages of each are ours. */
export const featuresOf = (deps: FeaturesDeps): NonNullable<Configuration['features']> => {
  const { doors, pages } = deps
  return {
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
    introspection: { enabled: true, allowedPolicy: mayIntrospect(deps) },
    deviceFlow: {
      enabled: true,
      charset: 'base-20',
      mask: userCodeMask,
      deviceInfo: pages.deviceInfo,
      userCodeInputSource: pages.deviceCode,
      userCodeConfirmSource: pages.deviceConfirm,
      successSource: pages.deviceDone,
    },
    resourceIndicators: {
      enabled: true,
      defaultResource: (ctx, client, oneOf) => doors.defaultResource(ctx, client, oneOf as readonly string[]) as string,
      getResourceServerInfo: (ctx, resource, client) => doors.resourceServer(ctx, resource, client),
    },
  }
}

const mayIntrospect =
  (deps: FeaturesDeps) =>
  async (
    ctx: KoaContextWithOIDC,
    client: Client,
    token: { kind: string; clientId?: string; aud?: string | string[]; grantId?: string; scope?: string },
  ): Promise<boolean> => {
    const scope = introspectableScope(
      deps,
      { id: client.clientId, isPublic: client.clientAuthMethod === 'none' },
      token,
    )
    if (scope === '') return false
    // The library destroys the grant of what it revokes; what it can't know is that the link is another one now.
    if (token.kind !== 'ClientCredentials' && !(await deps.grants.ofToken(ctx, token))) return false
    token.scope = scope
    return true
  }

/**
 * What of a token's scope a client may be told; '' for nothing at all. Only the company a token is for may ask about it, a
 * client about its own; a partner application about nothing else (Z7, P2).
 */
export const introspectableScope = (
  { get, doors }: Pick<FeaturesDeps, 'get'> & { doors: Pick<ScopeEnforcement, 'remaining'> },
  client: { id: string; isPublic: boolean },
  token: { kind: string; clientId?: string | undefined; scope?: string | undefined },
): string => {
  const [asker, owner] = [get(client.id), get(token.clientId ?? '')]
  if (!asker || !owner) return ''
  const isOwn = client.id === token.clientId
  if (!isOwn && (client.isPublic || token.kind === 'RefreshToken')) return ''
  if (!isOwn && (asker.partner || asker.company !== owner.company)) return ''
  return doors.remaining(owner, (token.scope ?? '').split(' ')).join(' ')
}
