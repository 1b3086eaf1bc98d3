import type { GroupClient } from '../../services/index.ts'
import { introspectableScope } from '../features.ts'
import type { ScopeEnforcement } from '../scope-enforcement.ts'
import type { SubjectResolver } from '../subject-resolver.ts'
import type { PlainToken } from './plain-tokens.ts'

export interface PlainIntrospectionDeps {
  issuer: string
  get: (clientId: string) => GroupClient | undefined
  doors: Pick<ScopeEnforcement, 'remaining'>
  subjects: Pick<SubjectResolver, 'subjectFor'>
}

/** What a client that has proven itself by a secret is told of a good token, in the library's order. */
export const createPlainIntrospection =
  ({ issuer, subjects, ...deps }: PlainIntrospectionDeps) =>
  (client: string, { token, held }: PlainToken): Record<string, unknown> | undefined => {
    const { accountId, clientId, exp, iat, sid, aud } = token
    const scope = introspectableScope(deps, { id: client, isPublic: false }, { ...token, kind: 'AccessToken' })
    if (scope === '') return undefined
    const sub = subjects.subjectFor(accountId, held.client, held.account)
    return { active: true, sub, client_id: clientId, exp, iat, sid, iss: issuer, aud, scope, token_type: 'Bearer' }
  }
