import type { Connection } from '../../src/storage/index.ts'

const operations = new Set([
  ...['findOne', 'find', 'insertOne', 'insertMany'],
  ...['updateOne', 'findOneAndUpdate', 'deleteOne', 'deleteMany'],
])

type Act = (operation: string, collection: string) => Promise<void> | void

/** The same object, with some of its properties taken over: undefined leaves one as it is, bound to its own object. */
const over = <T extends object>(target: T, instead: (name: string | symbol) => unknown): T =>
  new Proxy(target, {
    get: (_, name) => {
      const value = instead(name) ?? Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })

/** A collection's calls that are each one operation; a cursor's is made when it is read. */
const watched = <T extends object>(documents: T, collection: string, act: Act): T =>
  over(documents, (name) => {
    if (typeof name !== 'string' || !operations.has(name)) return undefined
    const ask = Reflect.get(documents, name) as (...parameters: unknown[]) => { toArray: () => Promise<unknown> }
    if (name === 'find')
      return (...parameters: unknown[]) => {
        const cursor = ask.apply(documents, parameters)
        return over(cursor, (asked) =>
          asked === 'toArray'
            ? async () => {
                await act(name, collection)
                return cursor.toArray()
              }
            : undefined,
        )
      }
    return async (...parameters: unknown[]) => {
      await act(name, collection)
      return ask.apply(documents, parameters)
    }
  })

/** The same database, with an act of the test's before each operation of the stores that are made on it. */
export const beforeEachOperation = (connection: Connection, act: Act): Connection =>
  over(connection, (name) =>
    name === 'db'
      ? over(connection.db, (asked) =>
          asked === 'collection'
            ? (collection: string) => watched(connection.db.collection(collection), collection, act)
            : undefined,
        )
      : undefined,
  )
