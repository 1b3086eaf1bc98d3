import {
  type Account,
  type AccountId,
  type AccountsStore,
  acquireSendLease,
  heldUntil,
  type LifecycleKind,
  nextDelivery,
  releaseSendLease,
  type SendOutcome,
  sendingUntil,
  sendTimeout,
  versionOf,
} from '../accounts/index.ts'
import { claimsOf } from '../details/index.ts'
import { allEnded } from '../lib/all-ended.ts'
import { createCircuits, type Pass } from '../lib/circuits.ts'
import { minute, now } from '../lib/clock.ts'
import { createDeadline, type Deadline } from '../lib/deadline.ts'
import { isRefusal, pauseAfter } from '../lib/delivery-rules.ts'
import { randomId } from '../lib/ids.ts'
import type { Log } from '../lib/log.ts'
import { createChangeTogether } from './change-together.ts'

/** Where one service is told of changes to its company's accounts. */
export interface Recipient {
  /** The service's id. */
  id: string
  name: string
  company: string
  endpoint: string
  audience: string
}

interface Addressed {
  recipient: Recipient
  subject: string
  /** `epoch.seq`: the receiver drops what is not newer. */
  version: string
}

/** The whole released copy as it is when sent, never a difference (model M5). */
export interface CopyDelivery extends Addressed {
  claims: Record<string, unknown>
  withdrawn: string[]
}

/** That an account was linked, unlinked or closed, and when: nothing of whoever holds it but the subject (O10). */
export interface LifecycleDelivery extends Addressed {
  lifecycle: LifecycleKind
  /** Milliseconds since 1970. */
  at: number
}

export type Delivery = CopyDelivery | LifecycleDelivery

/** Sends one delivery; the answer's status, or a reason why there was none. Ends before `signal` does. */
export type Push = (
  delivery: Delivery,
  signal: AbortSignal,
) => Promise<{ status: number; why?: string } | { failed: string }>

/** Hears of each write in the order in which they were made; undefined: nothing was written. */
type Wrote = (after: Account | undefined) => void

export interface TellDeps {
  accounts: AccountsStore
  recipientsOf: (company: string) => readonly Recipient[]
  push: Push
  log: Log
  /** Counts an outcome for the metrics. */
  counted?: (company: string, outcome: string) => void
  /** A recipient takes again what it is told: whoever waited for that may go. */
  onWell?: (recipient: string) => void
  /** Milliseconds of a clock that no setting of the time moves. */
  monotonic?: () => number
}

const atOnce = 8
/** Milliseconds: whoever answers sooner costs no look at whether the link still stands. */
const lookedForEvery = 250
/** The longest that a recipient which fails is left alone between two probes. */
export const longestPause = minute

/** The longest that one account waits which failed again and again while others went well. */
const longestWait = 10 * minute

/**
 * Tells the services of a company that details changed (S4-3, RFC 8935): at least once, in order, newest only (G4); and
 * before them each link, unlink and closure of the account (O10).
 * One send at a time per account and recipient, in every process (M6); nothing begins once the link has ended (G5).
 */
export const createEventDispatcher = ({
  accounts,
  recipientsOf,
  push,
  log,
  counted = () => {},
  onWell,
  monotonic = () => performance.now(),
}: TellDeps) => {
  /** What is on its way, which a stop breaks off; of details whose, which an unlink does. */
  const onTheWire = new Map<Deadline, AccountId | undefined>()
  const change = createChangeTogether(accounts)
  const circuits = createCircuits({ first: atOnce, longestPause, ...(onWell && { onWell }) })
  let stopped = false

  /** Until the recipient has the newest state, or does not take it. `wrote` is told what each write left, if it was one. */
  const tellOne = async (seen: Account, recipient: Recipient, wrote: Wrote): Promise<void> => {
    for (let account: Account | undefined = seen; account && !stopped; ) {
      const pass = await circuits.whenFree(recipient.id)
      if (!pass) return
      account = await sendOnce(account, { recipient, pass, wrote }).finally(pass.leave)
    }
  }

  /** The account after it; undefined when this recipient needs nothing more for now. */
  const sendOnce = async (
    seen: Account,
    { recipient, pass, wrote }: { recipient: Recipient; pass: Pass; wrote: Wrote },
  ): Promise<Account | undefined> => {
    const id = seen._id
    const token = randomId(8)
    const began = monotonic()
    const turn = { recipient: recipient.id, token, now: now(), wellSince: circuits.wellSince(recipient.id) }
    const account = await change(id, (each) => acquireSendLease(each, turn), seen)
    wrote(account)
    const sending = account?.sending[recipient.id]
    if (!account || !sending) return undefined
    const { epoch, seq, ofLifecycle } = sending
    const result = await send(account, deliveryOf(account, recipient), { began, pass, recipient: recipient.id })
    const heardBy = ofLifecycle && recipientsOf(account.company).map(({ id }) => id)
    const ended = { recipient: recipient.id, token, epoch, seq, now: now(), result, heardBy }
    const after = await change(id, (each) => releaseSendLease(each, ended), account)
    wrote(after)
    counted(recipient.company, result.outcome)
    if (result.outcome === 'failed' || result.outcome === 'refused')
      log.warn({ recipient: recipient.id, account: id, outcome: result.outcome, why: result.why }, 'delivery not taken')
    if (result.outcome !== 'acknowledged' && result.outcome !== 'refused') return undefined
    // What the turn's end was written on is what there was to tell by then: whoever writes after it takes a turn of their own.
    const newest = after ?? account
    return nextDelivery(newest, recipient.id) ? newest : undefined
  }

  const send = async (
    account: Account,
    delivery: Delivery,
    { began, pass, recipient }: { began: number; pass: Pass; recipient: string },
  ): Promise<SendOutcome> => {
    // A process that stood still since it took its turn may no longer send: the turn may be another's by now (M6).
    const left = Math.floor(sendTimeout - (monotonic() - began))
    if (left <= 0) return { outcome: 'failed', why: 'turn ran out', again: now(), alone: false }
    if (stopped) return { outcome: 'broken-off' }
    const deadline = createDeadline(left)
    onTheWire.set(deadline, 'lifecycle' in delivery ? undefined : account._id)
    const look = () => void endedElsewhere(account).then((ended) => ended && deadline.breakOff(), ignore)
    const looking = 'lifecycle' in delivery ? undefined : setInterval(look, lookedForEvery)
    try {
      return judge(account, recipient, await push(delivery, deadline.signal), pass)
    } catch (error) {
      // Nobody's failure but ours, whatever the recipient would have said.
      if (deadline.signal.aborted && !deadline.isLate()) return { outcome: 'broken-off' }
      return judge(account, recipient, { failed: error instanceof Error ? error.name : 'unknown' }, pass)
    } finally {
      deadline.putAway()
      clearInterval(looking)
      onTheWire.delete(deadline)
    }
  }

  /** Another process, on whichever machine, can't break off what this one sends: it sees for itself (G5). */
  const endedElsewhere = async ({ _id, epoch }: Account): Promise<boolean> => (await accounts.get(_id))?.epoch !== epoch

  const judge = (account: Account, recipient: string, answer: Awaited<ReturnType<Push>>, pass: Pass): SendOutcome => {
    if ('status' in answer && answer.status >= 200 && answer.status < 300) {
      pass.answered()
      return { outcome: 'acknowledged' }
    }
    // It stands until the next change (model C4).
    if ('status' in answer && isRefusal(answer.status)) {
      pass.answered()
      return { outcome: 'refused', why: answer.why ?? `status ${answer.status}` }
    }
    pass.failed()
    const why = 'failed' in answer ? answer.failed : `status ${answer.status}`
    // A probe that fails speaks of the recipient, never of the account that happened to go.
    if (pass.isProbe) return { outcome: 'failed', why, again: circuits.opensAt(recipient), alone: false }
    const again = now() + pauseAfter((account.retry[recipient]?.failures ?? 0) + 1, longestWait)
    return { outcome: 'failed', why, again, alone: true }
  }

  return {
    /**
     * Tells whoever is behind, or does not know whether the account goes on. The account as the last write of it left it;
     * undefined where that is not known.
     */
    tell: async (account: Account): Promise<Account | undefined> => {
      let newest: Account | undefined
      const wrote: Wrote = (after) => {
        newest = after
      }
      await allEnded(
        recipientsOf(account.company)
          .filter((recipient) => nextDelivery(account, recipient.id))
          .map((recipient) => tellOne(account, recipient, wrote)),
      )
      return newest
    },

    /** When the next send to a recipient that is behind may begin; null when nobody is behind. */
    nextTry: (account: Account): number | null => {
      const times = recipientsOf(account.company)
        .filter((recipient) => nextDelivery(account, recipient.id))
        .map(({ id }) =>
          Math.max(
            heldUntil(account, id, circuits.wellSince(id), now()),
            circuits.opensAt(id),
            sendingUntil(account, id, now()),
          ),
        )
      return times.length === 0 ? null : Math.min(...times)
    },

    /** Breaks off what this process is sending of an account whose link has ended (G5). */
    abort: (account: AccountId): void => {
      for (const [each, whose] of onTheWire) if (whose === account) each.breakOff()
    },

    /** Nothing begins any more, and what is on the wire is broken off. */
    stop: (): void => {
      stopped = true
      for (const each of onTheWire.keys()) each.breakOff()
    },

    /** A recipient that is known to be up again is not made to wait out its pause. */
    reset: circuits.forgive,
  }
}

/** What the turn that was taken is for. */
const deliveryOf = (account: Account, recipient: Recipient): Delivery => {
  const next = nextDelivery(account, recipient.id)
  const { subject } = account
  if (next && next !== 'copy')
    return { recipient, subject, version: versionOf(next), lifecycle: next.kind, at: next.at }
  return {
    recipient,
    subject,
    claims: { ...claimsOf(account.copy, { cleared: 'null' }) },
    version: versionOf(account),
    withdrawn: account.withdrawn,
  }
}

/** Looked at again soon. */
const ignore = (): void => {}

export type EventDispatcher = ReturnType<typeof createEventDispatcher>
