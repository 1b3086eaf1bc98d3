import type { Group } from '../services/index.ts'
import type { Clients } from './clients.ts'
import type { Keyring } from './keyring.ts'
import type { Oidc } from './oidc.ts'
import { createProofOfKey, lacksKey, type ProofOfKeyDeps } from './proof-of-key.ts'
import type { ScopeEnforcement } from './scope-enforcement.ts'

export interface VerifyCompanyTokenDeps extends ProofOfKeyDeps {
  group: Pick<Group, 'apis'>
  clients: Pick<Clients, 'get'>
  enforcement: ScopeEnforcement
  verify: Keyring['verify']
}

/** The thumbprint of its key (RFC 9449 §6.1); empty, which no key has, where it is bound in a way that is not known here. */
const boundTo = (cnf: unknown): string | undefined => {
  if (cnf === undefined) return undefined
  const { jkt } = Object(cnf) as { jkt?: unknown }
  return typeof jkt === 'string' ? jkt : ''
}

/**
 * Whose a company's access token is, what for and with which scopes; undefined where it is none. One that is bound to a
 * key is nobody's but whose who proves to have that: `misshown` says what it lacks, or that another scheme is its own.
 */
export const createVerifyCompanyToken = (deps: VerifyCompanyTokenDeps): Oidc['verifyCompanyToken'] => {
  const { issuer, group, clients, enforcement, verify } = deps
  const holdsKey = createProofOfKey(deps)

  return async (token, shown) => {
    const claims = await verify(token, { typ: 'at+jwt', issuer })
    const clientId = typeof claims?.client_id === 'string' ? claims.client_id : ''
    const [client, api] = [clients.get(clientId), group.apis.get(String(claims?.aud))]
    // A machine's token names itself as its subject; a person's is never a JWT (P3).
    if (!claims || !client || !api || claims.sub !== clientId || api.company !== client.company) return undefined
    if (lacksKey(client, claims.cnf)) return undefined
    const scopes = enforcement.remaining(client, String(claims.scope ?? '').split(' '))
    const thumbprint = boundTo(claims.cnf)
    const isShownWell =
      thumbprint === undefined ? shown.scheme === 'bearer' : await holdsKey(token, { clientId, thumbprint }, shown)
    const misshown = isShownWell ? undefined : thumbprint === undefined ? 'not bound' : 'bound'
    return { company: client.company, audience: api.resource, scopes, clientId, misshown }
  }
}
