import type { Connection } from '../storage/index.ts'

/** By id, a page at a time: what is read is changed meanwhile. */
export async function* all<T extends { _id: string }>(connection: Connection, collection: string): AsyncGenerator<T> {
  for (let after = ''; ; ) {
    const page = (await connection
      .collection(collection)
      .find({ _id: { $gt: after as never } })
      .sort({ _id: 1 })
      .limit(250)
      .toArray()) as unknown as T[]
    yield* page
    const last = page.at(-1)
    if (!last) return
    after = last._id
  }
}
