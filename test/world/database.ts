import { randomUUID } from 'node:crypto'
import { type Database, openDatabase } from '../../src/storage/index.ts'

/** An empty database of the test's own: in memory, or on the wire server that `TEST_MONGODB_URI` names. */
export const openTestDatabase = async (): Promise<Database> => {
  const server = process.env.TEST_MONGODB_URI
  if (!server) return openDatabase({})
  const uri = new URL(server)
  uri.pathname = `/test-${randomUUID()}`
  const database = await openDatabase({ mongodbUri: uri.href })
  return {
    ...database,
    close: async () => {
      await database.connection.db.dropDatabase()
      await database.close()
    },
  }
}
