/**
 * Begins a new signing key: published at once, signing a day later, when every service has read it. `--now` is for a key
 * that leaked: the new one signs at once and the old ones vouch for nothing any more. `--dry-run` only says what stands.
 */
import { rotateKeys } from '../src/oidc/index.ts'
import { runCommand } from './command.ts'

runCommand({
  name: 'rotate-keys',
  words: () => {
    const words = process.argv.slice(2)
    const unknown = words.filter((word) => !['--now', '--dry-run'].includes(word))
    if (unknown.length > 0) throw new Error(`Unknown: ${unknown.join(' ')}. Known: --now, --dry-run.`)
    return words
  },
  alone: ({ connection }, { secretKeys }, words) => rotateKeys({ connection, secretKeys }, words),
})
