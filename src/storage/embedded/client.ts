import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { mongo } from 'mongoose'
import type { BackupWriter } from './backup-file.ts'
import { EmbeddedCollection } from './collection.ts'
import { copyAsItWas } from './copy-as-it-was.ts'
import { createLogFlush, type LogFlush } from './flush-log.ts'
import { createGroupCommit, storageErrorOf } from './group-commit.ts'
import { dropLogMark, type LogMark, missingOf, openLogMark } from './log-mark.ts'
import { createStatements, layout, openTable, type Table } from './table.ts'

interface EmbeddedOptions {
  /** Folder of the file; absent: in memory. */
  dataDir?: string
  /** FULL survives the loss of power, NORMAL only the death of the process. */
  synchronous: 'FULL' | 'NORMAL'
  /** Opens what is left where acknowledged changes are lost. */
  acceptLoss?: boolean
}

const fileIn = (dataDir: string): string => join(dataDir, 'unified.sqlite')

const openFile = (dataDir: string | undefined): DatabaseSync => {
  const path = dataDir ? fileIn(dataDir) : ':memory:'
  const sqlite = new DatabaseSync(path, { timeout: 0, open: false })
  try {
    if (dataDir) makeReadableByOwnerAlone(dataDir, path)
    sqlite.open()
    // A checkpoint every 16 MB instead of 4: under load, random pages are copied back once for several writes of them.
    // EXCLUSIVE: one process owns the file, and finds out at once if another does.
    // 4 MB of its pages are kept, hot rows above them as objects: the system keeps the file itself.
    // NORMAL keeps the file whole whatever happens; that what was acknowledged is in it is the flush of the turns.
    sqlite.exec(`PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
      PRAGMA secure_delete = ON; PRAGMA cache_size = -4096; PRAGMA wal_autocheckpoint = 4000; BEGIN IMMEDIATE; ${layout} COMMIT;`)
  } catch (error) {
    if (sqlite.isOpen) sqlite.close()
    throw storageErrorOf(error)
  }
  return sqlite
}

/** An older state whose pages are of two moments is no state. */
const assertReadable = (sqlite: DatabaseSync): void => {
  const [said] = sqlite.prepare('PRAGMA integrity_check(1)').all() as { integrity_check: string }[]
  if (said?.integrity_check === 'ok') return
  sqlite.close()
  throw storageErrorOf({ errcode: 11 })
}

/** Before it is opened: the log beside it, which holds as much, is made with the rights that the file has then. */
const makeReadableByOwnerAlone = (dataDir: string, path: string): void => {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  closeSync(openSync(path, 'a', 0o600))
  chmodSync(path, 0o600)
}

/**
 * A client whose database is a file of this process. Stores ask that what they ask the driver's; what it was never taught
 * is an error.
 */
export class EmbeddedClient {
  readonly db: mongo.Db
  #sqlite: DatabaseSync
  #statement: ReturnType<typeof createStatements>
  #log: LogFlush | undefined
  #mark: LogMark | undefined
  #turns: ReturnType<typeof createGroupCommit>
  #tables = new Map<string, Table>()
  #collections = new Map<string, EmbeddedCollection>()

  constructor(options: EmbeddedOptions) {
    const { dataDir, synchronous, acceptLoss = false } = options
    const missing = dataDir && missingOf(fileIn(dataDir))
    if (missing && !acceptLoss) throw new Error(missing)
    this.#sqlite = openFile(dataDir)
    if (missing) assertReadable(this.#sqlite)
    if (dataDir && synchronous === 'FULL') this.#keepMark(fileIn(dataDir), missing !== undefined)
    else if (dataDir) dropLogMark(fileIn(dataDir))
    this.#statement = createStatements(this.#sqlite)
    this.#turns = createGroupCommit(this.#sqlite, this.#log?.flush)
    this.db = this.#database()
  }

  #keepMark(file: string, isAnew: boolean): void {
    const mark = openLogMark(file)
    if (isAnew) mark.reset()
    this.#mark = mark
    this.#log = createLogFlush(`${file}-wal`, mark)
    process.once('exit', this.#end)
  }

  /** A clean end takes the log away; Node brings it about too, where the process ends with the file open. */
  #end = (): void => {
    if (!this.#sqlite.isOpen) return
    this.#log?.forget()
    this.#sqlite.close()
  }

  #database(): mongo.Db {
    return {
      collection: (name: string) => this.#collection(name),
      listCollections: () => ({
        toArray: async () => [...this.#tables.keys()].map((name) => ({ name, type: 'collection' })),
      }),
      dropDatabase: async () => this.#turns.write(() => this.#tables.forEach((table) => void table.clear())),
    } as unknown as mongo.Db
  }

  #collection(name: string): EmbeddedCollection {
    const known = this.#collections.get(name)
    if (known) return known
    const table = openTable(this.#statement, name, this.#turns)
    const collection = new EmbeddedCollection(name, table, this.#turns)
    this.#tables.set(name, table)
    this.#collections.set(name, collection)
    return collection
  }

  /** Everything as it stands at one moment, durable before this resolves. */
  async copyTo(copy: Pick<BackupWriter, 'put'>, isLeftOut: (collection: string) => boolean): Promise<void> {
    await copyAsItWas({ sqlite: this.#sqlite, turns: this.#turns }, copy, isLeftOut)
    await this.#turns.settled()
  }

  /**
   * Brings what stands in the log into the file and cuts the log to nothing: what was deleted stands in neither after it
   * (H8). False when it could not be done now.
   */
  async truncateLog(): Promise<boolean> {
    let busy = true
    await this.#turns.between(() => {
      // All of it is in the file then: a start is not to look for it in the log.
      this.#log?.forget()
      const done = this.#sqlite.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get() as { busy: number } | undefined
      busy = done?.busy !== 0
    })
    return !busy
  }

  async isEmpty(): Promise<boolean> {
    return this.#turns.read(() => this.#sqlite.prepare('SELECT 1 FROM documents LIMIT 1').get() === undefined)
  }

  async close(): Promise<void> {
    if (!this.#sqlite.isOpen) return
    await this.#turns.close()
    process.off('exit', this.#end)
    this.#end()
    this.#log?.close()
    this.#mark?.close()
  }
}
