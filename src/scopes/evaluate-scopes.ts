import type { Group, GroupClient } from '../services/index.ts'
import { isDeclared } from './catalogue.ts'

interface Gated {
  granted: string[]
  /** Scopes of the group that this client may not have: the answer is `invalid_scope`, naming none of them. */
  refused: string[]
  /** Words that nobody in the group declared: ignored (OIDC Core 3.1.2.1). */
  unknown: string[]
}

/** What a client may be granted at most: client ⊆ service ⊆ its company's release policy, whatever the files say now. */
export const scopesOf = (group: Group, asking: GroupClient): readonly string[] => {
  const { client, company, service, partner } = asking
  if (company === group.operator.id) return client.scopes
  const policy = group.companies.get(company)?.release.scopes ?? []
  const known = intersections.get(asking)
  if (known?.policy === policy) return known.allowed
  const between = (service ?? partner)?.scopes
  const allowed = client.scopes.filter(
    (scope) => policy.includes(scope) && (between === undefined || between.includes(scope)),
  )
  intersections.set(asking, { policy, allowed })
  return allowed
}

/** Asked several times in every request, and the same until the policy is another. */
const intersections = new WeakMap<GroupClient, { policy: readonly string[]; allowed: readonly string[] }>()

/**
 * The one gate for scopes (protocol P6): asked at every door and again on every grant. What a policy has lost is
 * refused when asked for by name; a caller that holds it from before is narrowed to `granted`.
 */
export const evaluateScopes = (
  requested: readonly string[],
  { group, client }: { group: Group; client: GroupClient },
): Gated => {
  const allowed = scopesOf(group, client)
  const gated: Gated = { granted: [], refused: [], unknown: [] }
  for (const scope of new Set(requested)) {
    if (allowed.includes(scope)) gated.granted.push(scope)
    else if (isDeclared(group, scope)) gated.refused.push(scope)
    else gated.unknown.push(scope)
  }
  return gated
}
