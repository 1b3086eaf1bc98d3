/** Counts what a request asks of the store, by operation and collection. */
import type { Connection, Database } from '../../src/storage/index.ts'
import { beforeEachOperation } from './around-storage.ts'

export const counting = (database: Database): { database: Database; seen: string[] } => {
  const seen: string[] = []
  return { database: { ...database, connection: counted(database.connection, seen) }, seen }
}

export const counted = (connection: Connection, seen: string[]): Connection =>
  beforeEachOperation(connection, (operation, collection) => void seen.push(`${operation} ${collection}`))
