/**
 * `npm run read-bounces < FILE`: reads what came back to the addresses of `MAIL_BOUNCES`, one message or an mbox, and marks
 * the addresses to which letters do not arrive. What is no bounce of ours changes nothing and is said in a sentence. Safe
 * to be done again. Read here, as it is hostile; the running server, or on MongoDB the database, is told of letters alone.
 */
import { createApp } from '../src/app/index.ts'
import { createLog } from '../src/lib/log.ts'
import { messagesIn, readReport } from '../src/mail/index.ts'
import { runCommand } from './command.ts'

const mostInput = 32 * 1024 * 1024
const mostMessages = 1000

const inputOf = async (): Promise<Buffer> => {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of process.stdin as AsyncIterable<Buffer>) {
    bytes += part.length
    if (bytes > mostInput) throw new Error('More than 32 MiB: hand it over in parts.')
    parts.push(part)
  }
  return Buffer.concat(parts)
}

runCommand({
  name: 'read-bounces',
  words: async ({ mailBounces }) => {
    if (!mailBounces) throw new Error('MAIL_BOUNCES is not set: no letter was sent under an address that bounces name.')
    const messages = messagesIn(await inputOf())
    if (messages.length > mostMessages)
      throw new Error(`${messages.length} messages: ${mostMessages} at once, hand them over in parts.`)
    const words = []
    for (const message of messages) words.push(await readReport(message, mailBounces))
    return words
  },
  alone: async (database, config, words) => {
    const app = await createApp({ config, database, log: createLog(config.logLevel) })
    const said = await app.features.bounces.read(words)
    await app.stop()
    return said
  },
})
