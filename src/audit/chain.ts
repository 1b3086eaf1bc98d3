import { digest } from '../lib/ids.ts'
import type { AuditEntry } from './audit-store.ts'

/** What the first entry of a chain names as the one before it. */
export const chainStart = '-'

/** Over everything an entry says, its place and the hash before it; members in a fixed order. */
export const hashOf = (entry: Omit<AuditEntry, 'hash' | 'find'>): string =>
  digest(
    JSON.stringify(
      entry,
      Object.keys(entry)
        .filter((name) => name !== 'hash' && name !== 'find')
        .sort(),
    ),
  )

export interface ChainFault {
  seq: number
  what: 'changed' | 'missing' | 'forked'
}

/** Looks a chain through, entry by entry; undefined when it holds. Pure but for reading what it is given. */
export const verifyChain = async (
  entries: AsyncIterable<AuditEntry>,
): Promise<{ entries: number; fault?: ChainFault }> => {
  let before = chainStart
  let seq = 0
  for await (const { find: _, hash, ...entry } of entries) {
    seq += 1
    if (entry.seq !== seq) return { entries: seq - 1, fault: { seq, what: 'missing' } }
    if (entry.prev !== before) return { entries: seq - 1, fault: { seq, what: 'forked' } }
    if (hashOf(entry) !== hash) return { entries: seq - 1, fault: { seq, what: 'changed' } }
    before = hash
  }
  return { entries: seq }
}
