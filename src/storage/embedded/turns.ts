import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Turns } from './collection.ts'

/**
 * One transaction, and so one flush to the disk, for everything that is written in one turn of the event loop. A write
 * is answered when it is durable; a read that may have seen a write of this turn is answered no earlier, so nobody acts
 * on what a crash could take back.
 */
export const createTurns = (sqlite: DatabaseSync): Turns & { settled: () => Promise<void> } => {
  const [begin, commit, rollback] = ['BEGIN IMMEDIATE', 'COMMIT', 'ROLLBACK'].map((sql) => sqlite.prepare(sql)) as [
    StatementSync,
    StatementSync,
    StatementSync,
  ]
  let turn: { done: Promise<void>; failed?: unknown } | undefined

  const open = () => {
    begin.run()
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const opened: NonNullable<typeof turn> = { done: promise }
    // Whoever waits is told; a turn that nobody waits for any more must not end the process.
    promise.catch(() => {})
    setImmediate(() => {
      turn = undefined
      try {
        if (opened.failed) throw opened.failed
        commit.run()
        resolve()
      } catch (error) {
        if (sqlite.isTransaction) rollback.run()
        reject(told(error))
      }
    })
    return opened
  }

  return {
    read: async (work) => {
      try {
        const result = work()
        if (turn) await turn.done
        return result
      } catch (error) {
        throw told(error)
      }
    },
    write: async (work) => {
      let mine: typeof turn
      try {
        turn ??= open()
        mine = turn
        if (mine.failed) throw mine.failed
        const result = work()
        await mine.done
        return result
      } catch (error) {
        // Refused by the file in the middle: nothing of this turn is kept, and all who wrote in it are told so.
        if (mine && isOfFile(error)) mine.failed ??= error
        if (mine) await mine.done
        throw told(error)
      }
    },
    settled: async () => {
      await turn?.done.catch(() => {})
    },
  }
}

const isOfFile = (error: unknown): boolean => (error as { errcode?: number })?.errcode !== undefined

const sentences: Record<number, string> = {
  5: 'The database file is in use by another process. Stop that one first, or give this one a DATA_DIR of its own.',
  10: 'The disk refused to read or write the database file. Look at the disk; what was acknowledged is safe.',
  11: 'The database file is damaged. Restore it from a backup; nothing was changed.',
  8: 'The database file may not be written. Give this process the right to write in DATA_DIR.',
  14: 'The database file cannot be opened. Check that DATA_DIR is a folder that this process may write in.',
  13: 'The disk that holds the database is full. Make room; what was acknowledged is safe.',
  26: 'The database file is not a database. Restore it from a backup; nothing was changed.',
}

/** What is wrong with the file, in one sentence; any other error as it is. */
export const told = (error: unknown): unknown => {
  const code = (error as { errcode?: number })?.errcode
  const inFolder = ['EACCES', 'ENOTDIR', 'EEXIST', 'EROFS'].includes((error as { code?: string })?.code ?? '')
  const sentence = inFolder ? sentences[14] : code === undefined ? undefined : sentences[code & 0xff]
  return sentence ? new Error(sentence, { cause: error }) : error
}
