import mongoose, { type Connection } from 'mongoose'
import { isoNow } from '../lib/clock.ts'
import { copyMongodb } from './copy-mongodb.ts'
import { createBackupFile, EmbeddedClient } from './embedded/index.ts'
import { assertFormat, assertWhole, writeFormat } from './format.ts'

interface DatabaseOptions {
  /** Absent: the embedded database. */
  mongodbUri?: string
  /** Folder of the embedded database; absent: in memory. */
  dataDir?: string
  synchronous?: 'FULL' | 'NORMAL'
  /** Of the embedded database: opens what is left where a log with acknowledged changes is missing or damaged. */
  acceptLoss?: boolean
}

/** What a store makes its models on. */
export type { Connection }

export interface Database {
  connection: Connection
  embedded: boolean
  /**
   * Before the first request: writes down of which format the data is, and builds what the stores that were made on it
   * declare, one after the other. Not mongoose's to do in the background: an index that failed there would never be
   * missed, and a first write would meet it half built.
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
  const connection = mongoose.createConnection()
  if (mongodbUri) await connectTo(connection, mongodbUri)
  else connection.setClient(new EmbeddedClient({ ...(dataDir && { dataDir }), synchronous, acceptLoss }))
  await Promise.all([assertFormat(connection), assertWhole(connection)]).catch(async (error: unknown) => {
    await connection.close().catch(() => {})
    throw error
  })
  return {
    connection,
    embedded: !mongodbUri,
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
        const client = connection.getClient() as unknown
        if (client instanceof EmbeddedClient) await client.copyTo(writer, isLeftOut)
        else writer.note('copied', await copyMongodb(connection, writer, isLeftOut))
        writer.finish()
      } catch (error) {
        writer.drop()
        throw error
      }
    },
    truncateLog: async () => {
      const client = connection.getClient() as unknown
      if (client instanceof EmbeddedClient && !(await client.truncateLog()))
        throw new Error('The log of the database could not be cut now; it is tried again.')
    },
    isEmpty: async () => {
      const client = connection.getClient() as unknown
      if (client instanceof EmbeddedClient) return client.isEmpty()
      const collections = await connection.listCollections()
      const found = await Promise.all(collections.map(({ name }) => connection.collection(name).findOne({})))
      return found.every((document) => document === null)
    },
    close: () => connection.close(),
  }
}

const buildIndexes = async (connection: Connection): Promise<void> => {
  for (const model of Object.values(connection.models))
    await model.createIndexes().catch((cause: unknown) => {
      throw new Error(
        `An index of the collection ${model.collection.name} cannot be built. Let this process build indexes, and drop one of that name that says something else.`,
        { cause },
      )
    })
}

const connectTo = async (connection: Connection, uri: string): Promise<void> => {
  try {
    await connection.openUri(uri, {
      writeConcern: { w: 'majority', journal: true },
      readPreference: 'primary',
      serverSelectionTimeoutMS: 5000,
      // Absent stays absent, as on the embedded database: null means that somebody cleared it.
      ignoreUndefined: true,
    })
  } catch (error) {
    await connection.close().catch(() => {})
    throw new Error('MongoDB cannot be reached at MONGODB_URI. Check that it runs and that its address is right.', {
      cause: error,
    })
  }
}
