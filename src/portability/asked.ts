import type { Account, AccountId, Principal } from '../accounts/index.ts'
import type { CompanyId } from '../companies/index.ts'

export interface Of {
  who: Principal
  /** Theirs at this moment. */
  held: Account[]
  /** Ever theirs, of the companies that were asked for. */
  accounts: AccountId[]
  company: CompanyId | undefined
  cursor: string | undefined
}

/**
 * Whether it belongs into what was asked for. In one company's part is what is of that company: what is of another, or of
 * a sign-in that others are reached by too, is not in it.
 */
export const isMeant = (
  { company: asked, who }: Pick<Of, 'company' | 'who'>,
  company: CompanyId | undefined,
): boolean => asked === undefined || (company ?? who.company) === asked
