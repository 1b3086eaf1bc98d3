/**
 * Shows that no entry of the audit was changed, taken out or cut off: `verify-audit [company [number:hash]]`. The head
 * that is printed is worth keeping elsewhere; handed back later it must still be in the chain. Ends with 1 when a chain
 * does not hold.
 */
import { createAuditStore, verifyAudit } from '../src/audit/index.ts'
import { loadConfig } from '../src/config.ts'
import { handOver } from '../src/lib/command-socket.ts'
import { openDatabase } from '../src/storage/index.ts'

const [company, ...heads] = process.argv.slice(2)

const run = async (): Promise<string> => {
  const config = loadConfig()
  const known = [...config.group.companies.keys()]
  if (company !== undefined && !known.includes(company))
    throw new Error(`There is no company ${company}. Known: ${known.join(', ')}.`)
  const words = company === undefined ? known : [company]
  const running = config.mongodbUri ? undefined : await handOver(config.dataDir, 'verify-audit', [...words, ...heads])
  if (running !== undefined) return running
  const database = await openDatabase(config)
  try {
    return await verifyAudit(createAuditStore(database.connection), words, heads)
  } finally {
    await database.close()
  }
}

run().then(console.log, (error: unknown) => {
  console.error((error as Error).message)
  process.exitCode = 1
})
