import { closeSync, openSync } from 'node:fs'
import { Worker } from 'node:worker_threads'

/**
 * Flushes SQLite's log by a thread of its own. Not one of those that all files and password hashes share: a thread that
 * has just worked hard waits its turn behind others, and everybody who wrote something would wait with it.
 */
export const createLogFlush = (path: string) => {
  // SQLite holds no lock on its log that closing it again would lose.
  const log = openSync(path, 'r+')
  const thread = new Worker(new URL('./flush-worker.ts', import.meta.url), { workerData: { log }, execArgv: [] })
  thread.unref()
  let waiting: { resolve: () => void; reject: (error: unknown) => void } | undefined
  const answer = (code: string | null) => {
    const asked = waiting
    waiting = undefined
    thread.unref()
    if (code === null) asked?.resolve()
    else asked?.reject(Object.assign(new Error(`the log was not flushed: ${code}`), { code }))
  }
  thread.on('message', answer)
  let ended = false
  thread.on('exit', () => {
    ended = true
    answer('EIO')
  })
  // It ends with the error; nothing more is to be done about it than about any other end.
  thread.on('error', () => {})

  return {
    /** One at a time. Rejects with the system's `code`. */
    flush: (): Promise<void> => {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      waiting = { resolve, reject }
      if (ended) answer('EIO')
      thread.ref()
      thread.postMessage(null)
      return promise
    },

    close: async (): Promise<void> => {
      await thread.terminate()
      closeSync(log)
    },
  }
}

export type LogFlush = ReturnType<typeof createLogFlush>
