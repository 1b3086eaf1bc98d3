import { clockTolerance, minute, second } from '../lib/clock.ts'
import { isStill } from '../lib/delivery-rules.ts'
import type { Account, AccountLogEntry, LastDelivery, Sending } from './account.ts'
import type { AccountMutation } from './accounts-store.ts'
import { heardLifecycleEvent, isBehind, nextDelivery, untoldLifecycleEvent } from './lifecycle.ts'
import { isNotice } from './lifecycle-kind.ts'

/** A send holds its turn this long at most; the request's own time-out ends before it (model M6). */
export const sendingFor = 10 * second
export const sendTimeout = 8 * second
/** Between two tries at most, with jitter. */
const longestPause = 15 * minute

/** A turn from before the clock was set back would hold for as long as that: what is later than any turn has run out. */
const isStillHeld = (sending: Sending | undefined, now: number): sending is Sending =>
  sending !== undefined && isStill(sending.until, sendingFor, now)

/**
 * Until when this account waits after a failed send; 0: not at all. What failed before the recipient was last found well
 * waits no longer, unless it failed again and again while others went well: then it is this account's own. Nor does what
 * failed by a clock that was set back since.
 */
export const heldUntil = (account: Account, recipient: string, wellSince: number, now: number): number => {
  const retry = account.retry[recipient]
  if (!retry || (retry.failures <= 1 && (retry.failedAt ?? 0) < wellSince)) return 0
  if ((retry.failedAt ?? 0) > now + clockTolerance || !isStill(retry.at, longestPause, now)) return 0
  return retry.at
}

/** Takes the turn to send to one recipient; undefined when there is nothing to tell or somebody else is at it. */
export const acquireSendLease = (
  account: Account,
  { recipient, token, now, wellSince }: { recipient: string; token: string; now: number; wellSince: number },
): AccountMutation | undefined => {
  const next = nextDelivery(account, recipient)
  if (!next) return undefined
  if (isStillHeld(account.sending[recipient], now)) return undefined
  if (heldUntil(account, recipient, wellSince, now) > now) return undefined
  const { epoch, seq } = next === 'copy' ? account : next
  const turn = { epoch, seq, token, until: now + sendingFor, ...(next !== 'copy' && { ofLifecycle: true as const }) }
  return { set: { [`sending.${recipient}`]: turn } }
}

/**
 * What became of a send: told, refused for good (4xx), to be tried again at a time, or broken off by ourselves, which says
 * nothing. `alone`: it failed while others went well.
 */
export type SendOutcome =
  | { outcome: 'acknowledged' }
  | { outcome: 'refused'; why: string }
  | { outcome: 'failed'; why: string; again: number; alone: boolean }
  | { outcome: 'broken-off' }

/**
 * Applies an outcome, never backwards: an answer to an older state does not stand for a newer one. `heardBy`: the send said
 * whether the account goes on, and these are all who are told so.
 */
export const releaseSendLease = (
  account: Account,
  send: {
    recipient: string
    token: string
    epoch: number
    seq: number
    now: number
    result: SendOutcome
    heardBy?: readonly string[] | undefined
  },
): AccountMutation | undefined => {
  const { recipient, result } = send
  const mine = account.sending[recipient]?.token === send.token
  const unset = mine ? [`sending.${recipient}`] : []
  if (result.outcome === 'broken-off') return mine ? { unset } : undefined
  if (result.outcome === 'failed') {
    if (!mine) return undefined
    const failures = (account.retry[recipient]?.failures ?? 0) + (result.alone ? 1 : 0)
    const retry = { failures, failedAt: send.now, at: result.again, why: result.why }
    return { set: { [`retry.${recipient}`]: retry }, unset }
  }
  if (send.heardBy) {
    const { epoch, seq, heardBy: recipients } = send
    const heard = untoldLifecycleEvent(account, recipient)
    const notice = heard?.epoch === epoch && heard.seq === seq && isNotice(heard.kind) && heard.kind
    return {
      set: { lifecycleEvents: heardLifecycleEvent(account, { recipient, epoch, seq, recipients }) },
      unset: [...unset, `retry.${recipient}`],
      ...(notice && { log: [{ ...toldEntry(send, result), notice }] }),
    }
  }
  const before = account.told[recipient]
  if (before && (before.epoch > send.epoch || (before.epoch === send.epoch && before.seq >= send.seq)))
    return mine ? { unset } : undefined
  const last: LastDelivery = { epoch: send.epoch, seq: send.seq, outcome: result.outcome, at: send.now }
  const isNext = before?.epoch === send.epoch && before.seq === send.seq - 1
  return {
    set: { [`told.${recipient}`]: last },
    unset: [...unset, `retry.${recipient}`],
    log: [{ ...toldEntry(send, result), ...(isNext && { isNext }) }],
  }
}

/** What the sharing history is told of a send that was answered. */
const toldEntry = (
  { recipient, epoch, seq, now: at }: { recipient: string; epoch: number; seq: number; now: number },
  result: Extract<SendOutcome, { outcome: 'acknowledged' | 'refused' }>,
): Omit<AccountLogEntry, 'n'> => ({
  op: `told:${recipient}:${epoch}.${seq}`,
  kind: 'told',
  at,
  actor: { kind: 'system' },
  epoch,
  seq,
  recipient,
  outcome: result.outcome,
  ...(result.outcome === 'refused' && { reason: result.why }),
})

/** Until when somebody is at it; 0: nobody is. */
export const sendingUntil = (account: Account, recipient: string, now: number): number => {
  const sending = account.sending[recipient]
  return isStillHeld(sending, now) ? sending.until : 0
}

/** Until when an ended link's details may still be on the wire; 0 when none is (model M6, G5). */
export const sendLeasesOpenUntil = (account: Account, now: number): number =>
  Math.max(
    0,
    ...Object.values(account.sending).map((sending) =>
      !sending.ofLifecycle && isStillHeld(sending, now) ? sending.until : 0,
    ),
  )

export type LinkStatus = 'in step' | 'on its way' | 'refused' | 'paused' | 'not linked' | 'closed'

/** How a linked account stands to the person, in the words that people read. */
export const statusOf = (account: Account, recipients: readonly string[], personVersion: number): LinkStatus => {
  if (account.status === 'closed' || account.status === 'void') return 'closed'
  if (!account.link || account.leaving) return 'not linked'
  if (account.link.paused !== undefined) return 'paused'
  if (account.at.v < personVersion || Object.keys(account.intents).length > 0) return 'on its way'
  if (recipients.some((recipient) => isBehind(account, recipient))) return 'on its way'
  return recipients.some((recipient) => account.told[recipient]?.outcome === 'refused') ? 'refused' : 'in step'
}
