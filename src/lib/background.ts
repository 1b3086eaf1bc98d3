import type { Log } from './log.ts'

/** Work nobody waits for: one of a kind at a time, asked for again meanwhile is run again after. */
export const createBackground = (log: Log) => {
  const running = new Map<string, { promise: Promise<void>; again?: () => Promise<void> }>()
  const timers: NodeJS.Timeout[] = []
  let stopped = false

  const run = (kind: string, work: () => Promise<void>): Promise<void> => {
    if (stopped) return Promise.resolve()
    const before = running.get(kind)
    if (before) {
      before.again = work
      return before.promise
    }
    const entry: { promise: Promise<void>; again?: () => Promise<void> } = { promise: Promise.resolve() }
    running.set(kind, entry)
    entry.promise = work()
      .catch((error: unknown) => log.error({ error, kind }, 'background work failed; it will be tried again'))
      .finally(() => {
        running.delete(kind)
        if (entry.again) void run(kind, entry.again)
      })
    return entry.promise
  }

  return {
    /** Settles when it was done, whether it went well or not. */
    run,
    /** Long work looks at this between its steps, and ends early. */
    isStopping: (): boolean => stopped,
    every: (milliseconds: number, kind: string, work: () => Promise<void>): void => {
      timers.push(setInterval(() => void run(kind, work), milliseconds).unref())
    },
    stop: async (): Promise<void> => {
      stopped = true
      for (const timer of timers) clearInterval(timer)
      await Promise.all([...running.values()].map(({ promise }) => promise))
    },
  }
}
