/**
 * Shows that no entry of the audit was changed, taken out or cut off: `verify-audit [company [number:hash]]`. The head
 * that is printed is worth keeping elsewhere; handed back later it must still be in the chain. Ends with 1 when a chain
 * does not hold.
 */
import { createAuditStore, verifyAudit } from '../src/audit/index.ts'
import { runCommand } from './command.ts'

const [company, ...heads] = process.argv.slice(2)

runCommand({
  name: 'verify-audit',
  words: ({ group }) => {
    const known = [...group.companies.keys()]
    if (company !== undefined && !known.includes(company))
      throw new Error(`There is no company ${company}. Known: ${known.join(', ')}.`)
    return [...(company === undefined ? known : [company]), ...heads]
  },
  alone: ({ connection }, { group }, words) =>
    verifyAudit(
      createAuditStore(connection),
      words.filter((word) => group.companies.has(word)),
      heads,
    ),
})
