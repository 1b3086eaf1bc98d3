import { setTimeout as pause } from 'node:timers/promises'
import type { Audit } from '../audit/index.ts'
import { AppError } from '../lib/errors.ts'
import { randomId } from '../lib/ids.ts'
import { type Row, sectionNames } from './archive-schema.ts'
import type { Export, ExportsStore, Packed } from './exports-store.ts'
import { makeArchive } from './make-archive.ts'

/** Bytes of the file in each piece, the last excepted: too long for what the embedded database keeps in memory. */
export const pieceLength = 64 * 1024

/** Milliseconds: pages that are made faster than they are compressed wait in memory, and stay there once they are old. */
const betweenPages = 3

/** Under which key an archive's pages and pieces are sealed. */
export const sealedFor = (id: string): string => `export:${id}`

interface PackDeps {
  exports: Pick<ExportsStore, 'page' | 'putPiece' | 'dropPieces'>
  keys: Pick<Audit['keys'], 'open' | 'seal'>
}

/**
 * Makes the file of what was gathered, once, in sealed pieces of one length: whoever fetches it is given these very bytes
 * from wherever they were broken off, and nothing is made for them. undefined: the time was over; nothing of it is left.
 */
export const createPackArchive = ({ exports, keys }: PackDeps) => {
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
      // The store answers at once: whoever else is waiting has a turn, and the thread that compresses comes after.
      await pause(betweenPages)
    }
  }

  return async (made: Export, isOver: () => boolean): Promise<Packed | undefined> => {
    const { _id } = made
    const id = randomId(32)
    let [n, size, isWhole] = [0, 0, false]
    try {
      const archive = makeArchive(made, (section) => pagesOf(made, sectionNames.indexOf(section)))
      for await (const piece of inPieces(archive)) {
        if (isOver()) return undefined
        await exports.putPiece(_id, id, n, await keys.seal(sealedFor(_id), piece.toString('base64')))
        n += 1
        size += piece.length
      }
      isWhole = true
      return { id, size }
    } finally {
      if (!isWhole) await exports.dropPieces(_id, id)
    }
  }
}

async function* inPieces(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let [waiting, length]: [Uint8Array[], number] = [[], 0]
  for await (const each of bytes) {
    waiting.push(each)
    length += each.length
    if (length < pieceLength) continue
    const whole = Buffer.concat(waiting)
    let from = 0
    for (; whole.length - from >= pieceLength; from += pieceLength) yield whole.subarray(from, from + pieceLength)
    waiting = [whole.subarray(from)]
    length = whole.length - from
  }
  if (length > 0) yield Buffer.concat(waiting)
}
