import { minute, now, second } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { keyedDigest } from '../lib/ids.ts'
import type { Log } from '../lib/log.ts'
import type { Connection } from '../storage/index.ts'
import { createCounterStore, type ResolvedSubject } from './counter-store.ts'
import { type LimitRule, mostOf, ruleOf } from './limit-rules.ts'
import { siteOf } from './site.ts'

export interface LimitsDeps {
  connection: Connection
  /** Keys the digests: a dump of counters says nothing of whom they count. */
  key: Uint8Array
  /** Development, where everybody comes from loopback: it is not counted as a network. */
  sparesLoopback: boolean
  log: Log
  /** For the metrics: a guess was wrong, or was one too many to be looked at. */
  guessed?: (rule: LimitRule, outcome: 'wrong' | 'refused') => void
}

/** One thing that is counted: under which rule, and of whom. */
export type LimitKey = readonly [rule: LimitRule, subject: string]

/** An attempt under way counts for one to two of these, whatever becomes of whoever looks at it. */
const slot = minute
/** Milliseconds for which an attempt waits, at most, for those before it to be judged. */
const patience = 5 * second
const lookAgainAfter = 200

/** A window that slides: what is left of the one before counts with what is in this one. */
export const createLimits = ({ connection, key, sparesLoopback, log, guessed = () => {} }: LimitsDeps) => {
  const counters = createCounterStore(connection)

  const windows = (name: LimitRule, subject: string) => {
    const { within, strict } = ruleOf(name)
    const at = now()
    const window = Math.floor(at / within)
    const of = keyedDigest(key, name, subject)
    const share = strict ? 1 : 1 - (at - window * within) / within
    return { id: (n: number) => `${name}:${of}:${n}`, window, within, strict, share }
  }

  /** What still counts of the window before. */
  const carried = async (name: LimitRule, subject: string) => {
    const { id, window, share } = windows(name, subject)
    const { count, held } = await counters.read(id(window - 1))
    return { judged: share * count, underWay: liveOf({ held }) }
  }

  const tooMany = (name: LimitRule) => {
    log.warn({ rule: name }, 'a limit was reached')
    guessed(name, 'refused')
    return new AppError('limited', 'too-many-attempts', {
      values: { minutes: Math.ceil(ruleOf(name).within / minute) },
    })
  }

  /** Whoever waits for an attempt to be judged is woken, one at a time, in the order in which they came. */
  const waiting = new Map<string, (() => void)[]>()
  const wakeOne = (id: string): void => waiting.get(id)?.shift()?.()
  const untilJudged = (id: string): Promise<void> =>
    new Promise((resolve) => {
      const line = waiting.get(id) ?? []
      waiting.set(id, line)
      // Also by itself: what is judged elsewhere, or never, wakes nobody here.
      const timer = setTimeout(woken, lookAgainAfter)
      line.push(woken)
      function woken() {
        clearTimeout(timer)
        const left = (waiting.get(id) ?? []).filter((each) => each !== woken)
        if (left.length > 0) waiting.set(id, left)
        else waiting.delete(id)
        resolve()
      }
    })

  /**
   * Holds a place for an attempt before it is looked at. Answers how it ends: true counts it, and answers the how
   * many-th of its window it is; false gives the place back, as time does where nobody comes back to say (Q4).
   */
  const hold = async ([name, subject]: LimitKey): Promise<(counts: boolean) => Promise<number>> => {
    const most = mostOf(name, subject)
    const began = performance.now()
    for (;;) {
      const { id, window, within } = windows(name, subject)
      const [mine, until, held] = [id(window), (window + 2) * within, heldNow()]
      const counter = await counters.add(mine, { [held]: 1 }, until)
      const before = await carried(name, subject)
      const judged = counter.count + before.judged
      if (judged + liveOf(counter) + before.underWay <= most)
        return async (counts) => {
          const { count } = await counters.add(mine, { [held]: -1, ...(counts && { count: 1 }) }, until)
          wakeOne(mine)
          return count
        }
      await counters.add(mine, { [held]: -1 }, until)
      wakeOne(mine)
      // What was refused tried nothing: whoever goes on knocking does not keep the door shut for the owner.
      if (judged + 1 > most) throw tooMany(name)
      // Full of those that are being looked at, any of which may prove right: that is no reason to refuse this one.
      if (performance.now() - began > patience) throw new AppError('unavailable', 'busy', { values: { seconds: 2 } })
      await untilJudged(mine)
    }
  }

  /** What an attempt counts as: nothing for loopback in development, in IPv6 the customer's /48 beside the network. */
  const countedAs = ([name, subject]: LimitKey): LimitKey[] => {
    if (!ruleOf(name).network) return [[name, subject]]
    if (sparesLoopback && isLoopback(subject)) return []
    const site = siteOf(subject)
    return [subject, ...(site === undefined ? [] : [site])].map((each) => [name, each])
  }

  const take = async ([name, subject]: LimitKey): Promise<number> => {
    const { id, window, within } = windows(name, subject)
    const [mine, before] = await Promise.all([
      counters.add(id(window), { count: 1 }, (window + 2) * within),
      carried(name, subject),
    ])
    if (mine.count + liveOf(mine) + before.judged + before.underWay <= mostOf(name, subject)) return mine.count
    await giveBack([name, subject])
    throw tooMany(name)
  }

  const giveBack = async ([name, subject]: LimitKey): Promise<void> => {
    const { id, window, within } = windows(name, subject)
    await counters.add(id(window), { count: -1 }, (window + 2) * within)
  }

  return {
    /**
     * Counts one attempt and answers the how many-th of its window it is. AppError `too-many-attempts` (limited) with
     * the minutes to wait, and nothing is counted, when it is one too many.
     */
    consume: async (name: LimitRule, subject: string): Promise<number> => {
      const taken: LimitKey[] = []
      let nth = 0
      try {
        for (const each of countedAs([name, subject])) {
          nth = Math.max(nth, await take(each))
          taken.push(each)
        }
        return nth
      } catch (error) {
        for (const each of taken) await giveBack(each)
        throw error
      }
    },

    /**
     * Runs `look`, which answers undefined for a wrong guess: only that counts, under every rule (Q4). A place is held
     * before it is looked at, so that racing guesses can't exceed the rules (CVE-2023-47111), and given back when it was
     * right, when nothing came of it (busy, a full disk), and by time alone after a crash. AppError `too-many-attempts`
     * (limited) when there were too many wrong ones, `busy` (unavailable) when those before it are not judged in seconds.
     */
    judged: async <T>(
      rules: readonly LimitKey[],
      look: () => Promise<T | undefined>,
    ): Promise<{ found: T | undefined; nth: number[] }> => {
      const ends: ((counts: boolean) => Promise<number>)[] = []
      try {
        for (const rule of rules.flatMap(countedAs)) ends.push(await hold(rule))
        const found = await look()
        if (found === undefined && rules[0]) guessed(rules[0][0], 'wrong')
        return { found, nth: await settle(ends.splice(0), found === undefined) }
      } finally {
        // Where even this can't be written, time gives it back.
        await settle(ends, false).catch((error: unknown) => log.error({ error }, 'a place was not given back'))
      }
    },

    /** What was taken for something begun is given back once that is finished, however long it took (H7). */
    refund: async (name: LimitRule, subject: string): Promise<void> => {
      for (const each of countedAs([name, subject])) await giveBack(each)
    },

    /** True when the next attempt would be one too many. */
    isReached: async (name: LimitRule, subject: string): Promise<boolean> => {
      for (const [, of] of countedAs([name, subject])) {
        const { id, window } = windows(name, of)
        const { count } = await counters.read(id(window))
        if (count > 0 && count + (await carried(name, of)).judged >= mostOf(name, of)) return true
      }
      return false
    },

    /** When as many were counted as may be: until when that counts, in milliseconds since 1970; else undefined. */
    reachedUntil: async (name: LimitRule, subject: string): Promise<number | undefined> => {
      const { id, window, within, strict } = windows(name, subject)
      const { count } = await counters.read(id(window))
      if (count + (await carried(name, subject)).judged < mostOf(name, subject)) return undefined
      return (window + (strict && count > 0 ? 2 : 1)) * within
    },

    /** How many were counted that still count in full, and since when: milliseconds since 1970. */
    counted: async (name: LimitRule, subject: string): Promise<{ count: number; since: number }> => {
      const { id, window, within, strict } = windows(name, subject)
      const [mine, before] = await Promise.all([counters.read(id(window)), counters.read(id(window - 1))])
      const earlier = strict ? before.count : 0
      return { count: mine.count + earlier, since: (window - (earlier > 0 ? 1 : 0)) * within }
    },

    /** Forgets what was counted for one subject. */
    reset: async (name: LimitRule, subject: string): Promise<void> => {
      const { id, window } = windows(name, subject)
      await counters.drop([id(window), id(window - 1)])
    },

    clear: counters.clear,
    sweep: counters.sweep,
  }
}

const settle = (ends: readonly ((counts: boolean) => Promise<number>)[], counts: boolean): Promise<number[]> =>
  Promise.all(ends.map((end) => end(counts)))

/** Begins with a letter: a number in a path may be a position in a list, which costs the embedded database ten times as much. */
const slotName = (number: number): `t${number}` => `t${number}`
const heldNow = (): `held.t${number}` => `held.${slotName(Math.floor(now() / slot))}`

/** Attempts under way: those of this slot of time and the one before. */
const liveOf = ({ held = {} }: Pick<ResolvedSubject, 'held'>): number => {
  const current = Math.floor(now() / slot)
  return [current - 1, current].reduce((sum, each) => sum + Math.max(0, held[slotName(each)] ?? 0), 0)
}

export type Limits = ReturnType<typeof createLimits>

const isLoopback = (network: string): boolean => /^(127\.|0:0:0:0|::)/.test(network)
