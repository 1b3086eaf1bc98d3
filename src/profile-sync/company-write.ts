import { type Account, type AccountId, type AccountsStore, companyWrites, mayChange } from '../accounts/index.ts'
import type { CompanyId } from '../companies/index.ts'
import { assertNamed, type DetailName } from '../details/index.ts'
import { now } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { randomId } from '../lib/ids.ts'
import type { Limits } from '../limits/index.ts'
import type { Actor, byCompany, bySupport } from '../people/index.ts'
import { createWriteBudget } from './write-budget.ts'

export interface CompanyWriteDeps {
  accounts: AccountsStore
  limits: Pick<Limits, 'consumeEach' | 'refund'>
  /** Makes what was written on the person of a linked account. */
  applyIntents: (written: Account) => Promise<unknown>
  enqueueAccount: (account: AccountId) => void
}

interface CompanyChange {
  field: DetailName
  value: string | null
}

/** Who writes, and what: decided on the account as it is when it is written. */
interface WriteRequest {
  company: CompanyId
  /** Refuses by throwing; none left: nothing is written. */
  changesOf: (account: Account) => readonly CompanyChange[]
  actorOf: (account: Account) => Actor
  source: typeof byCompany | typeof bySupport
  reason?: string | undefined
}

/**
 * A company changes details of its own account, by its API or by its support (S4-3, S4-4): committed on the account
 * alone (model M11), then made on the person, from where every other copy follows. An account that is being closed or
 * unlinked stands still for both: its person decided that nothing more happens there, and may still come back to what
 * they left. The account after it, undefined when nothing changed. AppError `account-stands-still` (conflict), `name-needed` (invalid),
 * `too-many-attempts` (limited).
 */
export const createCompanyWrite = ({ accounts, limits, applyIntents, enqueueAccount }: CompanyWriteDeps) => {
  const withinBudget = createWriteBudget(limits)
  return async (
    id: AccountId,
    { company, changesOf, actorOf, source, reason }: WriteRequest,
  ): Promise<Account | undefined> => {
    const op = randomId()
    const write = (account: Account) => {
      assertChangeable(account)
      const changes = [...changesOf(account)]
      assertNamed(changes)
      if (changes.length === 0) return undefined
      return companyWrites(account, {
        op,
        changes,
        actor: actorOf(account),
        source,
        at: now(),
        ...(reason && { reason }),
      })
    }
    const written = await withinBudget(id, company, () => accounts.change(id, write))
    if (!written) return undefined
    await applyIntents(written)
    enqueueAccount(id)
    return written
  }
}

export type CompanyWrite = ReturnType<typeof createCompanyWrite>

/** AppError `account-stands-still`, `sharing-paused`, `not-open` (conflict). */
export const assertChangeable = (account: Account): void => {
  if (account.link?.paused !== undefined) throw new AppError('conflict', 'sharing-paused')
  if (mayChange(account)) return
  const isOver = account.status === 'closed' || account.status === 'void'
  throw new AppError('conflict', isOver ? 'not-open' : 'account-stands-still')
}
