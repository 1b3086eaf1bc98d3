import type { mongo } from 'mongoose'

/** A field that documents are found by. */
interface Index {
  field: string
  sparse: boolean
}

/** What stores are made on: the driver's own calls on either database, and the indexes that each store asks for. */
export interface Connection {
  db: mongo.Db
  /** For what is no store's: documents as they lie there. */
  collection: <Held extends mongo.Document = mongo.Document>(name: string) => mongo.Collection<Held>
  /** By collection; built by `Database.prepare` alone. */
  declared: Map<string, Index[]>
}

export const connectionTo = (db: mongo.Db): Connection => ({
  db,
  collection: (name) => db.collection(name),
  declared: new Map(),
})

/** Another store of the same collection, or another app on the same data as a new configuration makes one, adds what it needs. */
export const declare = ({ declared }: Connection, collection: string, definition: object): void => {
  const indexes = declared.get(collection) ?? []
  for (const [field, kind] of Object.entries(definition) as [string, { index?: true; sparse?: true }][])
    if (kind.index && !indexes.some((known) => known.field === field))
      indexes.push({ field, sparse: kind.sparse === true })
  declared.set(collection, indexes)
}

/**
 * One after the other, and before anything is written: an index that failed behind our back would never be missed, and
 * a first write would meet it half built.
 */
export const buildIndexes = async ({ db, declared }: Connection): Promise<void> => {
  for (const [collection, indexes] of declared)
    for (const { field, sparse } of indexes)
      await db
        .collection(collection)
        .createIndex({ [field]: 1 }, { sparse })
        .catch((cause: unknown) => {
          throw new Error(
            `An index of the collection ${collection} cannot be built. Let this process build indexes, and drop one of that name that says something else.`,
            { cause },
          )
        })
}
