import type { AuditStore } from './audit-store.ts'
import { type KnownHead, verifyChain } from './chain.ts'

const sentences = {
  changed: 'was changed after it was written',
  missing: 'is missing',
  forked: 'does not follow the one before it',
} as const

/**
 * Looks each company's chain through and says in a sentence how it stands; throws the sentence when one does not hold.
 * `heads` are `seq:hash` as an earlier run printed them: written down off this machine, they show a chain that was made
 * anew as a whole (security §8).
 */
export const verifyAudit = async (
  audit: Pick<AuditStore, 'entriesOf' | 'headOf'>,
  companies: readonly string[],
  heads: readonly string[] = [],
): Promise<string> => {
  const kept = heads.map(readHead)
  const lines: string[] = []
  const breaks: string[] = []
  for (const company of companies) {
    const stored = await audit.headOf(company)
    const { entries, head, broken } = await verifyChain(audit.entriesOf(company), [
      ...kept,
      ...(stored ? [stored] : []),
    ])
    if (broken) breaks.push(`${company}: entry ${broken.seq} ${sentences[broken.what]}.`)
    else lines.push(`${company}: ${entries} entries hold. ${entries}:${head}`)
  }
  if (breaks.length > 0) throw new Error([...breaks, ...lines].join('\n'))
  return lines.join('\n')
}

const readHead = (text: string): KnownHead => {
  const [, seq, hash] = /^(\d{1,12}):([\w-]{1,64})$/.exec(text) ?? []
  if (!seq || !hash) throw new Error(`${text} is no head: they are printed as number:hash.`)
  return { seq: Number(seq), hash }
}
