/**
 * Begins a new signing key: published at once, signing a day later, when every service has read it. `--now` is for a key
 * that leaked: the new one signs at once and the old ones vouch for nothing any more. `--dry-run` only says what stands.
 */
import { loadConfig } from '../src/config.ts'
import { handOver } from '../src/lib/command-socket.ts'
import { rotateKeys } from '../src/oidc/index.ts'
import { openDatabase } from '../src/storage/index.ts'

const words = process.argv.slice(2)
const unknown = words.filter((word) => !['--now', '--dry-run'].includes(word))

const run = async (): Promise<string> => {
  if (unknown.length > 0) throw new Error(`Unknown: ${unknown.join(' ')}. Known: --now, --dry-run.`)
  const config = loadConfig()
  const running = config.mongodbUri ? undefined : await handOver(config.dataDir, 'rotate-keys', words)
  if (running !== undefined) return running
  const database = await openDatabase(config)
  try {
    return await rotateKeys({ connection: database.connection, secretKeys: config.secretKeys }, words)
  } finally {
    await database.close()
  }
}

run().then(console.log, (error: unknown) => {
  console.error((error as Error).message)
  process.exitCode = 1
})
