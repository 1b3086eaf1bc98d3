import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import type { Range } from './plan.ts'
import { decode, encode } from './values.ts'

export type Document = { _id: string } & Record<string, unknown>

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

/**
 * One collection: a table of documents by `_id` in the order of bytes, and beside it one table for all its indexed
 * strings. Synchronous; whoever calls keeps to one transaction per turn.
 */
export const openTable = (sqlite: DatabaseSync, name: string) => {
  const documents = quoted(`c:${name}`)
  const keys = quoted(`i:${name}`)
  sqlite.exec(`CREATE TABLE IF NOT EXISTS ${documents} (id TEXT PRIMARY KEY, doc TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS ${keys} (field TEXT, value TEXT, id TEXT, PRIMARY KEY (field, value, id)) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS ${quoted(`i:${name}:id`)} ON ${keys} (id);`)
  const indexes = new Set<string>()

  const prepared = new Map<string, StatementSync>()
  const statement = (sql: string): StatementSync => {
    const known = prepared.get(sql) ?? sqlite.prepare(sql)
    prepared.set(sql, known)
    return known
  }
  const read = statement(`SELECT doc FROM ${documents} WHERE id = ?`)
  const insert = statement(`INSERT INTO ${documents} (id, doc) VALUES (?, ?)`)
  const replace = statement(`UPDATE ${documents} SET doc = ? WHERE id = ?`)
  const remove = statement(`DELETE FROM ${documents} WHERE id = ?`)
  const addKey = statement(`INSERT OR IGNORE INTO ${keys} (field, value, id) VALUES (?, ?, ?)`)
  const dropKey = statement(`DELETE FROM ${keys} WHERE field = ? AND value = ? AND id = ?`)

  const keysOf = (document: Record<string, unknown> | undefined, field: string): string[] => {
    const value = document?.[field]
    if (typeof value === 'string') return [value]
    return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []
  }

  const reindex = (id: string, before: Document | undefined, after: Document | undefined): void => {
    for (const field of indexes) {
      const [old, fresh] = [keysOf(before, field), keysOf(after, field)]
      if (old.length === 0 && fresh.length === 0) continue
      for (const value of old) if (!fresh.includes(value)) dropKey.run(field, value, id)
      for (const value of fresh) if (!old.includes(value)) addKey.run(field, value, id)
    }
  }

  /** Where-clause and values of a range over one column. */
  const bounds = (column: string, { from, above, to, below }: Range): { sql: string; values: string[] } => {
    const parts: string[] = []
    const values: string[] = []
    if (from !== null) {
      parts.push(`${column} ${above ? '>' : '>='} ?`)
      values.push(from)
    }
    if (to !== null) {
      parts.push(`${column} ${below ? '<' : '<='} ?`)
      values.push(to)
    }
    return { sql: parts.join(' AND ') || '1', values }
  }

  const rangeSql = (index: string | null, range: Range): { from: string; order: string; values: SQLInputValue[] } => {
    if (index === null) {
      const { sql, values } = bounds('id', range)
      return { from: `${documents} d WHERE ${sql}`, order: 'd.id', values }
    }
    const { sql, values } = bounds('k.value', range)
    return {
      from: `${keys} k JOIN ${documents} d ON d.id = k.id WHERE k.field = ? AND ${sql}`,
      order: 'k.value',
      values: [index, ...values],
    }
  }

  return {
    indexes: indexes as ReadonlySet<string>,

    get: (id: string): Document | undefined => {
      const row = read.get(id) as { doc: string } | undefined
      return row && (decode(row.doc) as Document)
    },

    /** False when the id is taken. */
    insert: (document: Document): boolean => {
      if (read.get(document._id)) return false
      insert.run(document._id, encode(document))
      reindex(document._id, undefined, document)
      return true
    },

    replace: (before: Document, after: Document): void => {
      replace.run(encode(after), after._id)
      reindex(after._id, before, after)
    },

    remove: (document: Document): void => {
      remove.run(document._id)
      reindex(document._id, document, undefined)
    },

    /** Documents in the order of `_id`, or of the index; `direction` -1 from the end. */
    scan: function* (index: string | null, range: Range, direction: 1 | -1): Generator<Document> {
      const { from, order, values } = rangeSql(index, range)
      const sql = `SELECT d.doc AS doc FROM ${from} ORDER BY ${order} ${direction === 1 ? 'ASC' : 'DESC'}`
      // A statement of its own: two scans of one shape may be under way at once.
      for (const row of sqlite.prepare(sql).iterate(...values)) yield decode((row as { doc: string }).doc) as Document
    },

    count: (range: Range): number => {
      const { from, values } = rangeSql(null, range)
      return Number((statement(`SELECT count(*) AS n FROM ${from}`).get(...values) as { n: number }).n)
    },

    /** Keeps the strings of a field findable from now on, those of documents already there included. */
    index: (field: string): void => {
      if (indexes.has(field)) return
      indexes.add(field)
      for (const row of sqlite.prepare(`SELECT doc FROM ${documents}`).iterate()) {
        const document = decode((row as { doc: string }).doc) as Document
        for (const value of keysOf(document, field)) addKey.run(field, value, document._id)
      }
    },

    clear: (): void => {
      sqlite.exec(`DELETE FROM ${documents}; DELETE FROM ${keys};`)
    },
  }
}

export type Table = ReturnType<typeof openTable>
