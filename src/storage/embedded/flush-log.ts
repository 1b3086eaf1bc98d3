import { closeSync, openSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import type { LogEnd, LogMark } from './log-mark.ts'

/**
 * Flushes SQLite's log by a thread of its own. Not one of those that all files and password hashes share: a thread that
 * has just worked hard waits its turn behind others, and everybody who wrote something would wait with it.
 */
export const createLogFlush = (path: string, mark: Pick<LogMark, 'write' | 'reset'>) => {
  // SQLite holds no lock on its log that closing it again would lose.
  const log = openSync(path, 'r+')
  const thread = new Worker(new URL('./flush-worker.ts', import.meta.url), { workerData: { log }, execArgv: [] })
  thread.unref()
  let waiting: { resolve: () => void; reject: (error: unknown) => void } | undefined
  /** Since the flush under way was asked for, the log was cut: what it says of the log is over. */
  let isCut = false
  const answer = ({ code, end }: { code?: string; end?: LogEnd }) => {
    const asked = waiting
    waiting = undefined
    thread.unref()
    // The mark before the answer: nobody is told of what a start would not miss.
    if (end && !isCut) mark.write(end)
    if (end) asked?.resolve()
    else asked?.reject(Object.assign(new Error(`the log was not flushed: ${code}`), { code }))
  }
  thread.on('message', answer)
  let ended = false
  thread.on('exit', () => {
    ended = true
    answer({ code: 'EIO' })
  })
  // It ends with the error; nothing more is to be done about it than about any other end.
  thread.on('error', () => {})

  return {
    /** One at a time. Rejects with the system's `code`. */
    flush: (): Promise<void> => {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      waiting = { resolve, reject }
      isCut = false
      if (ended) answer({ code: 'EIO' })
      thread.ref()
      thread.postMessage(null)
      return promise
    },

    /** Before all of the log is brought into the file and cut or taken away. */
    forget: (): void => {
      isCut = true
      mark.reset()
    },

    close: async (): Promise<void> => {
      await thread.terminate()
      closeSync(log)
    },
  }
}

export type LogFlush = ReturnType<typeof createLogFlush>
