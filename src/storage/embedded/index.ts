/**
 * The **embedded database**: MongoDB's driver interface on one file of `node:sqlite`, for one process. What it is, what it
 * promises and where it differs from a server stands in this folder's README. Entered here alone.
 */
export {
  type BackupFile,
  type BackupWriter,
  createBackupFile,
  openSealedBackup,
  sealBackupFile,
} from './backup-file.ts'
export { EmbeddedClient } from './client.ts'
