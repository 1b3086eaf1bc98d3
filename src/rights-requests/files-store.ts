import type { Audit } from '../audit/index.ts'
import { day, now } from '../lib/clock.ts'
import { padded } from '../lib/ids.ts'
import {
  byId,
  type Connection,
  insertOnce,
  prefix,
  purge,
  storeOf,
  storeSchema,
  trusted,
  ttl,
} from '../storage/index.ts'

/** A piece of a file, sealed under the key of its part. */
interface Piece {
  /** `part:file:number`. */
  _id: string
  sealed: string
  /** When it is looked at whether its part knows it: a crash may have come between. */
  purgeAt?: string
}

/** Bytes of a piece: well below what a document holds. */
const pieceOf = 512 * 1024

/** Files lie in pieces, so that neither a document nor a write is large; who knows of them is their part. */
export const createFilesStore = (connection: Connection, keys: Audit['keys']) => {
  const model = storeOf<Piece>(
    connection,
    storeSchema<Piece>({ _id: String, sealed: String, ...ttl.field }),
    'requestFiles',
  )
  const fileOf = (part: string, file: string) => `${part}:${file}:`

  return {
    /** Before the part names it; what no part names is swept. */
    put: async (part: string, file: string, bytes: Uint8Array): Promise<void> => {
      for (let from = 0; from < bytes.length; from += pieceOf) {
        const piece = Buffer.from(bytes.subarray(from, from + pieceOf)).toString('base64')
        const _id = `${fileOf(part, file)}${padded(from / pieceOf)}`
        await insertOnce(model, { _id, sealed: await keys.seal(part, piece), ...ttl.at(now() + day) })
      }
    },

    /** undefined once its case is gone. */
    read: async (part: string, file: string): Promise<Buffer | undefined> => {
      const pieces: Buffer[] = []
      for (let n = 0; ; n += 1) {
        const piece = await byId(model, `${fileOf(part, file)}${padded(n)}`)
        if (!piece) return n === 0 ? undefined : Buffer.concat(pieces)
        const opened = await keys.open(part, piece.sealed)
        if (opened === undefined) return undefined
        pieces.push(Buffer.from(opened, 'base64'))
      }
    },

    forget: async (part: string): Promise<void> => {
      await purge(model, prefix(`${part}:`))
    },

    /** `isNamed`: whether a part names a file. */
    sweep: async (isNamed: (part: string, file: string) => Promise<boolean>): Promise<void> => {
      const due = { purgeAt: trusted({ $lte: padded(now()) }) }
      for (;;) {
        const found = await model.find(due, { only: { _id: 1 }, limit: 100 })
        for (const { _id } of found) {
          const [company, id, file = ''] = _id.split(':')
          if (await isNamed(`${company}:${id}`, file)) await model.updateOne({ _id }, { $unset: { purgeAt: '' } })
          else await model.deleteOne({ _id })
        }
        if (found.length < 100) return
      }
    },
  }
}

export type FilesStore = ReturnType<typeof createFilesStore>
