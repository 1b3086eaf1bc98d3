import type { DetailName } from '../details/index.ts'
import { type Journal, journalName } from '../lib/journal.ts'
import type { Account, Link } from './account.ts'
import { type AccountMutation, type AccountsStore, addressDigest } from './accounts-store.ts'
import { refusedIn } from './sharing-rules.ts'

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

/** What a person no longer lets a linked company have or be told, which no restored backup may let it have again. */
export interface SharingFence {
  /** Digest of the link's id. */
  sharing: string
  /** Ids of the company's purposes. */
  refused: readonly string[]
  /** Details that it has no more, whatever a backup says. */
  withdrawn: readonly DetailName[]
  paused: boolean
  /** Milliseconds since 1970; the last one says how it stands. */
  at: number
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

const sharingOf = (
  key: Uint8Array,
  { link, withdrawn }: Account,
  { set = {}, unset = [], log = [] }: AccountMutation,
): SharingFence | undefined => {
  if (!link || ![...Object.keys(set), ...unset].some((path) => path === 'link.purposes' || path === 'link.paused'))
    return undefined
  return {
    sharing: journalName(key, 'sharing', link.id),
    refused: refusedIn({ purposes: (set['link.purposes'] as Link['purposes']) ?? link.purposes }),
    withdrawn: (set.withdrawn as DetailName[]) ?? withdrawn,
    paused: !unset.includes('link.paused') && (set['link.paused'] ?? link.paused) !== undefined,
    at: log.at(-1)?.at ?? 0,
  }
}

/** As of people: in the journal before it is acknowledged, and in the log entry for the drain after a crash (M4, M15). */
export const journaledAccounts = (accounts: AccountsStore, journal: Journal, key: Uint8Array): AccountsStore => ({
  ...accounts,
  change: async (id, decide, seen) => {
    let fence: AccountFence | SharingFence | undefined
    const saved = await accounts.change(
      id,
      (account) => {
        fence = undefined
        const mutation = decide(account)
        if (!mutation) return mutation
        fence = fenced.some((field) => mutation.set?.[field] !== undefined)
          ? bindingOf(key, account, mutation)
          : sharingOf(key, account, mutation)
        if (!fence) return mutation
        const { log = [] } = mutation
        return { ...mutation, log: log.map((entry, i) => (i === log.length - 1 ? { ...entry, fence } : entry)) }
      },
      seen,
    )
    if (saved && fence) await journal.write({ ...(fence as AccountFence | SharingFence) })
    return saved
  },
})
