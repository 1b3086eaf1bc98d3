/**
 * `npm run restore <file> [--without-journal]`: brings a backup back into an empty place, in a new era. No product may run
 * there, and none starts there until it is done.
 */
import { resolve } from 'node:path'
import { restoreBackup } from '../src/backup/index.ts'
import { loadConfig } from '../src/config/index.ts'
import { openDatabase } from '../src/storage/index.ts'

const words = process.argv.slice(2)
const [file, ...more] = words.filter((word) => word !== '--without-journal')

const restore = async (): Promise<string> => {
  if (!file || more.length > 0) throw new Error('Say which backup: npm run restore /backups/2026-11-28.backup')
  const config = loadConfig()
  const database = await openDatabase(config)
  const { secretKeys, journalDir = '' } = config
  const asked = { path: resolve(file), withoutJournal: words.includes('--without-journal') }
  return restoreBackup({ database, secretKeys, journalDir }, asked).finally(() => database.close())
}

restore().then(console.log, (error: unknown) => {
  console.error((error as Error).message)
  process.exitCode = 1
})
