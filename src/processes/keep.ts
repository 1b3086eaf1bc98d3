import { minute, second } from '../lib/clock.ts'
import { pauseAfter } from '../lib/delivery-rules.ts'
import type { Log } from '../lib/log.ts'
import type { Begun, Member } from './member.ts'

/** A container is given ten seconds from SIGTERM to SIGKILL; each process ends within nine. */
const longestStop = 9.5 * second
/** One that lived for longer begins anew without a longer pause than its first. */
const lived = minute

interface Deps {
  log: Log
  begin: (number: number, onBegun: (each: Begun) => void) => Promise<Member>
  /** Settles after so many milliseconds. */
  pause: (time: number) => Promise<unknown>
  /** Told when none is left and none can be started. */
  fail: (why: string) => void
}

/** So many processes that serve the same, each under a number. One that ends is replaced after a pause. */
export const createProcesses = (count: number, { log, begin, pause, fail }: Deps) => {
  const numbers = Array.from({ length: count }, (_, i) => i + 1)
  const serving = new Map<number, Member>()
  const begun = new Set<Begun>()
  let digest: string | undefined
  let isComplete = false
  let isEnding = false
  let last: Promise<void> = Promise.resolve()

  /** One after the other: what changes all of them. */
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    last = last.then(work).catch((error: unknown) => {
      if (!isEnding) log.error({ error }, 'a process could not be replaced: those that serve go on as they are')
    })
    return last
  }

  const beginUnder = async (number: number): Promise<Member> => {
    if (isEnding) throw new Error('None is begun any more: all have been told to end.')
    return begin(number, (each) => {
      begun.add(each)
      void each.gone.then(() => begun.delete(each))
    })
  }

  /**
   * Serves under this number from now on, and whoever did before is let go. Whoever read a newer configuration than the
   * others has them take it too.
   */
  const put = (number: number, member: Member, failures = 0): void => {
    const since = performance.now()
    serving.get(number)?.drain()
    serving.set(number, member)
    if (isComplete) member.allReady()
    const isNews = digest !== undefined && member.digest !== digest
    digest = member.digest
    if (isNews) void inTurn(takeEverywhere)
    void member.gone.then(() => {
      if (serving.get(number) !== member) return
      serving.delete(number)
      const again = performance.now() - since > lived ? 1 : failures + 1
      if (!isEnding) void replace(number, again)
    })
  }

  const replace = async (number: number, failures: number): Promise<void> => {
    log.error({ number }, 'a process has ended; another takes its place')
    await pause(pauseAfter(failures, minute))
    // Whoever replaces all one after the other may have put one there meanwhile.
    if (isEnding || serving.has(number)) return
    try {
      put(number, await beginUnder(number), failures)
    } catch {
      if (isEnding || serving.has(number)) return
      if (serving.size === 0) return fail('No process is left, and none can be started: what is wrong stands above.')
      void replace(number, failures + 1)
    }
  }

  /** Another process in the place of one that serves, and is let go once the other does: nobody is refused meanwhile. */
  const renew = async (number: number): Promise<void> => {
    const next = await beginUnder(number)
    const before = serving.get(number)
    put(number, next)
    await before?.gone
  }

  const takeEverywhere = async (): Promise<void> => {
    let isFirst = true
    for (const number of numbers) {
      const said = await serving.get(number)?.reload()
      if (!said) continue
      // Nothing was taken anywhere: why not stands in its log.
      if (!said.isTaken && isFirst) return
      if (!said.isTaken) await renew(number)
      if (isFirst) digest = said.digest
      isFirst = false
    }
  }

  const restart = async (): Promise<void> => {
    for (const number of numbers) await renew(number)
    log.info({}, 'each process has been replaced')
  }

  return {
    /**
     * The first alone: what is made once is made, and what is wrong said, before there are others. Rejects where one could
     * not be started; then all have ended.
     */
    start: async (): Promise<void> => {
      try {
        put(1, await beginUnder(1))
        await Promise.all(numbers.slice(1).map(async (number) => put(number, await beginUnder(number))))
      } catch (error) {
        isEnding = true
        await stopAll(begun)
        throw error
      }
      isComplete = true
      for (const member of serving.values()) member.allReady()
    },

    /** All take the configuration as it is in its files. */
    reload: (): Promise<void> => inTurn(takeEverywhere),

    /** Each is replaced by a new one, one after the other, until one could not be started. */
    restart: (): Promise<void> => inTurn(restart),

    /** What each counts of itself, by its number; of those that answer. */
    metrics: async (): Promise<{ number: number; counted: unknown }[]> => {
      const all = [...serving].map(async ([number, member]) => ({ number, counted: await member.metrics() }))
      return (await Promise.all(all)).filter(({ counted }) => counted !== undefined)
    },

    /** All end, within seconds; whether in order. */
    stop: async (): Promise<boolean> => {
      isEnding = true
      return stopAll(begun)
    },
  }
}

const stopAll = async (begun: ReadonlySet<Begun>): Promise<boolean> => {
  const all = [...begun]
  for (const each of all) each.stop('SIGTERM')
  const tooLong = setTimeout(() => {
    for (const each of all) each.stop('SIGKILL')
  }, longestStop)
  const ends = await Promise.all(all.map(({ gone }) => gone))
  clearTimeout(tooLong)
  return ends.every(Boolean)
}
