import { type AccountId, principalKey } from '../accounts/index.ts'
import type { CompanyId } from '../companies/index.ts'
import { codeStatus, type VerificationStore } from '../credentials/index.ts'
import { boundHere, isBoundHere } from '../lib/browser-binding.ts'
import { minute, now } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { digest, randomId } from '../lib/ids.ts'
import type { PersonId } from '../people/index.ts'

/** That a person proved an account from before, as it stood then: its next link or unlink makes the proof void (T11). */
interface LinkProof {
  person: PersonId
  company: CompanyId
  account: AccountId
  epoch: number
  /** What the credentials of both stood at when they were proven: a new password of either makes it void (H12). */
  proven: ProvenSides
}

/** Credential epochs. */
export interface ProvenSides {
  person: number
  account: number
}

const kind = 'link-proof'
const goodFor = 15 * minute

/**
 * Between the proof of an account and *Link and continue* there is a page; what was proven waits here: for 15 minutes,
 * for that person in that browser alone, and once (security §5, CVE-2026-9087, CVE-2026-92358).
 */
export const createLinkProofs = (verifications: Pick<VerificationStore, 'insert' | 'find' | 'finish'>) => {
  const expired = () => new AppError('gone', 'link-proof-expired')

  const find = async (handle: string, of: Partial<LinkProof>): Promise<LinkProof> => {
    const verification = await verifications.find(digest(handle), kind)
    const proof = (verification?.content ?? {}) as unknown as LinkProof
    const isTheirs = Object.entries(of).every(([name, value]) => proof[name as keyof LinkProof] === value)
    if (!verification || codeStatus(verification, now()) !== 'open' || !isBoundHere(verification) || !isTheirs)
      throw expired()
    return proof
  }

  return {
    /** What it stands for, while it is good. AppError as `spend`. */
    find,

    /** The handle: in a cookie for the page that shows what was proven, and in that page's form. */
    begin: async (proof: LinkProof): Promise<string> => {
      const handle = randomId()
      const at = now()
      await verifications.insert({
        _id: digest(handle),
        kind,
        state: 'open',
        address: '',
        of: principalKey({ kind: 'person', person: proof.person }),
        codeDigest: '',
        tries: 0,
        content: { ...proof },
        ...boundHere(),
        expiresAt: at + goodFor,
        endsAt: at + goodFor,
      })
      return handle
    },

    /**
     * Takes it, once: of two clicks one goes on. `of` says whose and what it must be. AppError `link-proof-expired` (gone)
     * when there is none such.
     */
    spend: async (handle: string, of: Partial<LinkProof>): Promise<LinkProof> => {
      const proof = await find(handle, of)
      if (!(await verifications.finish(digest(handle), 'open', {}))) throw expired()
      return proof
    },
  }
}

export type LinkProofs = ReturnType<typeof createLinkProofs>
