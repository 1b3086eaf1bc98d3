import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import type { Audit } from '../audit/index.ts'
import { AppError } from '../lib/errors.ts'
import { type Row, sectionNames } from './archive-schema.ts'
import type { Export, ExportsStore } from './exports-store.ts'
import { makeArchive } from './make-archive.ts'

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

export interface OpenArchiveDeps {
  exports: Pick<ExportsStore, 'page' | 'sectionsOf'>
  keys: Pick<Audit['keys'], 'open'>
}

/** Under which key an archive's pages are sealed. */
export const sealedFor = (id: string): string => `export:${id}`

/** Opens what was gathered: its bytes are made anew each time, so their length is known once they were made before. */
export const createOpenArchive = ({ exports, keys }: OpenArchiveDeps) => {
  const measured = new Map<string, Promise<{ size: number; etag: string }>>()

  async function* pagesOf(made: Export, numbers: readonly number[]): AsyncGenerator<Row[]> {
    for (const n of numbers) {
      const page = await exports.page(made._id, n)
      const opened = page && (await keys.open(sealedFor(made._id), page.sealed))
      if (!opened) throw new AppError('gone', 'export-gone')
      yield JSON.parse(opened) as Row[]
    }
  }

  const archiveOf = async (made: Export): Promise<Readable> => {
    const sections = await exports.sectionsOf(made._id)
    if (sections.length < made.pages) throw new AppError('gone', 'export-gone')
    return makeArchive(made, (section) => {
      const wanted = sectionNames.indexOf(section)
      return pagesOf(
        made,
        [...sections.keys()].filter((n) => n < made.pages && sections[n] === wanted),
      )
    })
  }

  /** With what its first page is sealed as: random, so that the tag is no digest of what somebody could guess. */
  const measure = async (made: Export): Promise<{ size: number; etag: string }> => {
    const hash = createHash('sha256').update((await exports.page(made._id, 0))?.sealed ?? '')
    let size = 0
    for await (const piece of (await archiveOf(made)) as AsyncIterable<Uint8Array>) {
      hash.update(piece)
      size += piece.length
    }
    return { size, etag: `"${hash.digest('base64url')}"` }
  }

  /** Once in this process: another version may write the same rows otherwise. */
  const measuredOnce = (made: Export): Promise<{ size: number; etag: string }> => {
    const measuring = measured.get(made._id) ?? measure(made)
    measured.set(made._id, measuring)
    measuring.catch(() => measured.delete(made._id))
    return measuring
  }

  return {
    open: async (made: Export): Promise<OpenedArchive> => ({
      ...(await measuredOnce(made)),
      name: nameOf(made),
      read: async (range) => Readable.from(within(range, await archiveOf(made)), { objectMode: false }),
    }),

    close: ({ _id }: Pick<Export, '_id'>): void => {
      measured.delete(_id)
    },
  }
}

async function* within({ from, to }: Range, archive: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let at = 0
  for await (const piece of archive) {
    const [first, end] = [Math.max(from - at, 0), Math.min(to + 1 - at, piece.length)]
    if (first < end) yield piece.subarray(first, end)
    at += piece.length
    if (at > to) return
  }
}

const nameOf = ({ company, at }: Export): string =>
  `${company ?? 'everything'}-${new Date(at).toISOString().slice(0, 10)}.zip`
