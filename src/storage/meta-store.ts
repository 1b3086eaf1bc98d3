import { randomBytes } from 'node:crypto'
import type { SecretBox } from '../lib/secret-box.ts'
import type { Connection } from './connection.ts'
import { insertOnce } from './insert-once.ts'
import { prefix } from './prefix.ts'
import { storeSchema } from './schema.ts'
import { byId, storeOf } from './store.ts'

interface Meta {
  _id: string
  value: string
}

/** Single values that the product remembers about itself, by name. */
export const createMetaStore = (connection: Connection) => {
  const model = storeOf<Meta>(connection, storeSchema<Meta>({ _id: String, value: String }), 'meta')

  const set = async (name: string, value: string): Promise<void> => {
    await model.updateOne({ _id: name }, { $set: { value } }, { upsert: true })
  }

  const once = async (name: string, make: () => string): Promise<string> => {
    const known = await get(name)
    if (known !== undefined) return known
    await insertOnce(model, { _id: name, value: make() })
    return (await get(name)) as string
  }

  const get = async (name: string): Promise<string | undefined> => (await byId(model, name))?.value

  return {
    get,
    set,

    /**
     * A key of 256 bits that whoever came first made; the same for everybody and for good, whatever secret key comes or
     * goes. Kept sealed, and sealed anew when a newer secret key came first since, so that the older one can go.
     */
    persistentKey: async (name: string, box: SecretBox): Promise<Uint8Array> => {
      const sealed = await once(name, () => box.seal(randomBytes(32).toString('base64url'), name))
      const key = box.open(sealed, name)
      if (box.isOutdated(sealed)) await set(name, box.seal(key, name))
      return new Uint8Array(Buffer.from(key, 'base64url'))
    },

    /** Forgets every value whose name begins so. */
    forget: async (start: string): Promise<void> => {
      await model.deleteMany(prefix(start))
    },
  }
}

export type MetaStore = ReturnType<typeof createMetaStore>
