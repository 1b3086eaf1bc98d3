import {
  type Account,
  type AccountId,
  type AccountsStore,
  isLinkedTo,
  type PrincipalId,
  personOf,
  rawIdOf,
} from '../accounts/index.ts'
import type { CompanyId } from '../companies/index.ts'
import type { PersonId } from '../people/index.ts'
import type { LinkEntry, LinkIndex } from './link-index.ts'

/** Which accounts somebody holds. The index finds them; each account's own document says whether it is so (model M1). */
export const createAccountsHeld = ({ accounts, index }: { accounts: AccountsStore; index: LinkIndex }) => {
  /** The account a person holds at a company, as the account's own document says; undefined when not linked. */
  const accountAt = async (person: PersonId, company: CompanyId): Promise<Account | undefined> => {
    const entry = await index.find(person, company)
    if (!entry || entry.state === 'ended') return undefined
    const account = await accounts.get(entry.account)
    return account?.link?.person === person && account.status !== 'closed' ? account : undefined
  }

  /** The open account at a company that this person left, and nobody took over since; undefined when there is none. */
  const leftAt = async (person: PersonId, company: CompanyId): Promise<Account | undefined> => {
    const entry = await index.find(person, company)
    const account = entry && (await accounts.get(entry.account))
    return account?.status === 'open' && !account.link && account.left?.person === person ? account : undefined
  }

  /** Every account that a person holds through a link, by company; `isJoining` while one more is about to be. */
  const linksOf = async (person: PersonId): Promise<{ accounts: Account[]; isJoining: boolean }> => {
    const entries = await index.ofPerson(person)
    const found = await Promise.all(
      entries.filter((entry) => entry.state !== 'ended').map((entry) => accounts.get(entry.account)),
    )
    const isHeld = (account: Account | null): account is Account =>
      account?.link?.person === person && account.status !== 'closed'
    return { accounts: found.filter(isHeld), isJoining: entries.some(isReserved) }
  }

  const accountsOf = async (person: PersonId): Promise<Account[]> => (await linksOf(person)).accounts

  /** The same of a principal: the separate account itself is all that its holder has. */
  const accountsHeldBy = async (id: PrincipalId): Promise<Account[]> => {
    const person = personOf(id)
    if (person !== undefined) return accountsOf(person)
    const account = await accounts.get(rawIdOf(id))
    return account ? [account] : []
  }

  const hasReservation = async (person: PersonId): Promise<boolean> => (await index.ofPerson(person)).some(isReserved)

  return {
    accountAt,
    leftAt,
    linksOf,
    accountsOf,
    accountsHeldBy,
    hasReservation,

    /** The account of a principal at a company: the person's by a link, or the separate account itself. */
    accountOf: async (id: PrincipalId, company: CompanyId): Promise<Account | undefined> => {
      const person = personOf(id)
      if (person !== undefined) return accountAt(person, company)
      const account = await accounts.get(rawIdOf(id))
      return account?.company === company ? account : undefined
    },

    /** True while a person has an account through a link, or is about to. */
    holdsAccounts: async (person: PersonId): Promise<boolean> =>
      (await accountsOf(person)).length > 0 || hasReservation(person),

    /** True while anything is shared through a link of theirs, or about to be. */
    usesAccounts: async (person: PersonId): Promise<boolean> =>
      (await accountsOf(person)).some((account) => isLinkedTo(account, person)) || hasReservation(person),

    /** Each link as it is now, by its version: each that is made or ended meanwhile makes another answer. */
    linkVersions: async (person: PersonId): Promise<string[]> => {
      const entries = await index.ofPerson(person)
      const accountIn = async ({ account, company, rev }: LinkEntry) => {
        const link = (await accounts.get(account))?.link
        return `${company}:${rev}:${link?.person === person ? link.id : '-'}`
      }
      return Promise.all(entries.map(accountIn))
    },

    /** Every account that ever was theirs, for their own history: by a link, or the separate account itself. */
    accountsEverOf: async (id: PrincipalId): Promise<AccountId[]> => {
      const person = personOf(id)
      if (person === undefined) return [rawIdOf(id)]
      return (await index.ofPerson(person)).flatMap(({ account, former = [] }) => [account, ...former])
    },
  }
}

const isReserved = ({ state }: LinkEntry): boolean => state === 'joining'

export type AccountsHeld = ReturnType<typeof createAccountsHeld>
