import { minute, now } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { keyedDigest } from '../lib/ids.ts'
import type { Log } from '../lib/log.ts'
import type { Connection } from '../storage/index.ts'
import { createCounterStore } from './counter-store.ts'
import { type LimitRule, ruleOf } from './limit-rules.ts'

export interface LimitsDeps {
  connection: Connection
  /** Keys the digests: a dump of counters says nothing of whom they count. */
  key: Uint8Array
  /** Development, where everybody comes from loopback: it is not counted as a network. */
  sparesLoopback: boolean
  log: Log
}

/** A window that slides: what is left of the one before counts with what is in this one. */
export const createLimits = ({ connection, key, sparesLoopback, log }: LimitsDeps) => {
  const counters = createCounterStore(connection)

  const windows = (name: LimitRule, subject: string) => {
    const { within, strict } = ruleOf(name)
    const at = now()
    const window = Math.floor(at / within)
    const of = keyedDigest(key, name, subject)
    const share = strict ? 1 : 1 - (at - window * within) / within
    return { id: (n: number) => `${name}:${of}:${n}`, window, within, share }
  }

  /** What still counts of the window before. */
  const carried = async (name: LimitRule, subject: string): Promise<number> => {
    const { id, window, share } = windows(name, subject)
    return share * (await counters.read(id(window - 1)))
  }

  const isFree = (name: LimitRule, subject: string) =>
    sparesLoopback && ruleOf(name).network === true && isLoopback(subject)

  return {
    /**
     * Counts one attempt and answers the how many-th of its window it is. AppError `too-many-attempts` (limited) with
     * the minutes to wait when it is one too many.
     */
    take: async (name: LimitRule, subject: string): Promise<number> => {
      if (isFree(name, subject)) return 0
      const { id, window, within } = windows(name, subject)
      const [mine, before] = await Promise.all([
        counters.add(id(window), 1, (window + 2) * within),
        carried(name, subject),
      ])
      if (mine + before <= ruleOf(name).most) return mine
      // What was refused tried nothing: whoever goes on knocking does not keep the door shut for the owner.
      await counters.add(id(window), -1, (window + 2) * within)
      log.warn({ rule: name }, 'a limit was reached')
      throw new AppError('limited', 'too-many-attempts', { values: { minutes: Math.ceil(within / minute) } })
    },

    /** Gives an attempt back that turned out to be nobody's guess. */
    giveBack: async (name: LimitRule, subject: string): Promise<void> => {
      if (isFree(name, subject)) return
      const { id, window, within } = windows(name, subject)
      await counters.add(id(window), -1, (window + 2) * within)
    },

    /** True when the next attempt would be one too many. */
    isReached: async (name: LimitRule, subject: string): Promise<boolean> => {
      if (isFree(name, subject)) return false
      const { id, window } = windows(name, subject)
      const standing = await counters.read(id(window))
      return standing > 0 && standing + (await carried(name, subject)) >= ruleOf(name).most
    },

    /** Forgets what was counted for one subject. */
    forgive: async (name: LimitRule, subject: string): Promise<void> => {
      const { id, window } = windows(name, subject)
      await counters.drop([id(window), id(window - 1)])
    },

    clear: counters.clear,
    sweep: counters.sweep,
  }
}

export type Limits = ReturnType<typeof createLimits>

const isLoopback = (network: string): boolean => /^(127\.|0:0:0:0|::)/.test(network)
