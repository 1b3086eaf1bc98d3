/** Counts what a request asks of the store, by operation and collection. */
import type { Connection, Database } from '../../src/storage/index.ts'
import type { aTestApp } from './app.ts'
import { beforeEachOperation } from './around-storage.ts'
import { aWatchedApp } from './watched-app.ts'

export const counting = (database: Database): { database: Database; seen: string[] } => {
  const seen: string[] = []
  return { database: { ...database, connection: counted(database.connection, seen) }, seen }
}

export const counted = (connection: Connection, seen: string[]): Connection =>
  beforeEachOperation(connection, (operation, collection) => void seen.push(`${operation} ${collection}`))

/** An app with what is asked of its store, in order; `database` is the same store, where looking counts for nothing. */
export const aCountedApp = async (options: Parameters<typeof aTestApp>[0] = {}) => {
  const seen: string[] = []
  return { ...(await aWatchedApp((connection) => counted(connection, seen), options)), seen }
}
