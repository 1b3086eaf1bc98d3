import type { AdapterPayload } from 'oidc-provider'
import type { Group, GroupClient } from '../services/index.ts'

export interface ClientsDeps {
  group: Group
  secretOf: (clientId: string) => string | undefined
  /** Clients this provider has known, whose tokens may still be about. */
  known: ReadonlySet<string>
}

const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code'

/**
 * Clients as oidc-provider reads them, from the checked configuration. A client that was taken out of it stays as one
 * that can do nothing: sessions and tokens that name it must still be ended and asked about (P11).
 */
export const createClients = ({ group, secretOf, known }: ClientsDeps) => {
  return {
    metadata: (id: string): AdapterPayload | undefined => {
      const client = group.clients.get(id)
      if (client) return metadataOf(client, secretOf(id))
      return known.has(id) ? tombstone(id) : undefined
    },
    get: (id: string): GroupClient | undefined => group.clients.get(id),
    takesLogouts: (id: string): boolean => group.clients.get(id)?.client.backchannelLogoutUri !== undefined,
    nameOf: (id: string): string => {
      const client = group.clients.get(id)
      return client?.service?.name ?? client?.partner?.name ?? group.operator.name
    },
  }
}

export type Clients = ReturnType<typeof createClients>

const metadataOf = ({ client, service, partner }: GroupClient, secret: string | undefined): AdapterPayload => ({
  client_id: client.id,
  client_name: service?.name ?? partner?.name ?? client.id,
  ...(secret && { client_secret: secret }),
  ...(client.jwksUri && { jwks_uri: client.jwksUri }),
  token_endpoint_auth_method: client.jwksUri ? 'private_key_jwt' : secret ? 'client_secret_basic' : 'none',
  application_type: client.kind === 'native' || client.kind === 'device' ? 'native' : 'web',
  grant_types: grantTypesOf(client.kind),
  response_types: client.redirectUris.length > 0 ? ['code'] : [],
  redirect_uris: client.redirectUris,
  post_logout_redirect_uris: client.postLogoutRedirectUris,
  id_token_signed_response_alg: client.idTokenAlgorithm,
  ...(client.backchannelLogoutUri && {
    backchannel_logout_uri: client.backchannelLogoutUri,
    // Without it no `sid` exists, and one sign-out would end every session of the person there (P13).
    backchannel_logout_session_required: true,
  }),
  require_pushed_authorization_requests: client.requirePushedAuthorizationRequests,
  dpop_bound_access_tokens: client.requireDpop,
  // The library's own pairwise schema rules forbid televisions and apps with two redirect hosts (P1).
  subject_type: 'public',
})

const grantTypesOf = (kind: GroupClient['client']['kind']): string[] => {
  if (kind === 'machine') return ['client_credentials']
  if (kind === 'device') return [deviceGrant, 'refresh_token']
  return ['authorization_code', 'refresh_token']
}

const tombstone = (id: string): AdapterPayload => ({
  client_id: id,
  token_endpoint_auth_method: 'private_key_jwt',
  jwks: { keys: [] },
  grant_types: [],
  response_types: [],
  redirect_uris: [],
  subject_type: 'public',
})
