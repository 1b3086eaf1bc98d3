import { closeSync, fdatasync, openSync } from 'node:fs'
import { promisify } from 'node:util'
import { followLog, type LogMark } from './log-mark.ts'

const makeDurable = promisify(fdatasync)

/**
 * Flushes SQLite's log by one of the four threads that files share. Names that are looked up keep two of them at most,
 * whoever is slow to answer (libuv), and hashes of passwords are short: a flush waits for two of those at worst. A thread of
 * our own cost every process 10 MB, a tenth of its start and a third of each flush.
 */
export const createLogFlush = (path: string, mark: Pick<LogMark, 'write' | 'reset'>) => {
  // SQLite holds no lock on its log that closing it again would lose.
  const log = openSync(path, 'r+')
  const endOf = followLog(log)
  /** Since the flush under way was asked for, the log was cut: what it says of the log is over. */
  let isCut = false

  return {
    /** One at a time. Rejects with the system's `code`. */
    flush: async (): Promise<void> => {
      isCut = false
      // Before the flush: what is committed while it runs is not part of it.
      const end = endOf()
      await makeDurable(log)
      // The mark before the answer: nobody is told of what a start would not miss.
      if (!isCut) mark.write(end)
    },

    /** Before all of the log is brought into the file and cut or taken away. */
    forget: (): void => {
      isCut = true
      mark.reset()
    },

    close: (): void => closeSync(log),
  }
}

export type LogFlush = ReturnType<typeof createLogFlush>
