import type { Audit } from '../audit/index.ts'
import { AppError } from '../lib/errors.ts'
import { randomId } from '../lib/ids.ts'
import { typeOfFile, type Upload } from './file-rules.ts'
import type { FilesStore } from './files-store.ts'
import type { FileRef, RequestPart } from './request.ts'

/** Files of one part, at most. */
const mostFiles = 40

interface KeepDeps {
  keys: Audit['keys']
  files: FilesStore
}

/**
 * Judges what was sent with a step, all of it first, and puts it beside the part; the step's own write makes it the
 * part's. AppErrors of `typeOfFile`; `too-many-files` (conflict).
 */
export const createKeepFiles =
  ({ keys, files }: KeepDeps) =>
  async (part: RequestPart, uploads: readonly Upload[], from: 'person' | 'desk'): Promise<FileRef[]> => {
    const judged = uploads.map((upload) => ({ upload, type: typeOfFile(upload, from) }))
    const there = part.said.reduce((sum, said) => sum + (said.files?.length ?? 0), 0)
    if (there + uploads.length > mostFiles)
      throw new AppError('conflict', 'too-many-files', { values: { field: 'file', most: mostFiles } })
    return Promise.all(
      judged.map(async ({ upload: { name, bytes }, type }) => {
        const id = randomId(9)
        await files.put(part._id, id, bytes)
        return { id, type, size: bytes.length, name: await keys.seal(part._id, name) }
      }),
    )
  }

export type KeepFiles = ReturnType<typeof createKeepFiles>

export const fileIn = (part: RequestPart, file: string): FileRef | undefined =>
  part.said.flatMap(({ files = [] }) => files).find(({ id }) => id === file)
