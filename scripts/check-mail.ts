/**
 * Looks at what the internet says of the sender's domain, and says what is to be mended so that letters arrive:
 * `check-mail [--selector NAME …]`, with the settings of the product. Sends nothing, writes nothing, ends with 1 when
 * anything is to be mended.
 */
import { Resolver } from 'node:dns/promises'
import { parseArgs } from 'node:util'
import { checkConfig } from '../src/config/index.ts'
import { lookAtSender, senderOf } from '../src/mail/index.ts'

const { values } = parseArgs({ options: { selector: { type: 'string', multiple: true, default: [] } } })
const { issues, group } = checkConfig(process.env)
if (issues.length > 0 || !group) {
  console.error(`the configuration is to be mended first: npm run check-config names ${issues.length}`)
  process.exitCode = 1
} else {
  const { address } = senderOf(group.operator, process.env.ISSUER ?? 'http://localhost')
  const domain = address.slice(address.lastIndexOf('@') + 1)
  console.log(`letters come from ${address}`)
  const found = await lookAtSender({ domain, selectors: values.selector }, new Resolver({ timeout: 3000, tries: 2 }))
  for (const note of found.notes) console.log(`well: ${note}`)
  for (const issue of found.issues) console.error(issue)
  if (found.issues.length > 0) {
    console.error(`${found.issues.length} to mend`)
    process.exitCode = 1
  }
}
