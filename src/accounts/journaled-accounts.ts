import { type Journal, journalName } from '../lib/journal.ts'
import type { Account } from './account.ts'
import { type AccountMutation, type AccountsStore, addressDigest } from './accounts-store.ts'

/** What no restored backup may take back of an account: the end of a link, a closure, how far its credentials had come. */
export interface AccountFence {
  /** Digest of the id. */
  account: string
  epoch: number
  credentialEpoch: number
  status: Account['status']
  /** Of a closure that waits: milliseconds since 1970. */
  closesAt?: number
  /** A link ended with this, and the details it keeps are these. */
  unlinked?: 'before' | 'now'
  /** Digest of the address of its own sign-in, where it has one. */
  signIn?: string
}

const fenced = ['epoch', 'credentialEpoch', 'status'] as const

const bindingOf = (key: Uint8Array, before: Account, { set = {}, unset = [] }: AccountMutation): AccountFence => {
  const after = { ...before, ...(set as Partial<Account>) }
  const closesAt = unset.includes('closing') ? undefined : after.closing?.at
  return {
    account: journalName(key, 'account', before._id),
    epoch: after.epoch,
    credentialEpoch: after.credentialEpoch,
    status: after.status,
    ...(typeof closesAt === 'number' && { closesAt }),
    ...(before.link && !after.link && { unlinked: after.split ? 'before' : 'now' }),
    ...(after.signIn && { signIn: addressDigest(key, after.signIn.address) }),
  }
}

/** As of people: in the journal before it is acknowledged, and in the log entry for the drain after a crash (M4, M15). */
export const journaledAccounts = (accounts: AccountsStore, journal: Journal, key: Uint8Array): AccountsStore => ({
  ...accounts,
  change: async (id, decide) => {
    let fence: AccountFence | undefined
    const saved = await accounts.change(id, (account) => {
      fence = undefined
      const mutation = decide(account)
      if (!mutation || !fenced.some((field) => mutation.set?.[field] !== undefined)) return mutation
      fence = bindingOf(key, account, mutation)
      const { log = [] } = mutation
      return { ...mutation, log: log.map((entry, i) => (i === log.length - 1 ? { ...entry, fence } : entry)) }
    })
    if (saved && fence) await journal.write({ ...(fence as AccountFence) })
    return saved
  },
})
