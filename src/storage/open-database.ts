import { isoNow } from '../lib/clock.ts'
import type { Backend } from './backend.ts'
import { buildIndexes, type Connection, connectionTo } from './connection.ts'
import { createBackupFile, EmbeddedClient } from './embedded/index.ts'
import { assertFormat, assertWhole, writeFormat } from './format.ts'
import { createLease, heldAlone, type Lease } from './lease.ts'

interface DatabaseOptions {
  /** Absent: the embedded database. */
  mongodbUri?: string
  /** Folder of the embedded database; absent: in memory. */
  dataDir?: string
  synchronous?: 'FULL' | 'NORMAL'
  /** Of the embedded database: opens what is left where a log with acknowledged changes is missing or damaged. */
  acceptLoss?: boolean
}

export interface Database {
  connection: Connection
  embedded: boolean
  /**
   * Before the first request: writes down of which format the data is, and builds what the stores that were made on it
   * declare.
   */
  prepare: () => Promise<void>
  /** Writes one small row, always the same; throws when the database does not take it: a full disk still reads well. */
  ping: () => Promise<void>
  /**
   * A new file with every document but those of the collections that are left out, while others write. On the embedded
   * database it is of one moment; on MongoDB as `copy` in its notes says.
   */
  copyTo: (path: string, notes: Record<string, string>, isLeftOut: (collection: string) => boolean) => Promise<void>
  isEmpty: () => Promise<boolean>
  /** One process's of all on this data, whichever app it runs: who looks for what falls due. */
  lease: Lease
  /** What was deleted leaves the embedded database's log too; on MongoDB the journal is the server's own to cut. */
  truncateLog: () => Promise<void>
  close: () => Promise<void>
}

/**
 * The one door to storage. Throws an Error with one sentence that says what is wrong and what to do. Writes are
 * acknowledged when they are durable: on the embedded file after its flush, on MongoDB by a majority and its journal.
 */
export const openDatabase = async ({
  mongodbUri,
  dataDir,
  synchronous = 'FULL',
  acceptLoss = false,
}: DatabaseOptions): Promise<Database> => {
  // Whoever runs on the embedded file does not load what speaks to a server.
  const backend: Backend = mongodbUri
    ? await (await import('./mongodb.ts')).openMongodb(mongodbUri)
    : new EmbeddedClient({ ...(dataDir && { dataDir }), synchronous, acceptLoss })
  const connection = connectionTo(backend.db)
  await Promise.all([assertFormat(connection), assertWhole(connection)]).catch(async (error: unknown) => {
    await backend.close().catch(() => {})
    throw error
  })
  const lease = mongodbUri ? createLease({ connection, name: 'background' }) : heldAlone
  return {
    connection,
    embedded: !mongodbUri,
    lease,
    prepare: async () => {
      await writeFormat(connection)
      await buildIndexes(connection)
    },
    ping: async () => {
      const set = { value: isoNow() }
      await connection.collection('meta').updateOne({ _id: 'ready' as never }, { $set: set }, { upsert: true })
    },
    copyTo: async (path, notes, isLeftOut) => {
      const writer = createBackupFile(path, notes)
      try {
        await backend.copyTo(writer, isLeftOut)
        writer.finish()
      } catch (error) {
        writer.drop()
        throw error
      }
    },
    truncateLog: async () => {
      if (!(await backend.truncateLog()))
        throw new Error('The log of the database could not be cut now; it is tried again.')
    },
    isEmpty: () => backend.isEmpty(),
    close: async () => {
      // Where it can't be given back it runs out.
      await lease.release().catch(() => {})
      await backend.close()
    },
  }
}
