import { type Account, type AccountId, type AccountsStore, assertWritable, companyWrites } from '../accounts/index.ts'
import type { Company } from '../companies/index.ts'
import { type DetailName, normalizeDetail } from '../details/index.ts'
import { now } from '../lib/clock.ts'
import { randomId } from '../lib/ids.ts'
import { byCompany } from '../people/index.ts'

export interface WriteDeps {
  accounts: AccountsStore
  /** Makes what was written on the person of a linked account. */
  applyIntents: (account: Pick<Account, '_id'>) => Promise<void>
  wakeAccount: (account: AccountId) => void
}

interface CompanyChange {
  field: DetailName
  value: string | null
}

interface Circumstances {
  reason?: string
  /** Refuses by throwing, seeing the account the write will be made on. */
  guard?: (account: Account) => void
}

/**
 * A company changes basic details of its own account (S4-3, S4-4): only what its policy lets it write, decided before
 * anything is written, committed on the account alone, then made on the person, from where every other copy follows.
 * The account as it is then; undefined when there is none. AppError `field-not-writable`, `field-guarded`,
 * `invalid-detail` and the like name the field.
 */
export const createWriteDetails =
  ({ accounts, applyIntents, wakeAccount }: WriteDeps) =>
  async (
    company: Company,
    id: AccountId,
    wanted: readonly CompanyChange[],
    { reason, guard }: Circumstances = {},
  ): Promise<Account | undefined> => {
    const op = randomId()
    const normal = wanted.map(({ field, value }) => ({ field, value: normalizeDetail(field, value) }))
    const changed = await accounts.change(id, (account) => {
      guard?.(account)
      const changes = normal.filter(({ field, value }) => (account.copy[field] ?? null) !== value)
      assertWritable(
        company.release.writes,
        changes.map(({ field }) => field),
      )
      if (changes.length === 0) return undefined
      return companyWrites(account, {
        op,
        changes,
        actor: { kind: 'company', company: company.id, epoch: account.epoch },
        source: byCompany,
        at: now(),
        ...(reason && { reason }),
      })
    })
    if (changed) {
      await applyIntents(changed)
      wakeAccount(id)
    }
    return (await accounts.get(id)) ?? undefined
  }
