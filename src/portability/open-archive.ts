import { Readable } from 'node:stream'
import type { Audit } from '../audit/index.ts'
import { AppError } from '../lib/errors.ts'
import type { Export, ExportsStore, Packed } from './exports-store.ts'
import { pieceLength, sealedFor } from './pack-archive.ts'

/** The first and the last byte. */
interface Range {
  from: number
  to: number
}

/** An archive to be fetched, whole or from where it was broken off. */
export interface OpenedArchive {
  name: string
  size: number
  /** Names these very bytes, and nobody guesses it: whoever knows it has had some of them. */
  etag: string
  read: (range: Range) => Promise<Readable>
}

interface OpenArchiveDeps {
  exports: Pick<ExportsStore, 'piece'>
  keys: Pick<Audit['keys'], 'open'>
}

/** Opens a file that was packed; of a range it reads the pieces that are in it. AppError `export-gone` (gone). */
export const createOpenArchive = ({ exports, keys }: OpenArchiveDeps) => {
  const pieceAt = async (_id: string, packing: string, n: number): Promise<Buffer> => {
    const piece = await exports.piece(_id, packing, n)
    const opened = piece && (await keys.open(sealedFor(_id), piece.sealed))
    if (!opened) throw new AppError('gone', 'export-gone')
    return Buffer.from(opened, 'base64')
  }

  async function* within(_id: string, packing: string, { from, to }: Range, first: Buffer): AsyncGenerator<Buffer> {
    const [firstAt, lastAt] = [Math.floor(from / pieceLength), Math.floor(to / pieceLength)]
    for (let n = firstAt; n <= lastAt; n += 1) {
      const at = n * pieceLength
      const piece = n === firstAt ? first : await pieceAt(_id, packing, n)
      yield piece.subarray(Math.max(from - at, 0), to + 1 - at)
    }
  }

  return (made: Export, { id, size }: Packed): OpenedArchive => ({
    name: nameOf(made),
    size,
    etag: `"${id}"`,
    read: async (range) => {
      // What is gone is said before anything is given.
      const first = await pieceAt(made._id, id, Math.floor(range.from / pieceLength))
      return Readable.from(within(made._id, id, range, first), { objectMode: false })
    },
  })
}

const nameOf = ({ company, at }: Export): string =>
  `${company ?? 'everything'}-${new Date(at).toISOString().slice(0, 10)}.zip`
