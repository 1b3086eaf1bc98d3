import { type Client, errors, type KoaContextWithOIDC, type ResourceServer } from 'oidc-provider'
import { minute, second } from '../lib/clock.ts'
import { evaluateScopes, scopesOf } from '../scopes/index.ts'
import type { Group, GroupClient } from '../services/index.ts'

export interface ScopeEnforcementDeps {
  group: Group
  get: (clientId: string) => GroupClient | undefined
}

/** Taken out of the configuration while it asks, or suspended. */
export const unknownClient = () => new errors.UnauthorizedClient('the client is registered here no more, or suspended')

/** Where a client asks for the first time. */
const beginning = new Set(['authorization', 'pushed_authorization_request', 'device_authorization'])

/** Ignored where a service did not declare it (OIDC Core 11): no error, no refresh token beyond the session. */
const words = (scope: unknown): string[] =>
  typeof scope === 'string' ? scope.split(' ').filter((word) => word !== '' && word !== 'offline_access') : []

/**
 * The one gate for scopes, at every door of the provider that lets scopes in (P6): authorization, pushed requests,
 * device codes and client credentials come by the two resource hooks, which see what the client really sent; every
 * token, once more, by `lastLine`.
 */
export const createScopeEnforcement = ({ group, get }: ScopeEnforcementDeps) => {
  const clientOf = (client: Client): GroupClient => {
    const known = get(client.clientId)
    if (!known) throw unknownClient()
    return known
  }

  /** Names nothing of what the group has: the client asked for something it may not have, and knows what it asked. */
  const assertAllowed = (ctx: KoaContextWithOIDC, client: Client): void => {
    const { refused } = evaluateScopes(words(ctx.oidc.params?.scope), { group, client: clientOf(client) })
    if (refused.length > 0) throw new errors.InvalidScope('requested scope is not allowed', refused.join(' '))
  }

  /**
   * Where something is asked for, something of it can be granted: else a person would be asked, and nothing could come of
   * it (R9, RFC 6749 §3.3). The scopes of an API are there with its resource alone.
   */
  const assertSomething = (ctx: KoaContextWithOIDC, client: Client, ofApi: readonly string[]): void => {
    if (!begins(ctx)) return
    const { granted } = evaluateScopes(words(ctx.oidc.params?.scope), { group, client: clientOf(client) })
    const isThere = (scope: string) => (group.apiScopes.has(scope) ? ofApi.includes(scope) : !isMachine(ctx))
    if (granted.some(isThere)) return
    const asked = ctx.oidc.params?.scope as string
    throw new errors.InvalidScope('scope is missing, or names nothing that can be granted', asked)
  }

  const begins = (ctx: KoaContextWithOIDC) => isMachine(ctx) || beginning.has(ctx.oidc.route)

  const isMachine = (ctx: KoaContextWithOIDC) => ctx.oidc.params?.grant_type === 'client_credentials'

  return {
    pass: assertAllowed,

    /** Without a resource: nothing of an API is granted. Of several that were granted, a token has the first. */
    defaultResource: (ctx: KoaContextWithOIDC, client: Client, oneOf?: readonly string[]): string | undefined => {
      assertAllowed(ctx, client)
      if (isMachine(ctx) && words(ctx.oidc.params?.scope).length > 0) throw new errors.InvalidTarget()
      assertSomething(ctx, client, [])
      return oneOf?.[0]
    },

    /** Only APIs of the client's own company: for all others the answer comes before any person is looked at. */
    resourceServer: (ctx: KoaContextWithOIDC, resource: string, client: Client): ResourceServer => {
      const api = group.apis.get(resource)
      const known = clientOf(client)
      if (!api || api.company !== known.company) throw new errors.InvalidTarget()
      assertAllowed(ctx, client)
      assertSomething(ctx, client, api.scopes)
      const allowed = scopesOf(group, known)
      const scope = api.scopes.filter((word) => allowed.includes(word)).join(' ')
      // A person's token has to die at once, and a JWT can't (P3).
      return isMachine(ctx)
        ? {
            scope,
            audience: resource,
            accessTokenFormat: 'jwt',
            accessTokenTTL: (5 * minute) / second,
            jwt: { sign: { alg: 'ES256' } },
          }
        : { scope, audience: resource, accessTokenFormat: 'opaque', accessTokenTTL: (10 * minute) / second }
    },

    /** Nothing is issued beyond the gate, nor with nothing left in it. */
    assertIssuable: (clientId: string | undefined, scope: string | undefined): void => {
      const known = clientId === undefined ? undefined : get(clientId)
      if (!known) throw unknownClient()
      const { refused } = evaluateScopes(words(scope), { group, client: known })
      if (refused.length > 0 || !scope)
        throw new errors.InvalidScope('requested scope is not allowed', refused.join(' '))
    },

    /** What of these scopes the client may still have: policies shrink while tokens live. */
    remaining: (client: GroupClient, scopes: readonly string[]): string[] =>
      evaluateScopes(scopes, { group, client }).granted.filter(
        (scope) => scope !== 'offline_access' || client.client.offline,
      ),

    allowed: (client: GroupClient): string[] =>
      scopesOf(group, client).filter((scope) => scope !== 'offline_access' || client.client.offline),
  }
}

export type ScopeEnforcement = ReturnType<typeof createScopeEnforcement>
