import { hour, now } from '../lib/clock.ts'
import type { SecretBox } from '../lib/secret-box.ts'
import type { Signed } from './portal-tools.ts'
import { isFresh } from './session-guard.ts'

/** For whoever thinks about a new password for a while. */
const lasting = hour

/**
 * A proof that lasts until the form for a new password is sent (U11), for an hour at most: sealed into the form where
 * they had just proven themselves, and good in this session under these credentials alone.
 */
export const createPasswordProof = (box: Pick<SecretBox, 'seal' | 'open'>) => {
  const contextOf = ({ session }: Signed): string => `new-password:${session.uid}:${session.credentialEpoch}`

  const holds = (signed: Signed, proof: string | undefined): boolean => {
    if (!proof) return false
    try {
      const age = now() - Number(box.open(proof, contextOf(signed)))
      return age >= 0 && age <= lasting
    } catch {
      return false
    }
  }

  return {
    holds,
    /** undefined where they have not just proven themselves: a page shown again hands on the proof that it had. */
    seal: (signed: Signed): string | undefined =>
      isFresh(signed) ? box.seal(String(now()), contextOf(signed)) : undefined,
  }
}
