import type { AccountId, NoticeKind } from '../accounts/index.ts'
import type { CompanyId, LegalBasis, Localized } from '../companies/index.ts'
import type { DetailName } from '../details/index.ts'
import type { PersonId } from '../people/index.ts'

/**
 * What became of a delivery: on its way → acknowledged or refused; superseded, when a newer state was told in its place;
 * cancelled, when the link ended first; held, when the company has nobody to be told and reads at the next sign-in.
 */
export type Outcome = 'on-its-way' | 'acknowledged' | 'refused' | 'superseded' | 'cancelled' | 'held'

/** One row of the sharing history (delningshistorik): which details went to whom, when, why, and what became of it. */
export interface Disclosure {
  /** `account:epoch:seq:recipient`: the same delivery is the same row, whoever drains it (model M4). */
  _id: string
  account: AccountId
  company: CompanyId
  /** Whose it was then: its person, or the id of the account where it had a sign-in of its own. */
  person: PersonId
  epoch: number
  seq: number
  /** Service that was told, partner application, or `-` where nobody is. */
  recipient: string
  /** A partner application is somebody else than the company (S3-c). */
  partner?: true
  /** No details were told, but that its company did this (GDPR Art. 19). */
  notice?: NoticeKind
  fields: DetailName[]
  withdrawn: DetailName[]
  at: number
  /** Under what: as declared at that time, so that a later policy does not rewrite history. */
  policyVersion?: string
  purpose?: Localized
  basis?: LegalBasis
  outcome: Outcome
  outcomeAt?: number
  why?: string
}
