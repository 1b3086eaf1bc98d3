import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { restoreBackup, takeBackup } from '../../src/backup/index.ts'
import { openDatabase, sealBackupFile } from '../../src/storage/index.ts'
import { aTestApp, type TestApp } from './app.ts'

const secretKeys = [new Uint8Array(32).fill(7)]

/** What happens before and after a backup, and the product as it was brought back from it. */
export const restored = async <Made>(
  earlier: (app: TestApp) => Promise<Made>,
  later: (app: TestApp, made: Made) => Promise<void>,
  look: (app: TestApp, made: Made) => Promise<void>,
): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), 'restored-'))
  try {
    const [journalDir, path] = [join(folder, 'journal'), join(folder, 'a.backup')]
    const database = await openDatabase({ dataDir: join(folder, 'one') })
    const first = await aTestApp({ database, config: { journalDir } })
    const made = await earlier(first)
    await takeBackup({ database, journal: first.features.journal, journalDir }, `${path}.partial`)
    await sealBackupFile(`${path}.partial`, path)
    await later(first, made)
    await first.close()
    await database.close()
    const place = await openDatabase({ dataDir: join(folder, 'two') })
    await restoreBackup({ database: place, secretKeys, journalDir }, { path, withoutJournal: false })
    const second = await aTestApp({ database: place, config: { journalDir } })
    await second.settled()
    await look(second, made)
    await second.close()
    await place.close()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
