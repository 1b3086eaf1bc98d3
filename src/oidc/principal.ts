import type { Principal } from '../accounts/index.ts'
import { keyPart } from '../lib/ids.ts'

/** A principal's key, safe as a part of another. */
export const principalPart = (key: string): string => keyPart(key)

/**
 * Held against a session, a code or a grant (P7, T2): a recovery, a new password or a link raises the epoch, and what is
 * older is dead. By number: a clock that was set back makes no proof old.
 */
export const isCurrent = (proof: { credentialEpoch?: number }, principal: Principal): boolean =>
  proof.credentialEpoch === principal.credentialEpoch
