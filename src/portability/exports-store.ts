import type { AccountId } from '../accounts/index.ts'
import type { CompanyId } from '../companies/index.ts'
import { day, now } from '../lib/clock.ts'
import { padded } from '../lib/ids.ts'
import {
  byId,
  type Connection,
  compareAndSet,
  dueIn,
  dueIndex,
  indexed,
  insertOnce,
  noLane,
  prefix,
  purge,
  storeOf,
  storeSchema,
  trusted,
} from '../storage/index.ts'

/** The file as it lies there: which packing of it, and how long it is in bytes. */
export interface Packed {
  /** Random: names these very bytes to whoever has had some of them, and nobody guesses it. */
  id: string
  size: number
}

/** One archive: how far it was gathered, whose it is, and until when it is given. */
export interface Export {
  _id: string
  rev: number
  /** As records name a principal. */
  holder: string
  credentialEpoch: number
  /** One company's part alone; absent: everything. */
  company?: CompanyId
  /** Those that were theirs when they asked; each is looked at again before anything of it is read. */
  accounts: AccountId[]
  at: number
  /** Which section is gathered, and where in it. */
  section: number
  cursor?: string
  pages: number
  rows: number
  /** Once all of it was gathered and the file is whole: it is given from then on. */
  packed?: Packed
  /** Digest of the address by which another controller takes it once, until when, and when it began to. */
  handover?: { digest: string; until: number; takenAt?: number }
  handedAt?: number
  due?: string
  purgeAt: string
}

interface Page {
  /** `export:number`. */
  _id: string
  section: number
  sealed: string
}

interface Piece {
  /** `export:packing:number`. */
  _id: string
  sealed: string
}

/** Pages and pieces deleted by one statement: each is long. */
const atOnce = 20

/** For so long an archive is given. */
export const keptFor = day

export const createExportsStore = (connection: Connection) => {
  const exports = storeOf<Export>(
    connection,
    storeSchema<Export>({
      _id: String,
      rev: Number,
      holder: { ...indexed },
      credentialEpoch: Number,
      company: String,
      accounts: [String],
      at: Number,
      section: Number,
      cursor: String,
      pages: Number,
      rows: Number,
      packed: {},
      handover: {},
      handedAt: Number,
      due: { ...indexed },
      purgeAt: { ...indexed },
    }),
    'exports',
  )
  const pages = storeOf<Page>(
    connection,
    storeSchema<Page>({ _id: String, section: Number, sealed: String }),
    'exportPages',
  )
  const pieces = storeOf<Piece>(connection, storeSchema<Piece>({ _id: String, sealed: String }), 'exportPieces')
  const pieceOf = (id: string, packing: string, n: number): string => `${id}:${packing}:${padded(n)}`

  return {
    get: async (id: string): Promise<Export | null> => byId(exports, id),

    insert: async (fresh: Omit<Export, 'due' | 'purgeAt'>): Promise<void> => {
      await insertOnce(exports, { ...fresh, due: dueIn(noLane, now()), purgeAt: padded(now() + keptFor) })
    },

    commit: async (
      seen: Export,
      change: { set: Partial<Export>; unset?: (keyof Export)[] },
    ): Promise<Export | undefined> => compareAndSet(exports, seen, change),

    postpone: async (seen: Export, until: number): Promise<void> => {
      await compareAndSet(exports, seen, { set: { due: dueIn(noLane, until) } })
    },

    /** Newest first. */
    ofHolder: async (holder: string): Promise<Export[]> => exports.find({ holder }, { sort: { at: -1 }, limit: 20 }),

    unfinished: async (): Promise<Export[]> => dueIndex(exports).due(noLane, 50),

    outdated: async (): Promise<Export[]> =>
      exports.find({ purgeAt: trusted({ $lte: padded(now()) }) }, { limit: 100 }),

    remove: async (id: string): Promise<void> => {
      await purge(pages, prefix(`${id}:`), atOnce)
      await purge(pieces, prefix(`${id}:`), atOnce)
      await exports.deleteOne({ _id: id })
    },

    /** Gathered again after a crash it replaces what was gathered. */
    putPage: async (id: string, n: number, page: Omit<Page, '_id'>): Promise<void> => {
      await pages.updateOne({ _id: `${id}:${padded(n)}` }, { $set: page }, { upsert: true })
    },

    page: async (id: string, n: number): Promise<Page | null> => byId(pages, `${id}:${padded(n)}`),

    /** What the file was made of. */
    dropPages: async (id: string): Promise<void> => {
      await purge(pages, prefix(`${id}:`), atOnce)
    },

    putPiece: async (id: string, packing: string, n: number, sealed: string): Promise<void> => {
      await insertOnce(pieces, { _id: pieceOf(id, packing, n), sealed })
    },

    piece: async (id: string, packing: string, n: number): Promise<Piece | null> =>
      byId(pieces, pieceOf(id, packing, n)),

    /** Of a packing that came to nothing. */
    dropPieces: async (id: string, packing: string): Promise<void> => {
      await purge(pieces, prefix(`${id}:${packing}:`), atOnce)
    },
  }
}

export type ExportsStore = ReturnType<typeof createExportsStore>
