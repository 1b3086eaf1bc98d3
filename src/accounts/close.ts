import type { ClosureProcess } from '../companies/index.ts'
import { isAppError } from '../lib/errors.ts'
import type { Actor } from '../people/index.ts'
import type { Account, AccountId } from './account.ts'
import type { AccountsStore } from './accounts-store.ts'
import type { Closures } from './close-account.ts'

export interface CloseDeps {
  accounts: Pick<AccountsStore, 'get'>
  closures: Closures
  /** Settles once nothing of it is on the wire any more (G5). */
  afterLeaving: (account: Account) => Promise<Account>
  /** Ends its sessions and tokens, and has its services told. */
  endAccount: (id: AccountId) => Promise<void>
  enqueueAccount: (id: AccountId) => void
}

/**
 * *Close account*, and the way back, whoever asks for it (S4-10): the commit, then everything that follows. Both are
 * answered only once nothing of the account is on the wire and its tokens and sessions are dead; a crash between is
 * mended from the account's log (Q7). Asked again, what follows is done again: *done* is never said of what is not.
 * While somebody may still take back that whoever asks came to it, *at once* is *after grace*, until then (H4). AppError
 * `closed-by-contact`, `not-open`, `not-closing`, `former-address-first` (conflict).
 */
export const createCloseAccount = ({ accounts, closures, afterLeaving, endAccount, enqueueAccount }: CloseDeps) => {
  /** `seen` as closing or closed already: by the first of two clicks, or before a crash. */
  const closedBefore = async (seen: Pick<Account, '_id'>): Promise<Account | undefined> => {
    const account = await accounts.get(seen._id)
    return account?.status === 'closing' || account?.status === 'closed' ? account : undefined
  }

  const follow = async (seen: Pick<Account, '_id'>, closing: Promise<Account>): Promise<Account> => {
    const closed = await closing.catch(async (error: unknown) => {
      const before = isAppError(error, 'not-open') && (await closedBefore(seen))
      if (!before) throw error
      return before
    })
    await afterLeaving(closed)
    await endAccount(closed._id)
    enqueueAccount(closed._id)
    return closed
  }

  return {
    close: (seen: Pick<Account, '_id' | 'epoch'>, process: ClosureProcess, actor: Actor): Promise<Account> =>
      follow(seen, closures.close(seen, process, actor)),

    /** At once, whatever the process: it is the mailbox of before that says that it never was theirs. */
    closeByLetter: (seen: Pick<Account, '_id' | 'epoch'>, actor: Actor): Promise<Account> =>
      follow(seen, closures.closeByLetter(seen, actor)),

    comeBack: async (seen: Pick<Account, '_id' | 'epoch'>, actor: Actor): Promise<Account> => {
      const back = await closures.comeBack(seen, actor)
      enqueueAccount(back._id)
      return back
    },
  }
}

export type CloseAccount = ReturnType<typeof createCloseAccount>
