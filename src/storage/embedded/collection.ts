import { Query } from 'mingo'
import mongoose from 'mongoose'
import { EmbeddedCursor, type FindOptions, projected, sortOf } from './cursor.ts'
import { planOf } from './plan.ts'
import type { Document, Table } from './table.ts'
import { seedOf, updated } from './update.ts'

type Filter = Record<string, unknown>

/** Runs work on the file: `read` after what was written in this turn is durable, `write` as part of one commit. */
export interface Turns {
  read: <T>(work: () => T) => Promise<T>
  write: <T>(work: () => T) => Promise<T>
}

export interface UpdateOptions extends FindOptions {
  upsert?: boolean
  returnDocument?: 'before' | 'after'
  includeResultMetadata?: boolean
}

/** The driver's collection, as far as mongoose and we use it. Each operation is atomic: nothing runs in between. */
export class EmbeddedCollection {
  readonly collectionName: string
  readonly namespace: string
  #table: Table
  #turns: Turns

  constructor(name: string, table: Table, turns: Turns) {
    this.collectionName = name
    this.namespace = `embedded.${name}`
    this.#table = table
    this.#turns = turns
  }

  find(filter: Filter = {}, options: FindOptions = {}): EmbeddedCursor {
    return new EmbeddedCursor((asked) => this.#turns.read(() => this.#select(filter, asked)), options)
  }

  async findOne(filter: Filter = {}, options: FindOptions = {}): Promise<Document | null> {
    return this.#turns.read(() => this.#select(filter, { ...options, limit: 1 })[0] ?? null)
  }

  async countDocuments(filter: Filter = {}): Promise<number> {
    return this.#turns.read(() => {
      const plan = planOf(filter, this.#table.indexes)
      if (plan.by === 'range' && plan.index === null && !plan.rest) return this.#table.count(plan.range)
      return this.#select(filter, {}).length
    })
  }

  async estimatedDocumentCount(): Promise<number> {
    return this.countDocuments({})
  }

  async insertOne(document: Document) {
    return this.#turns.write(() => {
      this.#insert(document)
      return { acknowledged: true, insertedId: document._id }
    })
  }

  async insertMany(documents: Document[]) {
    return this.#turns.write(() => {
      for (const document of documents) this.#insert(document)
      const insertedIds = Object.fromEntries(documents.map(({ _id }, i) => [i, _id]))
      return { acknowledged: true, insertedCount: documents.length, insertedIds }
    })
  }

  async updateOne(filter: Filter, update: unknown, options: UpdateOptions = {}) {
    return this.#turns.write(() => this.#updateSome(filter, update, options, 1))
  }

  async updateMany(filter: Filter, update: unknown, options: UpdateOptions = {}) {
    return this.#turns.write(() => this.#updateSome(filter, update, options, Number.POSITIVE_INFINITY))
  }

  async findOneAndUpdate(filter: Filter, update: unknown, options: UpdateOptions = {}) {
    return this.#turns.write(() => {
      const [before] = this.#select(filter, { sort: options.sort, limit: 1 })
      const after = before
        ? this.#change(before, update, filter)
        : options.upsert
          ? this.#upsert(filter, update)
          : undefined
      const value = (options.returnDocument === 'after' ? after : before) ?? null
      const [answer] = value ? projected([value], options.projection) : [null]
      return options.includeResultMetadata
        ? { value: answer, ok: 1, lastErrorObject: { updatedExisting: before !== undefined, n: after ? 1 : 0 } }
        : answer
    })
  }

  async findOneAndDelete(filter: Filter, options: UpdateOptions = {}) {
    return this.#turns.write(() => {
      const [found] = this.#select(filter, { sort: options.sort, limit: 1 })
      if (found) this.#table.remove(found)
      return options.includeResultMetadata ? { value: found ?? null, ok: 1 } : (found ?? null)
    })
  }

  async deleteOne(filter: Filter = {}) {
    return this.#delete(filter, 1)
  }

  async deleteMany(filter: Filter = {}) {
    return this.#delete(filter, Number.POSITIVE_INFINITY)
  }

  async createIndex(keys: Record<string, unknown>, options: { unique?: boolean } = {}): Promise<string> {
    const fields = Object.keys(keys)
    if (fields.length !== 1 || options.unique)
      throw new Error('an index is one field, and only _id is unique (model M14)')
    const [field] = fields as [string]
    await this.#turns.write(() => this.#table.index(field))
    return `${field}_1`
  }

  async createIndexes(indexes: { key: Record<string, unknown> }[]): Promise<string[]> {
    return Promise.all(indexes.map(({ key }) => this.createIndex(key)))
  }

  async drop(): Promise<boolean> {
    await this.#turns.write(() => this.#table.clear())
    return true
  }

  #insert(document: Document): void {
    if (typeof document._id !== 'string') throw new Error('the _id of a document is a string')
    if (!this.#table.insert(structuredClone(document))) throw duplicate(this.namespace, document._id)
  }

  async #delete(filter: Filter, most: number) {
    return this.#turns.write(() => {
      const found = this.#select(filter, { limit: most })
      for (const document of found) this.#table.remove(document)
      return { acknowledged: true, deletedCount: found.length }
    })
  }

  #updateSome(filter: Filter, update: unknown, options: UpdateOptions, most: number) {
    const found = this.#select(filter, { sort: options.sort, limit: most })
    const answer = {
      acknowledged: true,
      matchedCount: found.length,
      modifiedCount: 0,
      upsertedCount: 0,
      upsertedId: null as string | null,
    }
    for (const before of found) {
      const after = this.#change(before, update, filter)
      if (after !== before) answer.modifiedCount += 1
    }
    if (found.length === 0 && options.upsert) {
      answer.upsertedCount = 1
      answer.upsertedId = this.#upsert(filter, update)._id
    }
    return answer
  }

  /** The very document that was given when the update changes nothing. */
  #change(before: Document, update: unknown, filter: Filter): Document {
    const after = updated(before, update, filter, false)
    if (JSON.stringify(after) === JSON.stringify(before)) return before
    this.#table.replace(before, after)
    return after
  }

  #upsert(filter: Filter, update: unknown): Document {
    const fresh = updated(seedOf(filter) as Document, update, {}, true)
    this.#insert(fresh)
    return fresh
  }

  #select(filter: Filter, { sort, limit, skip = 0, projection }: FindOptions): Document[] {
    const plan = planOf(filter, this.#table.indexes)
    const wanted = limit ? limit + skip : Number.POSITIVE_INFINITY
    const order = sortOf(sort)
    const matches = plan.rest ? new Query(plan.rest) : undefined
    if (plan.by === 'id') {
      const found = plan.ids.flatMap((id) => this.#table.get(id) ?? []).filter((each) => !matches || matches.test(each))
      return this.#present(sorted(found, order), skip, wanted, projection)
    }
    const inOrder = order.length === 0 || (order.length === 1 && order[0]?.[0] === (plan.index ?? '_id'))
    const found: Document[] = []
    const ids = new Set<string>()
    for (const document of this.#table.scan(plan.index, plan.range, order[0]?.[1] ?? 1)) {
      // An array's several keys lead to one document, which is found once.
      if (ids.has(document._id) || (matches && !matches.test(document))) continue
      ids.add(document._id)
      found.push(document)
      if (inOrder && found.length >= wanted) break
    }
    return this.#present(inOrder ? found : sorted(found, order), skip, wanted, projection)
  }

  #present(
    found: Document[],
    skip: number,
    wanted: number,
    projection: Record<string, unknown> | undefined,
  ): Document[] {
    return projected(found.slice(skip, wanted), projection)
  }
}

const sorted = (documents: Document[], order: [string, 1 | -1][]): Document[] => {
  if (order.length === 0) return documents
  return documents.sort((a, b) => {
    for (const [field, direction] of order) {
      const [left, right] = [a[field], b[field]] as [string, string]
      if (left === right) continue
      if (left === undefined || left === null) return -direction
      if (right === undefined || right === null) return direction
      return left < right ? -direction : direction
    }
    return 0
  })
}

const duplicate = (namespace: string, id: string): Error =>
  new mongoose.mongo.MongoServerError({
    message: `E11000 duplicate key error collection: ${namespace} index: _id_ dup key: { _id: "${id}" }`,
    code: 11000,
    keyPattern: { _id: 1 },
    keyValue: { _id: id },
  })
