import { type Document, type Row, shown } from './table.ts'

export interface FindOptions {
  sort?: unknown
  limit?: number
  skip?: number
  projection?: Record<string, unknown>
}

/** The driver's cursor, as far as we use it; reads when it is asked for the first document. */
export class EmbeddedCursor {
  #read: (options: FindOptions) => Promise<Document[]>
  #options: FindOptions
  #documents: Document[] | undefined
  #at = 0
  closed = false

  constructor(read: (options: FindOptions) => Promise<Document[]>, options: FindOptions) {
    this.#read = read
    this.#options = { ...options }
  }

  sort(sort: unknown): this {
    this.#options.sort = sort
    return this
  }
  limit(limit: number): this {
    this.#options.limit = limit
    return this
  }
  skip(skip: number): this {
    this.#options.skip = skip
    return this
  }
  project(projection: Record<string, unknown>): this {
    this.#options.projection = projection
    return this
  }

  async toArray(): Promise<Document[]> {
    this.#documents ??= await this.#read(this.#options)
    return this.#documents
  }
  async next(): Promise<Document | null> {
    const documents = await this.toArray()
    return documents[this.#at++] ?? null
  }
  async hasNext(): Promise<boolean> {
    return this.#at < (await this.toArray()).length
  }
  async close(): Promise<void> {
    this.closed = true
  }
  async *[Symbol.asyncIterator](): AsyncGenerator<Document> {
    yield* await this.toArray()
  }
}

/** `{ field: 1 | -1 }` from any of the forms the driver takes. */
export const sortOf = (sort: unknown): [field: string, direction: 1 | -1][] => {
  if (!sort) return []
  const entries = sort instanceof Map ? [...sort.entries()] : Object.entries(sort as object)
  return entries.map(([field, direction]) => [field, direction === -1 || direction === 'desc' ? -1 : 1])
}

/** Named top-level fields and `_id`, or all of them. */
export const projected = (documents: Document[], projection: Record<string, unknown> = {}): Document[] => {
  const names = Object.keys(projection)
  if (names.length === 0) return documents
  const strange = names.find((name) => projection[name] !== 1 || name.includes('.'))
  if (strange) throw new Error(`the embedded database shows named fields alone, not ${strange}`)
  return documents.map((document) => {
    const shown: Document = { _id: document._id }
    for (const name of names) if (Object.hasOwn(document, name)) shown[name] = document[name]
    return shown
  })
}

/** By top-level fields, as strings or numbers; absent and null come first. */
export const sorted = (rows: Row[], order: [field: string, direction: 1 | -1][]): Row[] => {
  if (order.length === 0 || rows.length < 2) return rows
  const strange = order.find(([field]) => field.includes('.') || field.startsWith('$'))
  if (strange) throw new Error(`the embedded database sorts by named fields, not by ${strange[0]}`)
  const documents = rows.map((row) => ({ row, document: shown(row) }))
  documents.sort((a, b) => {
    for (const [field, direction] of order) {
      const [left, right] = [a.document[field] ?? null, b.document[field] ?? null]
      if (left === right) continue
      if (left === null) return -direction
      if (right === null) return direction
      return left < right ? -direction : direction
    }
    return 0
  })
  return documents.map(({ row }) => row)
}
