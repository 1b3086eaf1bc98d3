/**
 * Reads the configuration as a start would, writes nothing, and says what is to be mended; with `--production` as a start
 * in production would, wherever it is asked.
 */
import { checkConfig } from '../src/config/index.ts'

const { issues, notes, group } = checkConfig({
  ...process.env,
  ...(process.argv.includes('--production') && { NODE_ENV: 'production' }),
})
for (const issue of issues) console.error(issue)
if (issues.length > 0 || !group) {
  console.error(`${issues.length} to mend`)
  process.exitCode = 1
} else {
  for (const note of notes) console.log(`note: ${note}`)
  const { companies, services, clients } = group
  console.log(`${companies.size} companies, ${services.size} services, ${clients.size} clients: nothing to mend`)
}
