import type { Group } from '../services/index.ts'
import type { Clients } from './clients.ts'
import type { Keyring } from './keyring.ts'
import type { Oidc } from './oidc.ts'
import type { ScopeEnforcement } from './scope-enforcement.ts'

export interface VerifyCompanyTokenDeps {
  issuer: string
  group: Pick<Group, 'apis'>
  clients: Pick<Clients, 'get'>
  enforcement: ScopeEnforcement
  verify: Keyring['verify']
}

/** Whose a company's access token is, what for and with which scopes; undefined where it is none. */
export const createVerifyCompanyToken =
  ({ issuer, group, clients, enforcement, verify }: VerifyCompanyTokenDeps): Oidc['verifyCompanyToken'] =>
  async (token) => {
    const claims = await verify(token, { typ: 'at+jwt', issuer })
    const clientId = typeof claims?.client_id === 'string' ? claims.client_id : ''
    const [client, api] = [clients.get(clientId), group.apis.get(String(claims?.aud))]
    // A machine's token names itself as its subject; a person's is never a JWT (P3).
    if (!claims || !client || !api || claims.sub !== clientId || api.company !== client.company) return undefined
    const scopes = enforcement.remaining(client, String(claims.scope ?? '').split(' '))
    return { company: client.company, audience: api.resource, scopes, clientId }
  }
