import { digest } from '../lib/ids.ts'
import type { AuditEntry } from './audit-entry.ts'

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

interface ChainFault {
  seq: number
  what: 'changed' | 'missing' | 'forked'
}

/** A place in a chain as it was known at some time: kept beside the store, or written down elsewhere. */
export interface KnownHead {
  seq: number
  hash: string
}

/**
 * Looks a chain through, entry by entry, and whether it still holds every place that is `known`, so that nothing was cut
 * off its end or written anew as a whole. Pure but for reading what it is given.
 */
export const verifyChain = async (
  entries: AsyncIterable<AuditEntry>,
  known: readonly KnownHead[] = [],
): Promise<{ entries: number; head: string; fault?: ChainFault }> => {
  let before = chainStart
  let seq = 0
  for await (const { find: _, hash, ...entry } of entries) {
    seq += 1
    if (entry.seq !== seq) return { entries: seq - 1, head: before, fault: { seq, what: 'missing' } }
    if (entry.prev !== before) return { entries: seq - 1, head: before, fault: { seq, what: 'forked' } }
    if (hashOf(entry) !== hash) return { entries: seq - 1, head: before, fault: { seq, what: 'changed' } }
    if (known.some((head) => head.seq === seq && head.hash !== hash))
      return { entries: seq - 1, head: before, fault: { seq, what: 'changed' } }
    before = hash
  }
  if (known.some((head) => head.seq > seq))
    return { entries: seq, head: before, fault: { seq: seq + 1, what: 'missing' } }
  return { entries: seq, head: before }
}
