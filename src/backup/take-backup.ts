import { day, isoNow, now } from '../lib/clock.ts'
import { randomId } from '../lib/ids.ts'
import { type Journal, journalMarks } from '../lib/journal.ts'
import { createMetaStore, type Database } from '../storage/index.ts'
import { eraOf } from './era.ts'
import { isVoided } from './what-is-kept.ts'

export interface TakeBackupDeps {
  database: Database
  journal: Journal
  journalDir: string | undefined
}

/**
 * Copies the data into a new file while others write; `sealBackupFile` then looks it through and gives it its name. The
 * journal is marked first: whatever it says after the mark may be missing in the copy, and nothing before it is.
 */
export const takeBackup = async ({ database, journal, journalDir }: TakeBackupDeps, path: string): Promise<void> => {
  const id = randomId()
  await journal.write({ backup: id })
  const yesterday = new Date(now() - day).toISOString().slice(0, 10)
  const marks = journalDir ? (await journalMarks(journalDir)).filter(({ file }) => file.slice(0, 10) >= yesterday) : []
  const notes = {
    id,
    takenAt: isoNow(),
    era: String(await eraOf(createMetaStore(database.connection))),
    marks: JSON.stringify(marks),
  }
  await database.copyTo(path, notes, isVoided)
}
