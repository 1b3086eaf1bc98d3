/**
 * `npm run backup <file>`: everything that is kept, in one new file, while the product runs. Where one process owns the
 * embedded file it takes the copy; this one then opens it, looks through all of it, and only then gives it its name.
 */
import { existsSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { takeBackup } from '../src/backup/index.ts'
import { openJournal } from '../src/lib/journal.ts'
import { createSecretBox } from '../src/lib/secret-box.ts'
import { createMetaStore, sealBackupFile } from '../src/storage/index.ts'
import { runCommand } from './command.ts'

const words = process.argv.slice(2)
const [file, ...more] = words.filter((word) => word !== '--accept-loss')

runCommand({
  name: 'backup',
  // Saves what is left of a damaged database, to be restored into a new era elsewhere.
  acceptLoss: words.includes('--accept-loss'),
  words: () => {
    if (!file || more.length > 0) throw new Error('Say into which file: npm run backup /backups/2026-11-28.backup')
    if (existsSync(file)) throw new Error(`${file} is there already: name another file.`)
    return [`${resolve(file)}.partial`]
  },
  alone: async (database, { secretKeys, journalDir }, [path = '']) => {
    const key = await createMetaStore(database.connection).persistentKey('lookup-key', createSecretBox(secretKeys))
    const journal = openJournal({ dir: journalDir ?? '', key })
    await takeBackup({ database, journal, journalDir }, path).finally(() => journal.close())
    return 'copied'
  },
  finish: async ([path = '']) => {
    const whole = path.slice(0, -'.partial'.length)
    const documents = await sealBackupFile(path, whole).catch((error: unknown) => {
      rmSync(path, { force: true })
      throw error
    })
    return `Backed up: ${documents} documents, looked through and sealed, in ${whole}.`
  },
})
