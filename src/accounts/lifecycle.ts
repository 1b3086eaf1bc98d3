import { type Account, type AccountLogEntry, type AccountLogKind, mayChange } from './account.ts'
import type { LifecycleEvent, LifecycleKind } from './lifecycle-kind.ts'

/** Total: whoever adds a kind of record says whether services are told of it. */
const lifecycleKindOf: Readonly<Record<AccountLogKind, LifecycleKind | null>> = {
  linked: 'account-linked',
  'unlink-cancelled': 'account-linked',
  unlinked: 'account-unlinked',
  unlinking: 'account-unlinked',
  closing: 'account-closing',
  'closure-cancelled': 'account-reopened',
  closed: 'account-closed',
  'data-corrected': 'data-corrected',
  'data-erased': 'data-erased',
  'data-restricted': 'data-restricted',
  opened: null,
  agreed: null,
  'agreed-less': null,
  'sharing-chosen': null,
  'sharing-paused': null,
  'sharing-resumed': null,
  shared: null,
  told: null,
  'company-wrote': null,
  'details-changed': null,
  'address-changed': null,
  'address-confirmed': null,
  'own-data-changed': null,
  'own-sign-in-made': null,
  'recovery-waits': null,
  'recovery-stopped': null,
}

/** A receiver that was away for more of them than this is told the newest. */
const most = 16

/**
 * What is to be told after a write, from the very records that it pushes: no link ends without it, and no crash comes
 * between (M4). undefined: nothing new. Pure.
 */
export const lifecycleEventsAfter = (
  account: Pick<Account, 'epoch' | 'seq' | 'lifecycleEvents' | 'leaving'>,
  { set = {}, log = [] }: { set?: Record<string, unknown>; log?: readonly Pick<AccountLogEntry, 'kind' | 'at'>[] },
): LifecycleEvent[] | undefined => {
  const epoch = (set.epoch as number | undefined) ?? account.epoch
  const seq = (set.seq as number | undefined) ?? account.seq
  const fresh = log.flatMap(({ kind, at }): LifecycleEvent[] => {
    const lifecycle = lifecycleKindOf[kind]
    // An unlink that waited was told when it began.
    if (!lifecycle || (kind === 'unlinked' && account.leaving)) return []
    return [{ kind: lifecycle, epoch, seq: Math.max(0, seq - 1), at }]
  })
  return fresh.length > 0 ? [...(account.lifecycleEvents ?? []), ...fresh].slice(-most) : undefined
}

/** The oldest that a recipient has not answered to yet; undefined: it knows all. */
export const untoldLifecycleEvent = (
  { lifecycleEvents = [] }: Pick<Account, 'lifecycleEvents'>,
  recipient: string,
): LifecycleEvent | undefined => lifecycleEvents.find(({ heardBy = [] }) => !heardBy.includes(recipient))

/**
 * What a recipient's answer leaves to be told: it has answered to all until then, for they are told in order, and what
 * each of its company's has answered to is kept no longer. Pure.
 */
export const heardLifecycleEvent = (
  { lifecycleEvents = [] }: Pick<Account, 'lifecycleEvents'>,
  {
    recipient,
    epoch,
    seq,
    recipients,
  }: { recipient: string; epoch: number; seq: number; recipients: readonly string[] },
): LifecycleEvent[] =>
  lifecycleEvents
    .map((each): LifecycleEvent => {
      const { heardBy = [] } = each
      const isLater = each.epoch > epoch || (each.epoch === epoch && each.seq > seq)
      return isLater || heardBy.includes(recipient) ? each : { ...each, heardBy: [...heardBy, recipient] }
    })
    .filter(({ heardBy = [] }) => recipients.some((each) => !heardBy.includes(each)))

/**
 * True when this recipient has not been told of the newest state of this link. Of an account that is not linked nobody is
 * told: once a link has ended no send of a detail begins (G5), and an account that is kept apart is in step with no other.
 * Its company's services read it at the next sign-in. While sharing is paused only a refusal is news: it takes effect at
 * once, and the copy that goes with it stands still since the pause.
 */
export const isBehind = (account: Account, recipient: string): boolean => {
  const { link, epoch, seq } = account
  if (!link || !mayChange(account)) return false
  const newest = link.paused === undefined ? seq : link.refusedSeq
  if (newest === undefined) return false
  const last = account.told[recipient]
  return !last || last.epoch < epoch || last.seq < newest
}

/** What a recipient is told next: whether the account goes on, in order, and then its copy. */
export const nextDelivery = (account: Account, recipient: string): LifecycleEvent | 'copy' | undefined =>
  untoldLifecycleEvent(account, recipient) ?? (isBehind(account, recipient) ? 'copy' : undefined)
