import { type Account, type AccountsStore, isLinkedTo } from '../accounts/index.ts'
import type { CompanyId } from '../companies/index.ts'
import { keyedDigest } from '../lib/ids.ts'
import type { PeopleStore, Person, PersonId } from '../people/index.ts'
import type { Group, GroupClient } from '../services/index.ts'
import type { SignedInPrincipal } from './oidc.ts'
import { isCurrent, principalOf } from './principal.ts'

export interface SubjectResolverDeps {
  group: Group
  people: PeopleStore
  accounts: AccountsStore
  /** The account a person holds at a company, as the account's own document says. */
  accountAt: (person: PersonId, company: CompanyId) => Promise<Account | undefined>
  /** For the identifiers of partner applications, which are sectors of their own. */
  subjectKey: Uint8Array
}

/** What a grant was made under; it is good as long as all of it still holds (model M12). */
export interface GrantBinding {
  principal: string
  account?: string
  epoch?: number
  credentialEpoch?: number
  /** Digest of the browser's own id. */
  browser?: string
  /** What `endingsOf` answered then. */
  endings?: string
}

/** Who a principal is now, at which account of a client's company. */
export interface ResolvedSubject {
  holder: Person | Account
  person?: Person
  /** undefined at the account pages, which need none. */
  account?: Account
}

export const createSubjectResolver = ({ group, people, accounts, accountAt, subjectKey }: SubjectResolverDeps) => {
  /** The person, or the account with a sign-in of its own; undefined when there is none any more. */
  const holderOf = async (principal: SignedInPrincipal): Promise<Person | Account | undefined> => {
    if (principal.kind === 'person') {
      const person = await people.get(principal.person)
      return person?.status === 'active' ? person : undefined
    }
    const account = await accounts.get(principal.account)
    // A closing account has the account pages left to it: the way back is there.
    const stands = account?.status === 'open' || account?.status === 'closing'
    return account && stands && account.link === null && account.signIn ? account : undefined
  }

  const isPortal = (client: GroupClient) => client.company === group.operator.id

  /** The open account at this client's company; a closing one stands still until its person comes back (G5). */
  const accountFor = async (principal: SignedInPrincipal, client: GroupClient): Promise<Account | undefined> => {
    if (isPortal(client)) return undefined
    if (principal.kind === 'account') {
      const account = await accounts.get(principal.account)
      return account?.company === client.company && account.status === 'open' ? account : undefined
    }
    const account = await accountAt(principal.person, client.company)
    return account && isLinkedTo(account, principal.person) ? account : undefined
  }

  return {
    holderOf,
    accountFor,
    isPortal,

    /** Everything the grant was made under, looked at again; undefined: it is dead. `known`: its holder, read before. */
    validateGrant: async (fence: GrantBinding, known?: Person | Account): Promise<ResolvedSubject | undefined> => {
      const principal = principalOf(fence.principal)
      const holder = known ?? (await holderOf(principal))
      if (!holder || !isCurrent(fence, holder)) return undefined
      const person = principal.kind === 'person' ? (holder as Person) : undefined
      if (fence.account === undefined) return { holder, ...(person && { person }) }
      const account = principal.kind === 'account' ? (holder as Account) : await accounts.get(fence.account)
      const stands =
        account?.status === 'open' &&
        // Its company holds it for misused: what was granted before is good for nothing until that is cleared.
        !account.fraud &&
        account._id === fence.account &&
        account.epoch === fence.epoch &&
        !isRevokedFor(fence, account) &&
        (!person || isLinkedTo(account, person._id))
      return stands ? { holder, account, ...(person && { person }) } : undefined
    },

    /**
     * How a client knows the holder of an account: first-party clients share the account's own subject (the sector is
     * the company, P1), a partner application has its own, and the account pages one of theirs.
     */
    subjectFor: (principal: string, client: GroupClient, account: Account | undefined): string => {
      if (isPortal(client)) return keyedDigest(subjectKey, 'portal', principal)
      // Nobody's identifier: equal to no hint, so that the answer is the one for a stranger (P4).
      if (!account) return '-'
      return client.partner ? keyedDigest(subjectKey, 'partner', client.partner.id, account._id) : account.subject
    },
  }
}

/** How often its company's support ended what was under way, everywhere and in this browser. */
export const endingsOf = ({ sessionsEndedAt = 0, endedBrowsers = {} }: Account, browser = ''): string =>
  `${sessionsEndedAt}.${endedBrowsers[browser] ?? 0}`

/** Granted before its company's support ended what was under way, everywhere or in this browser. */
export const isRevokedFor = (
  { browser, endings = '0.0' }: Pick<GrantBinding, 'browser' | 'endings'>,
  account: Account,
): boolean => endings !== endingsOf(account, browser)

export type SubjectResolver = ReturnType<typeof createSubjectResolver>
