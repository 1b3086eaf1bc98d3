import { type Account, type AccountId, assertWritable, type ReadAccounts } from '../accounts/index.ts'
import type { Company } from '../companies/index.ts'
import { type DetailName, normalizeDetail } from '../details/index.ts'
import { byCompany } from '../people/index.ts'
import type { CompanyWrite } from '../profile-sync/index.ts'

export interface WriteDeps {
  accounts: ReadAccounts
  companyWrite: CompanyWrite
}

interface Circumstances {
  reason?: string
  /** Refuses by throwing, seeing the account the write will be made on. */
  guard?: (account: Account) => void
}

/**
 * A company changes basic details of its own account by its API: only what its policy lets it write, decided before
 * anything is written. The account as it is then; undefined when there is none. AppError as the write's, and
 * `field-not-writable`, `field-not-shared`, `field-guarded`, `invalid-detail` and the like, which name the field.
 */
export const createWriteDetails =
  ({ accounts, companyWrite }: WriteDeps) =>
  async (
    company: Company,
    id: AccountId,
    wanted: readonly { field: DetailName; value: string | null }[],
    { reason, guard }: Circumstances = {},
  ): Promise<Account | undefined> => {
    const country = wanted.find(({ field }) => field === 'country')?.value
    const normal = wanted.map(({ field, value }) => ({ field, value: normalizeDetail(field, value, { country }) }))
    await companyWrite(id, {
      company: company.id,
      changesOf: (account) => {
        guard?.(account)
        const changes = normal.filter(({ field, value }) => (account.copy[field] ?? null) !== value)
        assertWritable(
          account,
          company,
          changes.map(({ field }) => field),
        )
        return changes
      },
      actorOf: ({ epoch }) => ({ kind: 'company', company: company.id, epoch }),
      source: byCompany,
      reason,
    })
    return (await accounts.get(id)) ?? undefined
  }
