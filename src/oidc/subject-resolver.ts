import {
  type Account,
  type AccountsStore,
  holderOf,
  mayChange,
  type Principal,
  type PrincipalId,
  principalIdOf,
  type ReadPrincipal,
  samePrincipal,
} from '../accounts/index.ts'
import type { CompanyId } from '../companies/index.ts'
import { keyedDigest } from '../lib/ids.ts'
import type { Group, GroupClient } from '../services/index.ts'
import { isCurrent } from './principal.ts'

export interface SubjectResolverDeps {
  group: Group
  accounts: Pick<AccountsStore, 'get'>
  readPrincipal: ReadPrincipal
  /** The account of a principal at a company, as the account's own document says (`links.accountOf`). */
  accountOf: (id: PrincipalId, company: CompanyId) => Promise<Account | undefined>
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

/** Who somebody is now, at which account of a client's company. */
export interface ResolvedSubject {
  principal: Principal
  /** undefined at the account pages, which need none. */
  account?: Account
}

export const createSubjectResolver = (deps: SubjectResolverDeps) => {
  const { group, accounts, readPrincipal, accountOf, subjectKey } = deps

  /** undefined: it signs in no more. */
  const active = async (id: PrincipalId): Promise<Principal | undefined> => {
    const principal = await readPrincipal(id)
    return principal?.isActive ? principal : undefined
  }

  const isPortal = (client: GroupClient) => client.company === group.operator.id

  return {
    active,
    isPortal,

    /** The open account at this client's company; a closing one stands still until its person comes back (G5). */
    accountFor: async (id: PrincipalId, client: GroupClient): Promise<Account | undefined> => {
      const account = isPortal(client) ? undefined : await accountOf(id, client.company)
      return account && isOpenTo(account, id) ? account : undefined
    },

    /** Everything the grant was made under, looked at again; undefined: it is dead. `known`: its principal, read before. */
    validateGrant: async (binding: GrantBinding, known?: Principal): Promise<ResolvedSubject | undefined> => {
      const principal = known ?? (await active(principalIdOf(binding.principal)))
      if (!principal || !isCurrent(binding, principal)) return undefined
      if (binding.account === undefined) return { principal }
      const account = await accounts.get(binding.account)
      const isGood =
        account !== null &&
        // Its company holds it for misused: what was granted before is good for nothing until that is cleared.
        !account.fraud &&
        account.epoch === binding.epoch &&
        !isRevokedFor(binding, account) &&
        isOpenTo(account, principal.id)
      return isGood ? { principal, account } : undefined
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

/** Theirs, and not on its way out of the link or to closure. */
const isOpenTo = (account: Account, id: PrincipalId): boolean =>
  mayChange(account) && samePrincipal(holderOf(account._id, account.link?.person), id)

/** How often its company's support ended what was under way, everywhere and in this browser. */
export const endingsOf = ({ sessionsEndedAt = 0, endedBrowsers = {} }: Account, browser = ''): string =>
  `${sessionsEndedAt}.${endedBrowsers[browser] ?? 0}`

/** Granted before its company's support ended what was under way, everywhere or in this browser. */
export const isRevokedFor = (
  { browser, endings = '0.0' }: Pick<GrantBinding, 'browser' | 'endings'>,
  account: Account,
): boolean => endings !== endingsOf(account, browser)

export type SubjectResolver = ReturnType<typeof createSubjectResolver>
