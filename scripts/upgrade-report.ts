/**
 * What faults of earlier versions left behind, counted: `npm run upgrade-report`. With the ids of kinds it mends those,
 * and says how many; nothing else is rewritten (docs/upgrade.md). May be asked again at any time.
 */
import { createApp } from '../src/app/index.ts'
import { reportLeftBehind } from '../src/lib/left-behind.ts'
import { createLog } from '../src/lib/log.ts'
import { runCommand } from './command.ts'

runCommand({
  name: 'upgrade-report',
  words: () => process.argv.slice(2),
  alone: async (database, config, words) => {
    const app = await createApp({ config, database, log: createLog(config.logLevel) })
    const said = await reportLeftBehind(app.features.leftBehind, words)
    await app.stop()
    return said
  },
})
