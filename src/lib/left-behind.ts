/**
 * What faults of earlier versions left behind in the data (docs/upgrade.md), one kind each. A feature finds and mends its
 * own; one command counts all of them, and rewrites nothing that it was not told to.
 */
export interface LeftBehind {
  /** The fault, as docs/upgrade.md names it. */
  id: string
  /** What is counted, as the operator reads it after the number. */
  says: string
  count: () => Promise<number>
  /** Idempotent; answers how many it mended. Absent: only the people themselves can, and are asked to. */
  mend?: () => Promise<number>
}

/** One line a kind. `words`: the ids to mend; none only counts. */
export const reportLeftBehind = async (kinds: readonly LeftBehind[], words: readonly string[]): Promise<string> => {
  const unknown = words.filter((word) => !kinds.some(({ id, mend }) => id === word && mend))
  const mendable = kinds.filter(({ mend }) => mend).map(({ id }) => id)
  if (unknown.length > 0)
    return `Nothing is mended by the name of ${unknown.join(', ')}. Known: ${mendable.join(', ')}.`
  const lines: string[] = []
  for (const { id, says, count, mend } of kinds) {
    if (mend && words.includes(id)) lines.push(`${id}: ${await mend()} mended: ${says}`)
    else lines.push(`${id}: ${await count()} ${says}${mend ? ` (mend: npm run upgrade-report ${id})` : ''}`)
  }
  return lines.join('\n')
}
