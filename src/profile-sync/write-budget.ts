import type { AccountId } from '../accounts/index.ts'
import type { CompanyId } from '../companies/index.ts'
import type { Limits } from '../limits/index.ts'

/**
 * What a company and its support may write in a while, of one account and of all together (H9): each write is told to
 * the person and to every recipient. Taken before the write, given back where nothing was written. AppError
 * `too-many-attempts` (limited) with the minutes.
 */
export const createWriteBudget =
  (limits: Pick<Limits, 'take' | 'giveBack'>) =>
  async <T>(account: AccountId, company: CompanyId, write: () => Promise<T | undefined>): Promise<T | undefined> => {
    await limits.take('company-write-account', account)
    let wrote = false
    try {
      await limits.take('company-write', company)
      try {
        const written = await write()
        wrote = written !== undefined
        return written
      } finally {
        if (!wrote) await limits.giveBack('company-write', company)
      }
    } finally {
      if (!wrote) await limits.giveBack('company-write-account', account)
    }
  }
