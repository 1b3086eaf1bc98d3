import { find } from 'mingo'
import type { Document } from './table.ts'

export interface FindOptions {
  sort?: unknown
  limit?: number
  skip?: number
  projection?: Record<string, unknown>
}

/** The driver's cursor, as far as mongoose and we use it; reads when it is asked for the first document. */
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

export const projected = (documents: Document[], projection: Record<string, unknown> | undefined): Document[] =>
  projection && Object.keys(projection).length > 0
    ? (find(documents, {}, projection as never).all() as Document[])
    : documents
