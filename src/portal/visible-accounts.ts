import { type Account, holds, type PrincipalId } from '../accounts/index.ts'
import type { Company } from '../companies/index.ts'
import { AppError } from '../lib/errors.ts'
import type { PersonId } from '../people/index.ts'
import { maySee } from './access-rules.ts'
import type { PortalDeps } from './portal-deps.ts'
import type { Signed } from './portal-tools.ts'

/** For what only a person does: linking, leaving, ending the sign-in. AppError (not-found) of that code for anybody else. */
export const personIn = ({ principal }: Signed, code: string): PersonId => {
  if (principal.person === undefined) throw new AppError('not-found', code)
  return principal.person
}

/** Whoever asks for a page, with their accounts as the first of its parts read them; a form reads them anew each time. */
const asRead = new WeakMap<Signed, Promise<Account[]> | undefined>()
export const readOnceFor = (signed: Signed): void => void asRead.set(signed, undefined)

/** The accounts that whoever is signed in may see, each found from their own side; never by an id in the address. */
export const createVisibleAccounts = ({
  accounts,
  links,
  config,
}: Pick<PortalDeps, 'accounts' | 'links' | 'config'>) => {
  const read = async ({ principal: { id } }: Signed): Promise<Account[]> => {
    const found = await Promise.all((await links.accountsEverOf(id)).map((account) => accounts.get(account)))
    return found.filter((account): account is Account => account !== null && maySee(id, account))
  }

  const all = (signed: Signed): Promise<Account[]> => {
    const found = asRead.get(signed) ?? read(signed)
    if (asRead.has(signed)) asRead.set(signed, found)
    return found
  }

  const live = async (signed: Signed): Promise<Account[]> =>
    (await all(signed)).filter((account) => account.status !== 'closed' && holds(signed.principal.id, account))

  return {
    all,

    /** Only what is linked now, or the separate account itself. */
    live,

    /** The group's companies where they may have an account that is not linked yet: never what exists (T19). */
    linkable: async (signed: Signed): Promise<Company[]> => {
      const linked = new Set((await live(signed)).map(({ company }) => company))
      return [...config.group.companies.values()].filter(({ id }) => !linked.has(id))
    },

    /**
     * AppError `no-account-there` (not-found): a stranger learns nothing. `account-stands-otherwise` (conflict) to whoever
     * may see the account, for what they may not do with it: another window was first, mostly (H49).
     */
    at: async (
      signed: Signed,
      company: string | undefined,
      may: (viewer: PrincipalId, account: Account) => boolean,
    ): Promise<{ account: Account; company: Company }> => {
      const declared = config.group.companies.get(company ?? '')
      const there = (await all(signed)).filter((held) => held.company === company)
      if (!declared || there.length === 0) throw new AppError('not-found', 'no-account-there')
      const account = there.find((held) => may(signed.principal.id, held))
      if (!account) throw new AppError('conflict', 'account-stands-otherwise', { values: { company: declared.id } })
      return { account, company: declared }
    },
  }
}
