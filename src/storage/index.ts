/**
 * **Storage**: one of two databases, the embedded one by default (a file of this process) or MongoDB, both asked
 * by the driver's own calls. By the store's rules (model M14) uniqueness lives in `_id` alone, every `_id` is a string,
 * and a write is one atomic update of named paths. Mongoose connects to MongoDB. Knows no feature.
 */

export type { Connection } from './connection.ts'
export { createCutLog } from './cut-log.ts'
export { dueIn, dueIndex, noLane } from './due-index.ts'
export { type BackupFile, openSealedBackup, sealBackupFile } from './embedded/index.ts'
export { beginRestoring, endRestoring, isOfThisFormat } from './format.ts'
export { insertOnce, isDuplicateKey } from './insert-once.ts'
export { createLease, heldAlone, type Lease } from './lease.ts'
export { createMetaStore, type MetaStore } from './meta-store.ts'
export { type Database, openDatabase } from './open-database.ts'
export { outboxOf } from './outbox.ts'
export { prefix } from './prefix.ts'
export { purge } from './purge.ts'
export { compareAndSet, conflict, retryOnConflict, updateOf } from './retry-on-conflict.ts'
export { indexed, indexedEach, optionalList, optionalTexts, storeSchema, trusted } from './schema.ts'
export { createSealAnew, type SealAnew } from './seal-anew.ts'
export { byId, type Store, storeOf } from './store.ts'
export { ttl } from './ttl.ts'
