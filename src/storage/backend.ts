import type { mongo } from 'mongoose'
import type { BackupWriter } from './embedded/index.ts'

/** Which of the two databases it is, and what each does in its own way. */
export interface Backend {
  db: mongo.Db
  copyTo: (writer: BackupWriter, isLeftOut: (collection: string) => boolean) => Promise<void>
  isEmpty: () => Promise<boolean>
  /** False when it could not be done now. */
  truncateLog: () => Promise<boolean>
  close: () => Promise<void>
}
