import {
  type Account,
  type AccountId,
  type AccountsStore,
  beginSending,
  finishSending,
  isBehind,
  type SendOutcome,
  sendTimeout,
  versionOf,
} from '../accounts/index.ts'
import { claimsOf } from '../details/index.ts'
import { minute, now, second } from '../lib/clock.ts'
import { randomId } from '../lib/ids.ts'
import type { Log } from '../lib/log.ts'

/** Where one service is told of changes to its company's accounts. */
export interface Recipient {
  /** The service's id. */
  id: string
  name: string
  company: string
  endpoint: string
  audience: string
}

/** What is sent: the whole released copy as it is when sent, never a difference (model M5). */
export interface Telling {
  recipient: Recipient
  subject: string
  claims: Record<string, unknown>
  /** `epoch.seq`: the receiver drops what is not newer. */
  version: string
  withdrawn: string[]
}

/** Sends one telling; the answer's status, or a reason why there was none. Ends before `signal` does. */
export type Push = (
  telling: Telling,
  signal: AbortSignal,
) => Promise<{ status: number; why?: string } | { failed: string }>

export interface TellDeps {
  accounts: AccountsStore
  recipientsOf: (company: string) => readonly Recipient[]
  push: Push
  log: Log
  /** Counts an outcome for the metrics. */
  counted?: (company: string, outcome: string) => void
  /** Milliseconds of a clock that no setting of the time moves. */
  monotonic?: () => number
}

/** A recipient that fails this often in a row is left alone for its pause, whoever's account comes next. */
const breakerAt = 5
const atOnce = 8

/** Failure n is tried again after 1, 2, 4 … seconds, an hour at most, with jitter. */
const pauseAfter = (failures: number): number =>
  Math.min(60 * minute, second * 2 ** Math.min(failures, 12)) * (0.75 + Math.random() / 2)

/**
 * Tells the services of a company that details changed (S4-3, RFC 8935): at least once, in order, newest only (G4).
 * One send at a time per account and recipient, in every process (M6); nothing begins once the link has ended (G5).
 */
export const createTeller = ({
  accounts,
  recipientsOf,
  push,
  log,
  counted = () => {},
  monotonic = () => performance.now(),
}: TellDeps) => {
  const onTheWire = new Map<AccountId, Set<AbortController>>()
  const breakers = new Map<string, { failures: number; until: number }>()
  const running = new Map<string, number>()

  const isOpen = (id: string) => (breakers.get(id)?.failures ?? 0) >= breakerAt && breakers.get(id)!.until > now()

  const tellOne = async (id: AccountId, recipient: Recipient): Promise<void> => {
    while (!isOpen(recipient.id) && (running.get(recipient.id) ?? 0) < atOnce) {
      const token = randomId(8)
      const began = monotonic()
      const turn = { recipient: recipient.id, token, now: now() }
      const account = await accounts.change(id, (seen) => beginSending(seen, turn))
      if (!account) return
      running.set(recipient.id, (running.get(recipient.id) ?? 0) + 1)
      const result = await send(account, recipient, began).finally(() =>
        running.set(recipient.id, (running.get(recipient.id) ?? 1) - 1),
      )
      const { epoch, seq } = account
      const told = { recipient: recipient.id, token, epoch, seq, now: now(), result }
      await accounts.change(id, (seen) => finishSending(seen, told))
      counted(recipient.company, result.outcome)
      if (result.outcome !== 'acknowledged')
        log.warn(
          { recipient: recipient.id, account: id, outcome: result.outcome, why: result.why },
          'telling not taken',
        )
      if (result.outcome === 'failed') return
    }
  }

  const send = async (account: Account, recipient: Recipient, began: number): Promise<SendOutcome> => {
    // A process that stood still since it took its turn may no longer send: the turn may be another's by now (M6).
    const left = Math.floor(sendTimeout - (monotonic() - began))
    if (left <= 0) return { outcome: 'failed', why: 'turn ran out', again: now() }
    const controller = new AbortController()
    const mine = onTheWire.get(account._id) ?? new Set()
    onTheWire.set(account._id, mine.add(controller))
    const signal = AbortSignal.any([controller.signal, AbortSignal.timeout(left)])
    try {
      const answer = await push(
        {
          recipient,
          subject: account.subject,
          claims: { ...claimsOf(account.copy, { cleared: 'null' }) },
          version: versionOf(account),
          withdrawn: account.withdrawn,
        },
        signal,
      )
      return judge(recipient.id, answer)
    } catch (error) {
      return judge(recipient.id, { failed: error instanceof Error ? error.name : 'unknown' })
    } finally {
      mine.delete(controller)
      if (mine.size === 0) onTheWire.delete(account._id)
    }
  }

  const judge = (recipient: string, answer: Awaited<ReturnType<Push>>): SendOutcome => {
    if ('status' in answer && answer.status >= 200 && answer.status < 300) {
      breakers.delete(recipient)
      return { outcome: 'acknowledged' }
    }
    // 408 and 429 ask for patience; every other 4xx is an answer, and stands until the next change (model C4).
    if ('status' in answer && answer.status >= 400 && answer.status < 500 && ![408, 429].includes(answer.status)) {
      breakers.delete(recipient)
      return { outcome: 'refused', why: answer.why ?? `status ${answer.status}` }
    }
    const failures = (breakers.get(recipient)?.failures ?? 0) + 1
    const again = now() + pauseAfter(failures)
    breakers.set(recipient, { failures, until: again })
    return { outcome: 'failed', why: 'failed' in answer ? answer.failed : `status ${answer.status}`, again }
  }

  return {
    /** Tells whoever is behind. */
    tell: async (account: Account): Promise<void> => {
      await Promise.all(
        recipientsOf(account.company)
          .filter((recipient) => isBehind(account, recipient.id))
          .map((recipient) => tellOne(account._id, recipient)),
      )
    },

    /** When the next send to a recipient that is behind may begin; null when nobody is behind. */
    nextTry: (account: Account): number | null => {
      const times = recipientsOf(account.company)
        .filter((recipient) => isBehind(account, recipient.id))
        .map(({ id }) =>
          Math.max(
            account.retry[id]?.at ?? 0,
            isOpen(id) ? breakers.get(id)!.until : 0,
            account.sending[id]?.until ?? 0,
          ),
        )
      return times.length === 0 ? null : Math.min(...times)
    },

    /** Breaks off what this process is sending for an account whose link has ended (G5). */
    abort: (account: AccountId): void => {
      for (const controller of onTheWire.get(account) ?? []) controller.abort()
    },

    /** A recipient that is known to be up again is not made to wait out its pause. */
    forgive: (recipient: string): void => {
      breakers.delete(recipient)
    },
  }
}

export type Teller = ReturnType<typeof createTeller>
