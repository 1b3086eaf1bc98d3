/**
 * `npm run reload`: the running server takes its configuration as the files are now, after the check of a start; a faulty
 * one leaves it as it is and everything that is wrong is printed. `-- --dry-run` says what would change and who is
 * affected, and writes nothing. On MongoDB, where several processes may run, each takes SIGHUP instead.
 */
import { runCommand } from './command.ts'

runCommand({
  name: 'reload',
  words: ({ mongodbUri }) => {
    const words = process.argv.slice(2)
    const unknown = words.filter((word) => word !== '--dry-run')
    if (unknown.length > 0) throw new Error(`Unknown: ${unknown.join(' ')}. Known: --dry-run.`)
    if (mongodbUri) throw new Error('On MongoDB send SIGHUP to each process; npm run check-config says what is wrong.')
    return words
  },
  alone: async () => {
    throw new Error('No server runs on this data: its start takes the configuration as it is then.')
  },
})
