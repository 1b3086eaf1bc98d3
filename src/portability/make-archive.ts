import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { makeZip } from 'client-zip'
import { iso } from '../lib/clock.ts'
import { archiveSchema, type Row, type SectionName, sectionNames } from './archive-schema.ts'
import { csvHead, csvLines } from './csv.ts'
import type { Export } from './exports-store.ts'

interface Entry {
  name: string
  lastModified: Date
  input: AsyncIterable<Uint8Array> | string
}

interface Checked {
  name: string
  bytes: number
  sha256: string
}

/** What somebody would look for, and nobody has (GDPR Art. 15). */
const notKept =
  'Which letter was sent and when is in letters.json. Its text, and the address that it went to, are not kept.'

/**
 * An archive as a stream, in memory that does not grow with it: each section as JSON and as CSV, the schema of the JSON,
 * and last a manifest with the length and SHA-256 of each file. The same archive is the same bytes, however often it is
 * fetched. `pagesOf` reads its rows.
 */
export const makeArchive = (made: Export, pagesOf: (section: SectionName) => AsyncIterable<Row[]>): Readable => {
  const lastModified = new Date(made.at)
  const checked: Checked[] = []

  /** Passes a file on and notes what it was. */
  const entry = (name: string, text: AsyncIterable<string>): Entry => ({
    name,
    lastModified,
    input: (async function* () {
      const hash = createHash('sha256')
      let bytes = 0
      for await (const piece of text) {
        const buffer = Buffer.from(piece)
        hash.update(buffer)
        bytes += buffer.length
        yield buffer
      }
      checked.push({ name, bytes, sha256: hash.digest('hex') })
    })(),
  })

  async function* entries(): AsyncGenerator<Entry> {
    for (const section of sectionNames) {
      yield entry(`${section}.json`, jsonOf(section, pagesOf(section)))
      yield entry(`${section}.csv`, csvOf(section, pagesOf(section)))
    }
    yield entry('schema.json', once(archiveSchema()))
    const { at, company } = made
    const manifest = { madeAt: iso(at), of: company ?? 'everything', rows: made.rows, notKept, files: [...checked] }
    yield { name: 'manifest.json', lastModified, input: `${JSON.stringify(manifest, null, 2)}\n` }
  }

  return Readable.fromWeb(makeZip(entries()) as never)
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
