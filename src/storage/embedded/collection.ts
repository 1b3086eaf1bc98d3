import { EmbeddedCursor, type FindOptions, projected, sorted, sortOf } from './cursor.ts'
import type { GroupCommit } from './group-commit.ts'
import { matcherOf } from './match.ts'
import { planOf } from './plan.ts'
import { type Document, type Row, shown, type Table } from './table.ts'
import { seedOf, updated } from './update.ts'

type Filter = Record<string, unknown>

interface UpdateOptions extends FindOptions {
  upsert?: boolean
  returnDocument?: 'before' | 'after'
  includeResultMetadata?: boolean
}

/** The driver's collection, as far as we use it. Each operation is atomic: nothing runs in between. */
export class EmbeddedCollection {
  readonly collectionName: string
  readonly namespace: string
  #table: Table
  #turns: Pick<GroupCommit, 'read' | 'write'>

  constructor(name: string, table: Table, turns: Pick<GroupCommit, 'read' | 'write'>) {
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
      return this.#rows(filter, {}).length
    })
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
    assertSupported(options)
    return this.#turns.write(() => {
      const [before] = this.#rows(filter, { sort: options.sort, limit: 1 })
      const after = before
        ? this.#change(before, update, filter)
        : options.upsert
          ? this.#upsert(filter, update)
          : undefined
      const row = options.returnDocument === 'after' ? after : before
      const [answer] = row ? projected([shown(row)], options.projection) : [null]
      return options.includeResultMetadata
        ? { value: answer, ok: 1, lastErrorObject: { updatedExisting: before !== undefined, n: after ? 1 : 0 } }
        : answer
    })
  }

  async findOneAndDelete(filter: Filter, options: UpdateOptions = {}) {
    assertSupported(options)
    return this.#turns.write(() => {
      const [found] = this.#rows(filter, { sort: options.sort, limit: 1 })
      if (found) this.#table.remove(found)
      const [answer] = found ? projected([shown(found)], options.projection) : [null]
      return options.includeResultMetadata ? { value: answer, ok: 1 } : answer
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
    // Most starts build none: each would be a commit and its flush.
    if (!this.#table.indexes.has(field)) await this.#turns.write(() => this.#table.index(field))
    return `${field}_1`
  }

  async drop(): Promise<boolean> {
    await this.#turns.write(() => this.#table.clear())
    return true
  }

  #insert(document: Document): Row {
    if (typeof document._id !== 'string') throw new Error('the _id of a document is a string')
    const row = this.#table.insert(document)
    if (!row) throw duplicate(this.namespace, document._id)
    return row
  }

  async #delete(filter: Filter, most: number) {
    return this.#turns.write(() => {
      const found = this.#rows(filter, { limit: most })
      for (const row of found) this.#table.remove(row)
      return { acknowledged: true, deletedCount: found.length }
    })
  }

  #updateSome(filter: Filter, update: unknown, options: UpdateOptions, most: number) {
    assertSupported(options)
    const found = this.#rows(filter, { sort: options.sort, limit: most })
    const answer = {
      acknowledged: true,
      matchedCount: found.length,
      modifiedCount: 0,
      upsertedCount: 0,
      upsertedId: null as string | null,
    }
    for (const before of found) if (this.#change(before, update, filter) !== before) answer.modifiedCount += 1
    if (found.length === 0 && options.upsert) {
      answer.upsertedCount = 1
      answer.upsertedId = this.#upsert(filter, update).id
    }
    return answer
  }

  #change(before: Row, update: unknown, filter: Filter): Row {
    return this.#table.replace(before, updated(shown(before), update, filter, false) as Document)
  }

  #upsert(filter: Filter, update: unknown): Row {
    return this.#insert(updated(seedOf(filter), update, {}, true) as Document)
  }

  #select(filter: Filter, options: FindOptions): Document[] {
    assertSupported(options)
    return projected(this.#rows(filter, options).map(shown), options.projection)
  }

  #rows(filter: Filter, { sort, limit, skip = 0 }: FindOptions): Row[] {
    const plan = planOf(filter, this.#table.indexes)
    const wanted = limit ? limit + skip : Number.POSITIVE_INFINITY
    const order = sortOf(sort)
    const matches = plan.rest && matcherOf(plan.rest)
    const isMeant = (row: Row) => !matches || matches(shown(row))
    if (plan.by === 'id') {
      const found = plan.ids.map((id) => this.#table.get(id)).filter((row) => row !== undefined && isMeant(row))
      return sorted(found as Row[], order).slice(skip, wanted)
    }
    const isByIndex = order.length === 1 && order[0]?.[0] === (plan.index ?? '_id')
    const inOrder = order.length === 0 || (plan.by === 'range' && isByIndex)
    const found: Row[] = []
    const ids = new Set<string>()
    for (const range of plan.by === 'range' ? [plan.range] : plan.ranges)
      for (const row of this.#table.scan(plan.index, range, inOrder ? (order[0]?.[1] ?? 1) : 1)) {
        // An array's several keys lead to one document, which is found once.
        if (ids.has(row.id) || !isMeant(row)) continue
        ids.add(row.id)
        found.push(row)
        if (inOrder && found.length >= wanted) break
      }
    return (inOrder ? found : sorted(found, order)).slice(skip, wanted)
  }
}

/** Options that would change what an operation means, and that nobody here asks for. */
const untaught = new Set(['arrayFilters', 'collation', 'hint', 'let', 'session'])

const assertSupported = (options: object): void => {
  for (const name in options)
    if (untaught.has(name) && (options as Record<string, unknown>)[name] != null)
      throw new Error(`the embedded database knows no ${name}`)
}

/** By the name that the driver gives it, so that its values are kept from the log as there. */
const duplicate = (namespace: string, id: string): Error =>
  Object.assign(
    new Error(`E11000 duplicate key error collection: ${namespace} index: _id_ dup key: { _id: "${id}" }`),
    {
      name: 'MongoServerError',
      code: 11000,
      keyPattern: { _id: 1 },
      keyValue: { _id: id },
    },
  )
