import type { Account, Principal } from '../accounts/index.ts'
import type { Company } from '../companies/index.ts'
import { AppError } from '../lib/errors.ts'
import { type Actor, detailsOf } from '../people/index.ts'
import { holds, maySee } from './access-rules.ts'
import type { PortalDeps } from './portal-deps.ts'
import type { Signed } from './portal-tools.ts'

export const actorOf = ({ principal }: Signed): Actor =>
  principal.kind === 'person' ? { kind: 'person', id: principal.person } : { kind: 'account', id: principal.account }

/** Where they live, as it stands: it decides whom they turn to in place of a company abroad (S12). */
export const countryOf = ({ person, account }: Signed): string | undefined =>
  (person ? detailsOf(person).country : account.copy.country) ?? undefined

/** The accounts that whoever is signed in may see, each found from their own side; never by an id in the address. */
export const createOwnAccounts = ({ accounts, links, config }: Pick<PortalDeps, 'accounts' | 'links' | 'config'>) => {
  const all = async ({ principal }: Signed): Promise<Account[]> => {
    const ids = principal.kind === 'person' ? await links.accountsEverOf(principal.person) : [principal.account]
    const found = await Promise.all(ids.map((id) => accounts.get(id)))
    return found.filter((account): account is Account => account !== null && maySee(principal, account))
  }

  return {
    all,

    /** Only what is linked now, or the separate account itself. */
    live: async (signed: Signed): Promise<Account[]> =>
      (await all(signed)).filter((account) => account.status !== 'closed' && holds(signed.principal, account)),

    /** AppError `no-account-there` (not-found), also for what one may not do there: a stranger learns nothing. */
    at: async (
      signed: Signed,
      company: string | undefined,
      may: (viewer: Principal, account: Account) => boolean,
    ): Promise<{ account: Account; company: Company }> => {
      const declared = config.group.companies.get(company ?? '')
      const account = (await all(signed)).find((held) => held.company === company && may(signed.principal, held))
      if (!declared || !account) throw new AppError('not-found', 'no-account-there')
      return { account, company: declared }
    },
  }
}
