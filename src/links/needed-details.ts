import type { Account } from '../accounts/index.ts'
import type { Company } from '../companies/index.ts'
import { type DetailName, isAnswered } from '../details/index.ts'

/** What every unified sign-in begins with; a company may require more for its own account. */
const always: DetailName[] = ['email', 'givenName', 'familyName', 'birthDate', 'country']

/** What is asked of somebody new, at a company or at none. */
export const neededDetails = (company?: Pick<Company, 'release'>): DetailName[] => [
  ...new Set([...always, ...(company?.release.requires ?? [])]),
]

/** What an account lacks that a unified sign-in begins with, or its company requires. */
export const lackingIn = ({ copy }: Pick<Account, 'copy'>, company: Pick<Company, 'release'>): DetailName[] =>
  neededDetails(company).filter((field) => field !== 'email' && !isAnswered(copy, field))
