import type { Account } from '../accounts/index.ts'
import type { CompanyId } from '../companies/index.ts'
import { isFamilyFirst } from '../details/index.ts'
import type { PolicyChangeDeps } from './apply-policy-change.ts'

const atOnce = 50

/**
 * Once, after the upgrade that gave names their own order (K3): accounts whose `name` is another one now rise by one
 * version, so that every service is told the name as it is. What a crash left is gone on with; of one page at most it
 * is told twice.
 */
export const retellNames = async (
  {
    accounts,
    meta,
    enqueueAccount,
    isStopping,
  }: Pick<PolicyChangeDeps, 'accounts' | 'meta' | 'enqueueAccount' | 'isStopping'>,
  companies: Iterable<CompanyId>,
): Promise<void> => {
  for (const company of companies) {
    const reached = `names-retold:${company}`
    for (let after = (await meta.get(reached)) ?? ''; after !== done && !isStopping(); ) {
      const page = await accounts.ofCompany(company, after as Account['_id'], atOnce)
      const changed = page.filter(({ copy }) => isFamilyFirst(copy))
      for (const { _id } of changed)
        await accounts.change(_id, (account) =>
          isFamilyFirst(account.copy) ? { set: { seq: account.seq + 1, retry: {} } } : undefined,
        )
      after = page.at(-1)?._id ?? done
      await meta.set(reached, after)
      await Promise.all(changed.map(({ _id }) => enqueueAccount(_id)))
    }
  }
}

/** No account's id. */
const done = 'done'
