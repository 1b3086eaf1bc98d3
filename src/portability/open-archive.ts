import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
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
  exports: Pick<ExportsStore, 'page'>
  keys: Pick<Audit['keys'], 'open'>
}

/** Under which key an archive's pages are sealed. */
export const sealedFor = (id: string): string => `export:${id}`

/** Opens what was gathered: its bytes are made anew each time, so their length is known once they were made before. */
export const createOpenArchive = ({ exports, keys }: OpenArchiveDeps) => {
  const measured = new Map<string, Promise<{ size: number; etag: string }>>()

  const pageAt = async ({ _id }: Export, n: number) => {
    const page = await exports.page(_id, n)
    if (!page) throw new AppError('gone', 'export-gone')
    return page
  }

  /** Sections follow each other: looked for by halves, since a page is long and none is read that is not given. */
  const firstPageOf = async (made: Export, section: number): Promise<number> => {
    let [from, to] = [0, made.pages]
    while (from < to) {
      const middle = Math.floor((from + to) / 2)
      if ((await pageAt(made, middle)).section < section) from = middle + 1
      else to = middle
    }
    return from
  }

  async function* pagesOf(made: Export, section: number): AsyncGenerator<Row[]> {
    for (let n = await firstPageOf(made, section); n < made.pages; n += 1) {
      const page = await pageAt(made, n)
      if (page.section !== section) return
      const opened = await keys.open(sealedFor(made._id), page.sealed)
      if (!opened) throw new AppError('gone', 'export-gone')
      yield JSON.parse(opened) as Row[]
      // The store answers at once: whoever else is waiting has a turn between two pages.
      await nextTurn()
    }
  }

  const archiveOf = async (made: Export): Promise<Readable> => {
    await pageAt(made, made.pages - 1)
    return makeArchive(made, (section) => pagesOf(made, sectionNames.indexOf(section)))
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
