/** The beginning: one process that serves, or one that keeps several (`PROCESSES`) and loads nothing of what they serve. */
import { loadConfig } from './config/index.ts'
import { ConfigurationError } from './lib/config-issues.ts'

const start = async (): Promise<void> => {
  const config = loadConfig()
  const isDemonstration = process.argv.includes('--demonstration')
  if (isDemonstration && config.production)
    throw new Error('--demonstration is for development: leave it out, or leave NODE_ENV=production out.')
  if (isDemonstration && config.processes > 1)
    throw new Error('--demonstration has a clock of its own and is one process: leave PROCESSES out, or write 1.')
  if (config.processes > 1) {
    const { isPrimary, runPrimary } = await import('./processes/index.ts')
    if (isPrimary) return runPrimary(config, fail)
  }
  const { serve } = await import('./serve.ts')
  await serve(config, fail)
}

function fail(error: unknown): never {
  const lines =
    error instanceof ConfigurationError ? error.issues : [error instanceof Error ? error.message : String(error)]
  for (const line of lines) console.error(line)
  process.exit(1)
}

start().catch(fail)
