/**
 * A backup: one SQLite file with every document of either database as text, and beside them what is noted about it. Made
 * beside its name and given it only when it was looked through: counted, read, and sealed with a digest of all it holds.
 */
import { createHash } from 'node:crypto'
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { layout } from './table.ts'
import { decode, encode } from './values.ts'

export interface BackupWriter {
  /** The first that came of an id stays. */
  put: (collection: string, id: string, text: string) => void
  putDocument: (collection: string, document: Record<string, unknown>) => void
  note: (name: string, value: string) => void
  finish: () => void
  /** Nothing is left of it. */
  drop: () => void
}

export interface BackedUp {
  collection: string
  id: string
  text: string
}

/** So many at once, with a turn for others between. */
const atOnce = 250

/** Throws in one sentence where a file is already: a backup is never written over another. */
export const createBackupFile = (path: string, notes: Readonly<Record<string, string>>): BackupWriter => {
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    const isThere = (error as NodeJS.ErrnoException).code === 'EEXIST'
    throw new Error(
      isThere
        ? `${path} is there already: name another file.`
        : `${path} cannot be written: name a file in a folder that the server may write to.`,
      { cause: error },
    )
  }
  const file = new DatabaseSync(path)
  // Until it is whole it is worth nothing: it is made durable once, at its end.
  file.exec(`PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; ${layout}
    CREATE TABLE notes (name TEXT PRIMARY KEY, value TEXT NOT NULL); BEGIN;`)
  const insert = file.prepare('INSERT OR IGNORE INTO documents (collection, id, doc) VALUES (?, ?, ?)')
  const note = file.prepare('INSERT INTO notes (name, value) VALUES (?, ?)')
  for (const [name, value] of Object.entries(notes)) note.run(name, value)
  return {
    put: (collection, id, text) => void insert.run(collection, id, text),
    putDocument: (collection, document) => void insert.run(collection, document._id as string, encode(document)),
    note: (name, value) => void note.run(name, value),
    finish: () => {
      file.exec('COMMIT')
      file.close()
      makeDurable(path)
    },
    drop: () => {
      if (file.isOpen) file.close()
      rmSync(path, { force: true })
    },
  }
}

export const openBackupFile = (path: string) => {
  if (!existsSync(path)) throw new Error(`There is no backup at ${path}: name the file that npm run backup wrote.`)
  const file = openAsBackup(path)
  const page = file.prepare(
    `SELECT collection, id, doc AS text FROM documents WHERE (collection, id) > (?, ?) ORDER BY collection, id LIMIT ${atOnce}`,
  )
  const one = file.prepare('SELECT doc AS text FROM documents WHERE collection = ? AND id = ?')

  const pages = async function* (): AsyncGenerator<BackedUp[]> {
    for (let [collection, id] = ['', '']; ; ) {
      const rows = page.all(collection, id) as unknown as BackedUp[]
      const last = rows.at(-1)
      if (!last) return
      yield rows
      ;({ collection, id } = last)
      await new Promise(setImmediate)
    }
  }

  return {
    notes: new Map(
      (file.prepare('SELECT name, value FROM notes').all() as { name: string; value: string }[]).map(
        ({ name, value }) => [name, value] as const,
      ),
    ),
    pages,
    document: (collection: string, id: string): Record<string, unknown> | undefined => {
      const row = one.get(collection, id) as { text: string } | undefined
      return row && decode(row.text)
    },

    /** What it holds, as a number and a digest; throws in one sentence when a part cannot be read. */
    lookThrough: async (): Promise<{ documents: number; digest: string }> => {
      const damaged = new Error(`The backup ${path} is damaged: take another.`)
      const [said] = file.prepare('PRAGMA integrity_check(1)').all() as { integrity_check: string }[]
      if (said?.integrity_check !== 'ok') throw damaged
      const hash = createHash('sha256')
      let documents = 0
      for await (const rows of pages())
        for (const { collection, id, text } of rows) {
          if (decode(text)._id !== id) throw damaged
          hash.update(JSON.stringify([collection, id, text]))
          documents += 1
        }
      return { documents, digest: hash.digest('base64url') }
    },

    close: () => file.close(),
  }
}

export type BackupFile = ReturnType<typeof openBackupFile>

/** Opens what was written, looks through all of it, seals it, and gives it its name. */
export const sealBackupFile = async (written: string, path: string): Promise<number> => {
  if (existsSync(path)) throw new Error(`${path} is there already: name another file.`)
  const reader = openBackupFile(written)
  const { documents, digest } = await reader.lookThrough().finally(() => reader.close())
  const file = new DatabaseSync(written)
  const note = file.prepare('INSERT INTO notes (name, value) VALUES (?, ?)')
  note.run('documents', String(documents))
  note.run('digest', digest)
  file.close()
  makeDurable(written)
  renameSync(written, path)
  makeDurable(dirname(path))
  return documents
}

/** The backup, looked through: throws in one sentence where it is not the one that was sealed. */
export const openSealedBackup = async (path: string): Promise<BackupFile> => {
  const backup = openBackupFile(path)
  try {
    const sealed = backup.notes.get('digest')
    const { digest } = await backup.lookThrough()
    if (!sealed || sealed !== digest)
      throw new Error(`The backup ${path} is not as it was when it was taken: bring another.`)
    return backup
  } catch (error) {
    backup.close()
    throw backupErrorOf(path, error)
  }
}

const openAsBackup = (path: string): DatabaseSync => {
  const file = new DatabaseSync(path, { open: false })
  try {
    file.open()
    file.exec('PRAGMA query_only = ON')
    file.prepare('SELECT name, value FROM notes').all()
    return file
  } catch (error) {
    if (file.isOpen) file.close()
    throw new Error(`${path} is no backup, or is damaged: name a file that npm run backup wrote.`, { cause: error })
  }
}

/** What SQLite says of a damaged page, or JSON of a damaged document, says nothing of what to do. */
const backupErrorOf = (path: string, error: unknown): unknown =>
  (error as { errcode?: number }).errcode !== undefined || error instanceof SyntaxError
    ? new Error(`The backup ${path} is damaged: bring another.`, { cause: error })
    : error

const makeDurable = (path: string): void => {
  const opened = openSync(path, 'r')
  fsyncSync(opened)
  closeSync(opened)
}
