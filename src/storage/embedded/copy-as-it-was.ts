import type { DatabaseSync } from 'node:sqlite'
import type { BackupWriter } from './backup-file.ts'
import type { GroupCommit } from './group-commit.ts'

const atOnce = 250

/**
 * Copies every document as it stood at one moment between two transactions, while others go on writing: whoever changes a
 * row first leaves what stood there in the copy, where it is not written over. SQLite's own backup fails inside an open
 * transaction, and one is open most of the time; a copy by one statement would hold the process until it is done.
 */
export const copyAsItWas = async (
  { sqlite, turns }: { sqlite: DatabaseSync; turns: Pick<GroupCommit, 'between' | 'watch'> },
  copy: Pick<BackupWriter, 'put'>,
  isLeftOut: (collection: string) => boolean,
): Promise<void> => {
  /** Came after the moment, and is not part of it. */
  const born = new Set<string>()
  const keyOf = (collection: string, id: string) => JSON.stringify([collection, id])
  let failed: unknown
  let unwatch = () => {}
  await turns.between(() => {
    unwatch = turns.watch((collection, id, before) => {
      if (isLeftOut(collection) || failed) return
      if (before === null) born.add(keyOf(collection, id))
      else if (!born.has(keyOf(collection, id)))
        try {
          copy.put(collection, id, before)
        } catch (error) {
          // Whoever writes is not to fail for the copy's sake.
          failed = error
        }
    })
  })
  try {
    const page = sqlite.prepare(
      `SELECT collection, id, doc FROM documents WHERE (collection, id) > (?, ?) ORDER BY collection, id LIMIT ${atOnce}`,
    )
    for (let [collection, id] = ['', '']; ; ) {
      const rows = page.all(collection, id) as unknown as { collection: string; id: string; doc: string }[]
      const last = rows.at(-1)
      if (failed) throw failed
      if (!last) return
      for (const row of rows)
        if (!isLeftOut(row.collection) && !born.has(keyOf(row.collection, row.id)))
          copy.put(row.collection, row.id, row.doc)
      ;({ collection, id } = last)
      await new Promise(setImmediate)
    }
  } finally {
    unwatch()
  }
}
