import type { AccountId } from '../accounts/index.ts'
import type { CompanyId } from '../companies/index.ts'
import type { Limits } from '../limits/index.ts'

/**
 * What a company and its support may write in a while, of one account and of all together (H9): each write is told to
 * the person and to every recipient. It counts before it is made, and is given back where nothing was written. AppError
 * `too-many-attempts` (limited) with the minutes.
 */
export const createWriteBudget =
  (limits: Pick<Limits, 'consumeEach' | 'refund'>) =>
  async <T>(account: AccountId, company: CompanyId, write: () => Promise<T | undefined>): Promise<T | undefined> => {
    const budgets = [
      ['company-write-account', account],
      ['company-write', company],
    ] as const
    await limits.consumeEach(budgets)
    let written: T | undefined
    try {
      written = await write()
      return written
    } finally {
      if (written === undefined) await Promise.all(budgets.map(([rule, of]) => limits.refund(rule, of)))
    }
  }
