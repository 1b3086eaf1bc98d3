import { now } from '../lib/clock.ts'
import { keyPart } from '../lib/ids.ts'
import { type Connection, insertOnce, storeOf, storeSchema } from '../storage/index.ts'

/** Remembers every client there ever was: an id is never used for another, and a removed one is still answered for (P11). */
export const createClientStore = (connection: Connection) => {
  const model = storeOf<{ _id: string; at: number }>(
    connection,
    storeSchema<{ _id: string; at: number }>({ _id: String, at: Number }),
    'known-clients',
  )

  const known = async (): Promise<ReadonlySet<string>> =>
    new Set((await model.find({})).map(({ _id }) => decodeURIComponent(_id)))

  return {
    known,
    remember: async (ids: Iterable<string>): Promise<void> => {
      const before = await known()
      // All at once: one after the other, ten thousand clients kept a first start waiting for as many flushes of the disk.
      const fresh = [...ids].filter((id) => !before.has(id))
      await Promise.all(fresh.map((id) => insertOnce(model, { _id: keyPart(id), at: now() })))
    },
  }
}
