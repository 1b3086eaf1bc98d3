import type { Audit } from '../audit/index.ts'
import { AppError } from '../lib/errors.ts'
import { mimeOf } from './file-rules.ts'
import type { FilesStore } from './files-store.ts'
import type { FileRef, RequestPart } from './request.ts'

export interface OpenedFile {
  name: string
  mime: string
  bytes: Buffer
}

/** AppError `request-not-found` where the part has no such file, `file-gone` once its case is gone. */
export const createOpenFile =
  ({ keys, files }: { keys: Audit['keys']; files: FilesStore }) =>
  async ({ _id }: RequestPart, file: FileRef | undefined): Promise<OpenedFile> => {
    if (!file) throw new AppError('not-found', 'request-not-found')
    const [name, bytes] = [await keys.open(_id, file.name), await files.read(_id, file.id)]
    if (name === undefined || bytes === undefined) throw new AppError('gone', 'file-gone')
    return { name, mime: mimeOf(file.type), bytes }
  }

export type OpenFile = ReturnType<typeof createOpenFile>
