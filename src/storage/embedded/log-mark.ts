/**
 * How far SQLite's log had come when somebody was last answered, kept outside it. SQLite takes a log that is damaged in
 * its middle for one that ends there, and a missing one for none: without this mark a start would be on an older state,
 * and nobody would know. The file format is SQLite's own (sqlite.org/walformat.html).
 */
import { closeSync, existsSync, fstatSync, openSync, readSync, rmSync, statSync, writeSync } from 'node:fs'

/** The last change that was acknowledged: in which log (it is begun anew after each checkpoint), and how many pages in. */
export interface LogEnd {
  salt1: number
  salt2: number
  pages: number
}

const headerSize = 32
const frameHeaderSize = 24
/** As many as a few changes write; each read for itself cost as much as the flush. */
const framesAtOnce = 8
const littleEndian = 0x377f0682
const bigEndian = 0x377f0683

const markOf = (database: string): string => `${database}-mark`
const nothing: LogEnd = { salt1: 0, salt2: 0, pages: 0 }

const read = (file: number, at: number, length: number, bytes: Buffer = Buffer.alloc(length)): Buffer | undefined =>
  readSync(file, bytes, 0, length, at) === length ? bytes : undefined

const headerOf = (file: number, into?: Buffer) => {
  const bytes = read(file, 0, headerSize, into)
  const magic = bytes?.readUInt32BE(0)
  if (!bytes || (magic !== littleEndian && magic !== bigEndian)) return undefined
  return {
    bytes,
    isLittle: magic === littleEndian,
    pageSize: bytes.readUInt32BE(8),
    salt1: bytes.readUInt32BE(16),
    salt2: bytes.readUInt32BE(20),
  }
}

/** Says where the last commit of an open log ends, each time it is asked; reads what came since, at once where it can. */
export const followLog = (file: number): (() => LogEnd) => {
  const head = Buffer.alloc(headerSize)
  let frames = Buffer.alloc(0)
  let end = nothing
  return () => {
    const header = headerOf(file, head)
    if (!header) return nothing
    const { salt1, salt2, pageSize } = header
    const size = frameHeaderSize + pageSize
    if (frames.length !== size * framesAtOnce) frames = Buffer.alloc(size * framesAtOnce)
    if (end.salt1 !== salt1 || end.salt2 !== salt2) end = { salt1, salt2, pages: 0 }
    for (let page = end.pages; ; page += framesAtOnce) {
      const length = readSync(file, frames, 0, frames.length, headerSize + page * size)
      for (let at = 0, n = 1; n <= framesAtOnce; at += size, n++) {
        const isThere = at + frameHeaderSize <= length
        // What a log held before it was begun anew stands behind what it holds now, under other salts.
        if (!isThere || frames.readUInt32BE(at + 8) !== salt1 || frames.readUInt32BE(at + 12) !== salt2) return end
        if (frames.readUInt32BE(at + 4) > 0) end = { salt1, salt2, pages: page + n }
      }
    }
  }
}

/** Written in place and not flushed: what a loss of power keeps of it is older, and asks for less. */
export const openLogMark = (database: string) => {
  const file = openSync(markOf(database), existsSync(markOf(database)) ? 'r+' : 'w+', 0o600)
  const bytes = Buffer.alloc(16)
  const write = ({ salt1, salt2, pages }: LogEnd): void => {
    bytes.writeUInt32BE(salt1, 0)
    bytes.writeUInt32BE(salt2, 4)
    bytes.writeUInt32BE(pages, 8)
    bytes.writeUInt32BE((salt1 ^ salt2 ^ pages) >>> 0, 12)
    writeSync(file, bytes, 0, bytes.length, 0)
  }
  return {
    write,
    /** Before the log is cut or taken away: all of it stands in the database then. */
    reset: (): void => write(nothing),
    close: (): void => closeSync(file),
  }
}

export type LogMark = ReturnType<typeof openLogMark>

/** Where nothing is flushed, a loss of power may take away what was acknowledged: nothing is to be compared. */
export const dropLogMark = (database: string): void => rmSync(markOf(database), { force: true })

/** undefined: all is there that was acknowledged; else what is wrong, in one sentence. Changes nothing. */
export const missingOf = (database: string): string | undefined => {
  const mark = readMark(markOf(database))
  if (!mark) return undefined
  const cure =
    'Put it back from where it is whole, or save what is left by npm run backup FILE -- --accept-loss and restore that into an empty DATA_DIR.'
  if (!existsSync(database) || statSync(database).size === 0)
    return `The database file ${database} is missing, and its mark is there. ${cure}`
  if (mark.pages === 0) return undefined
  const found = existsSync(`${database}-wal`) ? wholePages(`${database}-wal`, mark) : 0
  if (found >= mark.pages) return undefined
  return `The log of the database, ${database}-wal, is missing or damaged: of ${mark.pages} pages of acknowledged changes ${found} are whole. ${cure}`
}

const readMark = (path: string): LogEnd | undefined => {
  if (!existsSync(path)) return undefined
  const file = openSync(path, 'r')
  const bytes = read(file, 0, 16)
  closeSync(file)
  if (!bytes) return undefined
  const [salt1, salt2, pages] = [bytes.readUInt32BE(0), bytes.readUInt32BE(4), bytes.readUInt32BE(8)]
  return (salt1 ^ salt2 ^ pages) >>> 0 === bytes.readUInt32BE(12) ? { salt1, salt2, pages } : undefined
}

/** How many pages of the marked log are as they were written; all of them where it was begun anew since. */
const wholePages = (path: string, { salt1, salt2, pages }: LogEnd): number => {
  const file = openSync(path, 'r')
  try {
    const header = headerOf(file)
    if (!header) return 0
    // Each log's first salt is one more than the one's before.
    if (header.salt1 !== salt1) return (header.salt1 - salt1) >>> 0 < 0x8000_0000 ? pages : 0
    if (header.salt2 !== salt2) return 0
    let sum = checksum([0, 0], header.bytes.subarray(0, 24), header.isLittle)
    if (!isSum(header.bytes, 24, sum)) return 0
    const size = frameHeaderSize + header.pageSize
    const { size: length } = fstatSync(file)
    for (let page = 0; page < pages; page++) {
      const at = headerSize + page * size
      const frame = at + size <= length ? read(file, at, size) : undefined
      if (frame?.readUInt32BE(8) !== salt1 || frame.readUInt32BE(12) !== salt2) return page
      sum = checksum(sum, frame.subarray(0, 8), header.isLittle)
      sum = checksum(sum, frame.subarray(frameHeaderSize), header.isLittle)
      if (!isSum(frame, 16, sum)) return page
    }
    return pages
  } finally {
    closeSync(file)
  }
}

type Sum = [number, number]

const checksum = ([first, second]: Sum, bytes: Buffer, isLittle: boolean): Sum => {
  let [a, b] = [first, second]
  for (let at = 0; at < bytes.length; at += 8) {
    a = (a + (isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at)) + b) >>> 0
    b = (b + (isLittle ? bytes.readUInt32LE(at + 4) : bytes.readUInt32BE(at + 4)) + a) >>> 0
  }
  return [a, b]
}

const isSum = (bytes: Buffer, at: number, [a, b]: Sum): boolean =>
  bytes.readUInt32BE(at) === a && bytes.readUInt32BE(at + 4) === b
