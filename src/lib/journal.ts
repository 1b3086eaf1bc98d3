/**
 * What has to outlive every backup (model M15): a few lines beside the data, kept elsewhere. A line is written after what
 * it tells of is durable, and before anybody is answered, so the journal misses nothing that was acknowledged and tells of
 * nothing that did not happen. Each process appends to a file of its own and begins another each day; a file that could not
 * be written is left behind. A line ends with the digest that only this database's key makes.
 */
import { type FileHandle, mkdir, open, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isoNow } from './clock.ts'
import { AppError } from './errors.ts'
import { keyedDigest, randomId, sameSecret } from './ids.ts'
import { writeTogether } from './write-together.ts'

/** Numbers, words of ours, and digests of ids; nothing that tells who somebody is. */
export type JournalLine = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>

/** How long a file was at a moment: what a later reader must find there at least. */
export interface JournalMark {
  file: string
  bytes: number
}

export interface Journal {
  /** Resolves once it is on the disk. AppError `unavailable` when it cannot be written. */
  write: (line: JournalLine) => Promise<void>
  close: () => Promise<void>
}

const ending = '.journal'
/** The last lines, so that what a drain tells of a second time is not written a second time. */
const remembered = 1000

/** Where nothing is kept, as of a database in memory. */
export const noJournal: Journal = { write: async () => {}, close: async () => {} }

export const openJournal = ({ dir, key }: { dir: string; key: Uint8Array }): Journal => {
  let current: { day: string; file: FileHandle } | undefined
  let writing: Promise<void> | undefined
  const known = new Set<string>()

  const fileOf = async (day: string): Promise<FileHandle> => {
    if (current?.day === day) return current.file
    await current?.file.close()
    current = undefined
    await mkdir(dir, { recursive: true, mode: 0o700 })
    const file = await open(join(dir, `${day}.${randomId(6)}${ending}`), 'ax', 0o600)
    const folder = await open(dir)
    await folder.sync().finally(() => folder.close())
    current = { day, file }
    return file
  }

  const append = writeTogether<string>(async (texts) => {
    try {
      const file = await fileOf(isoNow().slice(0, 10))
      await file.appendFile(texts.join(''))
      await file.datasync()
    } catch (cause) {
      // Whatever half a line was written ends this file, where a reader forgives it.
      await current?.file.close().catch(() => {})
      current = undefined
      throw new AppError('unavailable', 'unavailable', { detail: 'the journal was not written', cause })
    }
  })

  return {
    write: async (line) => {
      const said = JSON.stringify(line)
      if (known.has(said)) return
      writing = append([`${said} ${endOf(key, said)}\n`])
      await writing
      known.add(said)
      if (known.size > remembered) known.delete(known.values().next().value as string)
    },
    close: async () => {
      // The last ends after all before it.
      await writing?.catch(() => {})
      await current?.file.close()
      current = undefined
    },
  }
}

/** The files there are, and how long each is; none where there is no journal. */
export const journalMarks = async (dir: string): Promise<JournalMark[]> => {
  const files = (await readdir(dir).catch(none)).filter((name) => name.endsWith(ending)).sort()
  return Promise.all(
    files.map(async (file) => {
      const handle = await open(join(dir, file))
      const { size } = await handle.stat().finally(() => handle.close())
      return { file, bytes: size }
    }),
  )
}

/**
 * Every line of every file. A last line that was never finished was never acknowledged, and is passed over; any other that
 * does not end as it should, or a file that is shorter than its mark, is an Error in one sentence.
 */
export const readJournal = async (
  { dir, key }: { dir: string; key: Uint8Array },
  marks: readonly JournalMark[],
): Promise<JournalLine[]> => {
  const found = await journalMarks(dir)
  for (const { file, bytes } of marks) {
    const there = found.find((each) => each.file === file)
    if (!there || there.bytes < bytes)
      throw new Error(
        `The journal in ${dir} lacks ${there ? 'the end of ' : ''}${file}, which was there at the backup: name the whole journal by JOURNAL_DIR.`,
      )
  }
  const lines: JournalLine[] = []
  for (const { file } of found) {
    const text = await readFile(join(dir, file), 'utf8')
    const whole = text.slice(0, text.lastIndexOf('\n') + 1)
    for (const [i, row] of whole.split('\n').slice(0, -1).entries()) {
      const at = row.lastIndexOf(' ')
      const said = row.slice(0, at)
      if (!sameSecret(row.slice(at + 1), endOf(key, said)))
        throw new Error(
          `Line ${i + 1} of ${file} in ${dir} is damaged, or of another database: bring that file from where it is whole.`,
        )
      lines.push(JSON.parse(said) as JournalLine)
    }
  }
  return lines
}

/** How the journal names what has an id: found again by who has the database and its key, told to nobody else. */
export const journalName = (key: Uint8Array, kind: string, id: string): string => keyedDigest(key, 'journal', kind, id)

const endOf = (key: Uint8Array, said: string): string => keyedDigest(key, 'journal line', said).slice(0, 16)

const none = (error: NodeJS.ErrnoException): string[] => {
  if (error.code === 'ENOENT') return []
  throw error
}
