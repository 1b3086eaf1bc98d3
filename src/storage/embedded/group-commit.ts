import type { DatabaseSync, StatementSync } from 'node:sqlite'

/** Runs work on the file: `read` answers nothing that a crash could take back, `write` is part of one commit. */
export interface GroupCommit {
  read: <T>(work: () => T) => Promise<T>
  write: <T>(work: () => T) => Promise<T>
  /** Called by work for each row that it looks at, or for a whole collection. */
  trackRead: (collection: string, id?: string) => void
  /** Called by work for each row that it changes, with what stood there before; null: nothing did. */
  trackWrite: (collection: string, id: string, before: string | null) => void
  /** To be told when what was written in a turn is undone. */
  whenTakenBack: (undone: () => void) => void
  /** Runs work where no transaction is open, as soon as none is. */
  between: (work: () => void) => Promise<void>
  /** To be told of each row as it stood before it changes, until what is answered is called. */
  watch: (changed: (collection: string, id: string, before: string | null) => void) => () => void
}

interface Turn {
  number: number
  done: Promise<void>
  resolve: () => void
  reject: (error: unknown) => void
  rows: [collection: string, id: string][]
  /** The event loop has gone on. */
  over: boolean
  failed?: unknown
}

/**
 * One transaction for everything that is written in one turn of the event loop, or while the flush of the one before is
 * on its way: a page that several of them change is written once, and nobody is answered any later for it. Flushing is a
 * thread's work, so that nobody else waits for the disk. A write is answered when it is durable; a read that saw a row
 * of a write not yet flushed is answered no earlier, so nobody acts on what a crash could take back. Without `flush` a
 * commit is the end of it.
 */
export const createGroupCommit = (
  sqlite: DatabaseSync,
  flush?: () => Promise<void>,
): GroupCommit & { settled: () => Promise<void>; close: () => Promise<void> } => {
  const [begin, commit, rollback] = ['BEGIN IMMEDIATE', 'COMMIT', 'ROLLBACK'].map((sql) => sqlite.prepare(sql)) as [
    StatementSync,
    StatementSync,
    StatementSync,
  ]
  const unflushed = new Map<string, Map<string, Turn>>()
  let turn: Turn | undefined
  let last: Turn | undefined
  let flushing = false
  let broken: unknown
  let closing = false
  const undoListeners: (() => void)[] = []
  const watching = new Set<Parameters<GroupCommit['watch']>[0]>()
  let betweenTurns: (() => void)[] = []
  /** The newest turn that the work under way saw a row of. */
  let seen: Turn | undefined

  const open = (): Turn => {
    begin.run()
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const opened: Turn = { number: (last?.number ?? 0) + 1, done: promise, resolve, reject, rows: [], over: false }
    // Whoever waits is told; a turn that nobody waits for any more must not end the process.
    promise.catch(() => {})
    setImmediate(() => {
      opened.over = true
      if (!flushing) void close(opened)
    })
    last = opened
    return opened
  }

  const close = async (closed: Turn): Promise<void> => {
    turn = undefined
    try {
      if (closed.failed) throw closed.failed
      commit.run()
    } catch (refused) {
      if (sqlite.isTransaction) rollback.run()
      for (const tell of undoListeners) tell()
      rest()
      return end(closed, storageErrorOf(refused))
    }
    rest()
    try {
      flushing = true
      if (!broken) await flush?.()
    } catch (failed) {
      // What the file holds is not known any more: a second flush would say that all is well when it is not.
      broken = storageErrorOf(failed)
    } finally {
      flushing = false
    }
    end(closed, broken)
    const next = turn as Turn | undefined
    if (next?.over) void close(next)
  }

  /** No transaction is open here. */
  const rest = (): void => {
    const waiting = betweenTurns
    betweenTurns = []
    for (const work of waiting) work()
  }

  const end = (ended: Turn, error: unknown): void => {
    for (const [collection, id] of ended.rows)
      if (unflushed.get(collection)?.get(id) === ended) unflushed.get(collection)?.delete(id)
    if (error) ended.reject(error)
    else ended.resolve()
  }

  const settled = async (): Promise<void> => {
    await last?.done.catch(() => {})
  }

  return {
    trackRead: (collection, id) => {
      const rows = unflushed.get(collection)
      if (!rows || rows.size === 0) return
      const turns = id === undefined ? rows.values() : [rows.get(id)]
      for (const each of turns) if (each && each.number > (seen?.number ?? 0)) seen = each
    },
    trackWrite: (collection, id, before) => {
      if (!turn) return
      for (const changed of watching) changed(collection, id, before)
      const rows = unflushed.get(collection) ?? new Map<string, Turn>()
      unflushed.set(collection, rows.set(id, turn))
      turn.rows.push([collection, id])
    },
    read: async (work) => {
      try {
        if (broken) throw broken
        seen = undefined
        const result = work()
        if (seen) await (seen as Turn).done
        return result
      } catch (error) {
        throw storageErrorOf(error)
      }
    },
    write: async (work) => {
      let mine: Turn | undefined
      try {
        if (broken) throw broken
        if (closing) throw new Error('The database is closed: this process is ending.')
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
        throw storageErrorOf(error)
      }
    },
    whenTakenBack: (undone) => {
      undoListeners.push(undone)
    },
    between: (work) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      betweenTurns.push(() => {
        try {
          resolve(work())
        } catch (error) {
          reject(storageErrorOf(error))
        }
      })
      if (!turn) rest()
      return promise
    },
    watch: (changed) => {
      watching.add(changed)
      return () => watching.delete(changed)
    },
    settled,
    /** What was begun is durable or refused once this resolves; whoever comes later is refused. */
    close: async () => {
      closing = true
      await settled()
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

const systemErrors: Record<string, number> = {
  EACCES: 14,
  EISDIR: 14,
  ENOTDIR: 14,
  EEXIST: 14,
  EROFS: 14,
  EIO: 10,
  ENOSPC: 13,
  EDQUOT: 13,
}

/** What is wrong with the file, in one sentence; any other error as it is. */
export const storageErrorOf = (error: unknown): unknown => {
  const code = (error as { errcode?: number })?.errcode
  const system = systemErrors[(error as { code?: string })?.code ?? '']
  const sentence = sentences[system ?? (code ?? 0) & 0xff]
  return sentence ? new Error(sentence, { cause: error }) : error
}
