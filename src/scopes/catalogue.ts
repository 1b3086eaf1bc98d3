import { type ClaimName, type DetailName, detailsOfClaims } from '../details/index.ts'
import type { Group } from '../services/index.ts'

/**
 * Scopes that mean the same for every company (OIDC Core 5.4), with the basic details each can release. `profile`
 * carries the birth date as the standard says; a company that may not receive it gets `profile` without it.
 */
const claimsByScope = {
  openid: [],
  profile: ['name', 'birthdate'],
  email: ['email'],
  address: ['address'],
  phone: ['phone_number'],
  offline_access: [],
} as const satisfies Record<string, readonly ClaimName[]>

/** Asked for without a `resource`; every other scope belongs to an API (P6). */
export const openidScopes: readonly string[] = Object.keys(claimsByScope)

export const isOpenidScope = (scope: string): scope is keyof typeof claimsByScope => Object.hasOwn(claimsByScope, scope)

export const claimsOfScope = (scope: string): readonly ClaimName[] => (isOpenidScope(scope) ? claimsByScope[scope] : [])

export const detailsForScopes = (scopes: readonly string[]): DetailName[] => [
  ...new Set(scopes.flatMap((scope) => detailsOfClaims(claimsOfScope(scope)))),
]

/** In the words of OIDC Core 5.4; what is no detail of this product is not promised. */
export const oidcClaimsOf = (scope: string): string[] =>
  claimsOfScope(scope).flatMap((claim) => {
    if (claim === 'name') return ['name', 'given_name', 'family_name']
    if (claim === 'email') return ['email', 'email_verified']
    if (claim === 'phone_number') return ['phone_number', 'phone_number_verified']
    return [claim]
  })

/** The scopes that carry single claims asked for by name (OIDC Core 5.5). */
export const scopesCarrying = (claims: readonly string[]): string[] =>
  openidScopes.filter((scope) => oidcClaimsOf(scope).some((claim) => claims.includes(claim)))

/** Whether anybody in the group declared this word as a scope; others are ignored (OIDC Core 3.1.2.1). */
export const isDeclared = (group: Pick<Group, 'apiScopes'>, scope: string): boolean =>
  isOpenidScope(scope) || group.apiScopes.has(scope)
