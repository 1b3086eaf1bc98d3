import type { AccountId } from '../accounts/index.ts'
import type { CompanyId } from '../companies/index.ts'
import type { Limits } from '../limits/index.ts'

/**
 * What a company and its support may write in a while, of one account and of all together (H9): each write is told to
 * the person and to every recipient. A place is held before the write and counts where something was written (Q4). AppError
 * `too-many-attempts` (limited) with the minutes.
 */
export const createWriteBudget =
  (limits: Pick<Limits, 'judged'>) =>
  async <T>(account: AccountId, company: CompanyId, write: () => Promise<T | undefined>): Promise<T | undefined> => {
    const budgets = [
      ['company-write-account', account],
      ['company-write', company],
    ] as const
    let written: T | undefined
    await limits.judged(budgets, async () => {
      written = await write()
      return written === undefined ? 'free' : undefined
    })
    return written
  }
