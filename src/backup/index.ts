/**
 * A **backup** is one file with everything that is kept, taken while the product runs; a **restore** brings it back into an
 * empty place, in a new era, with what happened since made good from the journal (model M15). Owns what is kept of which
 * collection. Opens no door: its commands do, and the process that owns the embedded file.
 */
export { restoreBackup } from './restore.ts'
export { takeBackup } from './take-backup.ts'
export { collections } from './what-is-kept.ts'
