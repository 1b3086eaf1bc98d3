/** MongoDB, through mongoose: loaded where MONGODB_URI is set and nowhere else. */
import mongoose from 'mongoose'
import type { Backend } from './backend.ts'
import { copyMongodb } from './copy-mongodb.ts'

export const openMongodb = async (uri: string): Promise<Backend> => {
  const connection = mongoose.createConnection()
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
  const db = connection.db!
  return {
    db,
    copyTo: async (writer, isLeftOut) => {
      writer.note('copied', await copyMongodb({ db, client: connection.getClient() }, writer, isLeftOut))
    },
    truncateLog: async () => true,
    isEmpty: async () => {
      const collections = await db.listCollections().toArray()
      const found = await Promise.all(collections.map(({ name }) => db.collection(name).findOne({})))
      return found.every((document) => document === null)
    },
    close: () => connection.close(),
  }
}
