import { type Account, principalKey } from '../accounts/index.ts'
import { keyPart } from '../lib/ids.ts'
import type { Person } from '../people/index.ts'
import type { SignedInPrincipal } from './oidc.ts'

/** Read back from where oidc-provider's sessions and tokens carry it. */
export const principalOf = (key: string): SignedInPrincipal => {
  const at = key.indexOf(':')
  const id = key.slice(at + 1)
  return key.slice(0, at) === 'person' ? { kind: 'person', person: id } : { kind: 'account', account: id }
}

/** A principal's key, safe as a part of another. */
export const principalPart = (key: string): string => keyPart(key)

export const samePrincipal = (a: SignedInPrincipal, b: SignedInPrincipal): boolean =>
  principalKey(a) === principalKey(b)

/** What a proof was given against: a recovery, a new password or a link raises the epoch, and what is older is dead. */
export const credentialsOf = (holder: Person | Account): { epoch: number } => ({ epoch: holder.credentialEpoch })

/** Held against a session, a code or a grant (P7, T2). By number: a clock that was set back makes no proof old. */
export const isCurrent = (proof: { credentialEpoch?: number }, holder: Person | Account): boolean =>
  proof.credentialEpoch === credentialsOf(holder).epoch
