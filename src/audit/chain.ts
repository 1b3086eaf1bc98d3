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

/**
 * What a search goes by, wholly of what is hashed. It stands outside the hash, as it did in every entry that was ever
 * written, so verification derives it anew: an entry that is hidden from a search, or put into another's, is changed.
 */
export const searchedBy = ({ company, agent, case: id, account }: Omit<AuditEntry, 'hash' | 'find'>): string[] => [
  `agent|${company}|${agent}`,
  ...(id ? [`case|${id}`] : []),
  ...(account ? [`account|${account}`] : []),
]

const isSearchedAs = (entry: Omit<AuditEntry, 'hash' | 'find'>, find: readonly string[] | undefined): boolean =>
  JSON.stringify(find) === JSON.stringify(searchedBy(entry))

interface ChainBreak {
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
): Promise<{ entries: number; head: string; broken?: ChainBreak }> => {
  let before = chainStart
  let seq = 0
  for await (const { find, hash, ...entry } of entries) {
    seq += 1
    if (entry.seq !== seq) return { entries: seq - 1, head: before, broken: { seq, what: 'missing' } }
    if (entry.prev !== before) return { entries: seq - 1, head: before, broken: { seq, what: 'forked' } }
    if (hashOf(entry) !== hash || !isSearchedAs(entry, find))
      return { entries: seq - 1, head: before, broken: { seq, what: 'changed' } }
    if (known.some((head) => head.seq === seq && head.hash !== hash))
      return { entries: seq - 1, head: before, broken: { seq, what: 'changed' } }
    before = hash
  }
  if (known.some((head) => head.seq > seq))
    return { entries: seq, head: before, broken: { seq: seq + 1, what: 'missing' } }
  return { entries: seq, head: before }
}
