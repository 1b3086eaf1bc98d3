import type { DatabaseSync } from 'node:sqlite'
import type { Turns } from './collection.ts'

/**
 * One transaction, and so one flush to the disk, for everything that is written in one turn of the event loop. A write
 * is answered when it is durable; a read that may have seen a write of this turn is answered no earlier, so nobody acts
 * on what a crash could take back.
 */
export const createTurns = (sqlite: DatabaseSync): Turns & { settled: () => Promise<void> } => {
  let open: { done: Promise<void> } | undefined

  const begin = (): Promise<void> => {
    if (open) return open.done
    sqlite.exec('BEGIN IMMEDIATE')
    const done = new Promise<void>((resolve, reject) => {
      setImmediate(() => {
        open = undefined
        try {
          sqlite.exec('COMMIT')
          resolve()
        } catch (error) {
          if (sqlite.isTransaction) sqlite.exec('ROLLBACK')
          reject(told(error))
        }
      })
    })
    open = { done }
    return done
  }

  return {
    read: async (work) => {
      const result = work()
      await open?.done
      return result
    },
    write: async (work) => {
      const done = begin()
      // Alone in its savepoint: a write that fails takes nothing of its neighbours' with it.
      sqlite.exec('SAVEPOINT write')
      let result: ReturnType<typeof work>
      try {
        result = work()
        sqlite.exec('RELEASE write')
      } catch (error) {
        if (sqlite.isTransaction) sqlite.exec('ROLLBACK TO write; RELEASE write')
        await done.catch(() => {})
        throw told(error)
      }
      await done
      return result
    },
    settled: async () => {
      await open?.done
    },
  }
}

const sentences: Record<number, string> = {
  5: 'The database file is in use by another process. Stop that one first, or give this one a DATA_DIR of its own.',
  10: 'The disk refused to read or write the database file. Look at the disk; what was acknowledged is safe.',
  11: 'The database file is damaged. Restore it from a backup; nothing was changed.',
  13: 'The disk that holds the database is full. Make room; what was acknowledged is safe.',
  26: 'The database file is not a database. Restore it from a backup; nothing was changed.',
}

/** What is wrong with the file, in one sentence; any other error as it is. */
export const told = (error: unknown): unknown => {
  const code = (error as { errcode?: number })?.errcode
  const sentence = code === undefined ? undefined : sentences[code & 0xff]
  return sentence ? new Error(sentence, { cause: error }) : error
}
