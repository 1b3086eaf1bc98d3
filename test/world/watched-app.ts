import type { Database } from '../../src/storage/index.ts'
import { aTestApp } from './app.ts'
import { openTestDatabase } from './database.ts'

/** An app whose store is reached through `watch`; `database` is the same store, unwatched. Both end with the app. */
export const aWatchedApp = async (
  watch: (connection: Database['connection']) => Database['connection'],
  options: Parameters<typeof aTestApp>[0] = {},
) => {
  const database = await openTestDatabase()
  const app = await aTestApp({ ...options, database: { ...database, connection: watch(database.connection) } })
  const close = async (): Promise<void> => {
    await app.close()
    await database.close()
  }
  return { app: { ...app, close }, database }
}
