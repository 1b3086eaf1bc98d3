import { createHash } from 'node:crypto'
import { PassThrough, Readable } from 'node:stream'
import { ZipFile } from 'yazl'
import { iso } from '../lib/clock.ts'
import { archiveSchema, type Row, type SectionName, sectionNames } from './archive-schema.ts'
import { csvHead, csvLines } from './csv.ts'
import type { Export } from './exports-store.ts'

interface Checked {
  name: string
  bytes: number
  sha256: string
}

/** What somebody would look for, and nobody has (GDPR Art. 15). */
const notKept =
  'Which letter was sent and when is in letters.json. Its text, and the address that it went to, are not kept. ' +
  'What companies asked up to version 0.3.0 was not kept by person, and is not in questions.json.'

/**
 * An archive as a stream of its bytes, compressed, in memory that does not grow with it: each section as JSON and as CSV,
 * the schema of the JSON, and last a manifest with the length and SHA-256 of each file. `pagesOf` reads its rows.
 */
export const makeArchive = (made: Export, pagesOf: (section: SectionName) => AsyncIterable<Row[]>): Readable => {
  const zip = new ZipFile()
  const archive = new PassThrough()
  zip.on('error', (error: Error) => archive.destroy(error))
  const checked: Checked[] = []

  /** Passes a file on and notes what it was. */
  async function* noted(name: string, text: AsyncIterable<string>): AsyncGenerator<Buffer> {
    const hash = createHash('sha256')
    let bytes = 0
    for await (const piece of text) {
      const buffer = Buffer.from(piece)
      hash.update(buffer)
      bytes += buffer.length
      yield buffer
    }
    checked.push({ name, bytes, sha256: hash.digest('hex') })
  }
  /** `text` is begun once what stands before it is written. */
  const add = (name: string, text: () => AsyncIterable<string>): void =>
    zip.addReadStreamLazy(name, { mtime: new Date(made.at), mode: 0o100600 }, (give) =>
      give(null, Readable.from(noted(name, text()), { objectMode: false })),
    )

  for (const section of sectionNames) {
    add(`${section}.json`, () => jsonOf(section, pagesOf(section)))
    add(`${section}.csv`, () => csvOf(section, pagesOf(section)))
  }
  add('schema.json', () => once(archiveSchema()))
  const { at, company, rows } = made
  add('manifest.json', () => once({ madeAt: iso(at), of: company ?? 'everything', rows, notKept, files: [...checked] }))
  zip.end()
  return zip.outputStream.pipe(archive)
}

async function* once(value: unknown): AsyncGenerator<string> {
  yield `${JSON.stringify(value, null, 2)}\n`
}

async function* jsonOf(section: SectionName, pages: AsyncIterable<Row[]>): AsyncGenerator<string> {
  yield `{"section":"${section}","rows":[`
  let isFirst = true
  for await (const rows of pages) {
    if (rows.length === 0) continue
    yield `${isFirst ? '\n' : ',\n'}${rows.map((row) => JSON.stringify(row)).join(',\n')}`
    isFirst = false
  }
  yield '\n]}\n'
}

async function* csvOf(section: SectionName, pages: AsyncIterable<Row[]>): AsyncGenerator<string> {
  yield csvHead(section)
  for await (const rows of pages) yield csvLines(section, rows)
}
