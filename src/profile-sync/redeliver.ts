import type { AccountId, AccountsStore } from '../accounts/index.ts'
import type { CompanyId } from '../companies/index.ts'

interface RedeliverDeps {
  accounts: Pick<AccountsStore, 'get' | 'change'>
  recipientsOf: (company: CompanyId) => readonly { id: string }[]
  reset: (recipient: string) => void
  enqueueAccount: (id: AccountId) => void
}

/** Every service of an account's company is told anew of the whole released copy, whatever it was told before (M5). */
export const createRedeliver =
  ({ accounts, recipientsOf, reset, enqueueAccount }: RedeliverDeps) =>
  async (id: AccountId): Promise<void> => {
    const account = await accounts.get(id)
    if (!account) return
    const ids = recipientsOf(account.company).map(({ id }) => id)
    for (const each of ids) reset(each)
    await accounts.change(id, (seen) =>
      seen.link
        ? { set: { retry: {} }, unset: ids.filter((each) => seen.told[each]).map((each) => `told.${each}`) }
        : undefined,
    )
    enqueueAccount(id)
  }
