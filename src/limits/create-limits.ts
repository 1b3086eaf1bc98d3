import { minute, now, second } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { keyedDigest } from '../lib/ids.ts'
import type { Log } from '../lib/log.ts'
import type { Connection } from '../storage/index.ts'
import { type CounterState, createCounterStore } from './counter-store.ts'
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

  /** Takes a place under one rule. `end`: true counts it, and answers the how many-th of its window it is; false gives it back. */
  const takePlace = async ([name, subject]: LimitKey) => {
    const most = mostOf(name, subject)
    const { id, window, within } = windows(name, subject)
    const [mine, until, held] = [id(window), (window + 2) * within, heldNow()]
    const [counter, before] = await Promise.all([counters.add(mine, { [held]: 1 }, until), carried(name, subject)])
    const judged = counter.count + before.judged
    return {
      mine,
      isFree: judged + liveOf(counter) + before.underWay <= most,
      isTooMany: judged + 1 > most,
      end: async (counts: boolean): Promise<number> => {
        const { count } = await counters.add(mine, { [held]: -1, ...(counts && { count: 1 }) }, until)
        wakeOne(mine)
        return count
      },
    }
  }

  /**
   * Holds a place under each rule for an attempt before it is looked at, all of them in one turn; whoever waits for one
   * neither holds nor asks for another meanwhile. Answers how it ends, as each place does, in the order of the rules; time
   * gives back what nobody comes back for (Q4).
   */
  const hold = async (keys: readonly LimitKey[]): Promise<(counts: boolean) => Promise<number[]>> => {
    const began = performance.now()
    let waitedFor: LimitKey | undefined
    for (;;) {
      const taken = new Map<LimitKey, Awaited<ReturnType<typeof takePlace>>>()
      const end = (counts: boolean) =>
        Promise.all(keys.flatMap((key) => taken.get(key) ?? []).map((place) => place.end(counts)))
      /** The first that is full, if one is. */
      const takeAll = async (some: readonly LimitKey[]) => {
        const asked = await Promise.allSettled(some.map(async (key) => void taken.set(key, await takePlace(key))))
        const failed = asked.find((each) => each.status === 'rejected')
        if (failed) {
          await end(false)
          throw failed.reason
        }
        return some.find((key) => !taken.get(key)?.isFree)
      }
      const others = keys.filter((key) => key !== waitedFor)
      const full = (waitedFor && (await takeAll([waitedFor]))) ?? (await takeAll(others))
      if (!full) return end
      await end(false)
      // What was refused tried nothing: whoever goes on knocking does not keep the door shut for the owner.
      const over = keys.find((key) => taken.get(key)?.isTooMany)
      if (over) throw tooMany(over[0])
      // Full of those that are being looked at, any of which may prove right: that is no reason to refuse this one.
      if (performance.now() - began > patience) throw new AppError('unavailable', 'busy', { values: { seconds: 2 } })
      waitedFor = full
      await untilJudged(taken.get(full)!.mine)
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

  /** Under all of them or under none. */
  const takeEach = async (keys: readonly LimitKey[]): Promise<number[]> => {
    const asked = await Promise.allSettled(keys.map(take))
    const failed = asked.find((each) => each.status === 'rejected')
    if (failed) {
      await Promise.all(keys.filter((_, nth) => asked[nth]?.status === 'fulfilled').map(giveBack))
      throw failed.reason
    }
    return asked.map((each) => (each.status === 'fulfilled' ? each.value : 0))
  }

  return {
    /**
     * Counts one attempt and answers the how many-th of its window it is. AppError `too-many-attempts` (limited) with
     * the minutes to wait, and nothing is counted, when it is one too many.
     */
    consume: async (name: LimitRule, subject: string): Promise<number> =>
      Math.max(0, ...(await takeEach(countedAs([name, subject])))),

    /** As `consume`, under every rule or under none. */
    consumeEach: async (rules: readonly LimitKey[]): Promise<void> => {
      await takeEach(rules.flatMap(countedAs))
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
      const end = await hold(rules.flatMap(countedAs))
      let found: T | undefined
      let isWrong = false
      try {
        found = await look()
        isWrong = found === undefined
      } finally {
        // Not waited for: nobody is told of it, and where it can't be written, time gives it back.
        if (!isWrong) end(false).catch((error: unknown) => log.error({ error }, 'a place was not given back'))
      }
      if (!isWrong) return { found, nth: [] }
      if (rules[0]) guessed(rules[0][0], 'wrong')
      return { found, nth: await end(true) }
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

    /** Forgets what was counted for one subject; who is under way still holds their place. */
    reset: async (name: LimitRule, subject: string): Promise<void> => {
      const { id, window } = windows(name, subject)
      await counters.forget([id(window), id(window - 1)])
    },

    clear: counters.forgetAll,
    sweep: counters.sweep,
  }
}

/** Begins with a letter: a number in a path may be a position in a list, which costs the embedded database ten times as much. */
const slotName = (number: number): `t${number}` => `t${number}`
const heldNow = (): `held.t${number}` => `held.${slotName(Math.floor(now() / slot))}`

/** Attempts under way: those of this slot of time and the one before. */
const liveOf = ({ held = {} }: Pick<CounterState, 'held'>): number => {
  const current = Math.floor(now() / slot)
  return [current - 1, current].reduce((sum, each) => sum + Math.max(0, held[slotName(each)] ?? 0), 0)
}

export type Limits = ReturnType<typeof createLimits>

const isLoopback = (network: string): boolean => /^(127\.|0:0:0:0|::)/.test(network)
