import { drainFirst, isFull } from '../people/index.ts'
import { conflict, retryOnConflict } from '../storage/index.ts'
import type { Account, AccountLogEntry } from './account.ts'
import type { AccountsStore, Decide } from './accounts-store.ts'

/** An account's log is drained before anything is added to a full one, as a person's is (model M4). */
export const boundAccountOutbox = (
  accounts: AccountsStore,
  record: (account: Account, entries: AccountLogEntry[]) => Promise<void>,
): AccountsStore => ({
  ...accounts,
  change: (id, decide, seen) =>
    retryOnConflict(async () => {
      let full: Account | undefined
      const boundedly: Decide = (account) => {
        const mutation = decide(account)
        full = isFull(account.log, mutation?.log ?? []) ? account : undefined
        return full ? undefined : mutation
      }
      const changed = await accounts.change(id, boundedly, seen)
      if (!full) return changed
      const { log, n } = full
      await drainFirst(() => record(full as Account, log))
      await accounts.drained(id, n)
      return conflict
    }),
})
