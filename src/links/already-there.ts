import { type Account, type AccountsStore, type Authentication, mayHaveWayIn } from '../accounts/index.ts'
import type { CompanyId } from '../companies/index.ts'
import type { PersonId } from '../people/index.ts'
import type { LinkIndex } from './link-index.ts'

/**
 * An account at a company with which somebody is not linked (U2, U3).
 * again: this person's link made it, and nobody has had a way in since they left: linking takes it up again.
 * left: they left it, and it was there before or has a way in of its own: it is proven anew (T11, T18).
 * address: it signs in with the very address that was proven by a code in this sign-in; it is proven like any other.
 */
export interface AlreadyThere {
  how: 'again' | 'left' | 'address'
  account: Account
}

export interface AlreadyThereDeps {
  accounts: Pick<AccountsStore, 'get' | 'found'>
  index: Pick<LinkIndex, 'find'>
  holdersOf: Authentication['holdersOf']
}

/** No code was entered in this sign-in: nobody's address, looked for all the same (T19). */
const nobodys = 'nobody@invalid'

/** Nobody but this person has had a way into it since they left: linking it again needs no further proof (T18). */
export const mayTakeUpAgain = (account: Account, person: PersonId): boolean =>
  account.status === 'open' &&
  !account.link &&
  !account.signIn &&
  account.left?.person === person &&
  account.left.how === 'new'

export const createAlreadyThere = ({ accounts, index, holdersOf }: AlreadyThereDeps) => {
  /** The accounts that this person left at a company, the newest first. */
  const leftBy = async (person: PersonId, company: CompanyId): Promise<Account[]> => {
    const entry = await index.find(person, company)
    const ids = entry ? [entry.account, ...(entry.former ?? [])] : []
    const found = await Promise.all(ids.map((id) => accounts.get(id)))
    return found.filter(
      (account): account is Account =>
        account?.status === 'open' && account.link === null && account.left?.person === person,
    )
  }

  /**
   * The open account at a company that an address opens: by a sign-in of its own, or by a code, where it has none since
   * a link ended. The same reads whatever is known.
   */
  const ofAddress = async (address: string, company: CompanyId): Promise<Account | undefined> => {
    const [holders, left] = await Promise.all([holdersOf(address, company), accounts.found(company, 'left', address)])
    const holder = holders.find((each) => each.kind === 'account')
    const own = await accounts.get(holder?.account ?? 'nobody')
    if (own?.status === 'open' && own.link === null) return own
    return left.find(mayHaveWayIn)
  }

  return {
    leftBy,
    ofAddress,

    /** `proven`: the address that a code proved in this browser in this sign-in; of any other nothing is said (T19). */
    find: async (person: PersonId, company: CompanyId, proven?: string): Promise<AlreadyThere | undefined> => {
      const [[left], same] = await Promise.all([leftBy(person, company), ofAddress(proven ?? nobodys, company)])
      if (left) return { how: mayTakeUpAgain(left, person) ? 'again' : 'left', account: left }
      return same && { how: 'address', account: same }
    },
  }
}

export type FindAlreadyThere = ReturnType<typeof createAlreadyThere>
