import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { deepFreeze } from '../../lib/freeze.ts'
import type { GroupCommit } from './group-commit.ts'
import type { Range } from './plan.ts'
import { decode, encode, encodeUpdated } from './values.ts'

export type Document = { _id: string } & Record<string, unknown>

/** A document as it lies in the file. */
export interface Row {
  id: string
  doc: string
  /** What `shown` decoded. */
  document?: Document
}

/** The document: decoded once for all who read it, so nobody may change it. */
export const shown = (row: Row): Document => {
  row.document ??= deepFreeze(decode(row.doc) as Document)
  return row.document
}

/** As many rows of each collection are kept as they were read; this process alone writes the file. */
const mostKept = 2000
/** Characters of a row that is kept: pieces of files and pages of archives are many times as long, and read once. */
const longestKept = 16 * 1024

/** All collections share these: a collection comes into being by its first document, outside any transaction's fate. */
export const layout = `
  CREATE TABLE IF NOT EXISTS documents (collection TEXT NOT NULL, id TEXT NOT NULL, doc TEXT NOT NULL, UNIQUE (collection, id));
  CREATE TABLE IF NOT EXISTS keys (collection TEXT, field TEXT, value TEXT, id TEXT,
    PRIMARY KEY (collection, field, value, id)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS indexes (collection TEXT, field TEXT, PRIMARY KEY (collection, field)) WITHOUT ROWID;`

/** Each statement is compiled once for all collections: nothing else is asked while one's rows are read. */
export const createStatements = (sqlite: DatabaseSync) => {
  const prepared = new Map<string, StatementSync>()
  return (sql: string): StatementSync => {
    const known = prepared.get(sql) ?? sqlite.prepare(sql)
    prepared.set(sql, known)
    return known
  }
}

/**
 * One collection: its documents by `_id` in the order of bytes, and beside them the strings of its indexed fields.
 * Synchronous; whoever calls keeps to one transaction per turn, which is told of every row.
 */
export const openTable = (
  statement: (sql: string) => StatementSync,
  name: string,
  { trackRead: saw, trackWrite: wrote, whenTakenBack }: Pick<GroupCommit, 'trackRead' | 'trackWrite' | 'whenTakenBack'>,
) => {
  const read = statement('SELECT id, doc FROM documents WHERE collection = ? AND id = ?')
  const insert = statement('INSERT INTO documents (collection, id, doc) VALUES (?, ?, ?) ON CONFLICT DO NOTHING')
  const replace = statement('UPDATE documents SET doc = ? WHERE collection = ? AND id = ?')
  const remove = statement('DELETE FROM documents WHERE collection = ? AND id = ?')
  const addKey = statement('INSERT OR IGNORE INTO keys (collection, field, value, id) VALUES (?, ?, ?, ?)')
  const dropKey = statement('DELETE FROM keys WHERE collection = ? AND field = ? AND value = ? AND id = ?')
  const readIndexes = statement('SELECT field FROM indexes WHERE collection = ?')
  const indexes = new Set(readIndexes.all(name).map(({ field }) => field as string))

  const keysOf = (document: Record<string, unknown>, field: string): string[] => {
    const value = document[field]
    if (typeof value === 'string') return [value]
    return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []
  }

  /** null: there is none, which is asked as often as what there is. */
  const kept = new Map<string, Row | null>()
  const keep = (id: string, row: Row | null): void => {
    if (row && row.doc.length > longestKept) return
    // The first that came is the first to go: what is still asked for comes back at once.
    if (kept.size >= mostKept) kept.delete(kept.keys().next().value as string)
    kept.set(id, row)
  }
  /** Before a row is changed. */
  const change = (id: string, before: string | null): void => {
    kept.delete(id)
    wrote(name, id, before)
  }
  whenTakenBack(() => kept.clear())

  /** What an index holds of a document. */
  const indexedOf = (document: Record<string, unknown>): Indexed[] => {
    const held: Indexed[] = []
    for (const field of indexes) {
      const values = keysOf(document, field)
      if (values.length > 0) held.push({ field, values })
    }
    return held
  }

  const reindex = (id: string, before: Indexed[], after: Indexed[]): void => {
    for (const { field, values } of before)
      for (const value of values) if (!holds(after, field, value)) dropKey.run(name, field, value, id)
    for (const { field, values } of after)
      for (const value of values) if (!holds(before, field, value)) addKey.run(name, field, value, id)
  }

  return {
    indexes: indexes as ReadonlySet<string>,

    get: (id: string): Row | undefined => {
      saw(name, id)
      const known = kept.get(id)
      if (known !== undefined) return known ?? undefined
      const row = read.get(name, id) as Row | undefined
      keep(id, row ?? null)
      return row
    },

    /** The row; undefined when the id is taken. */
    insert: (document: Document): Row | undefined => {
      const row = { id: document._id, doc: encode(document) }
      if (insert.run(name, row.id, row.doc).changes === 0) return undefined
      change(row.id, null)
      reindex(row.id, [], indexedOf(document))
      return row
    },

    /** The row as it is now: the very one that was given when nothing changed. `after` is nobody else's. */
    replace: (before: Row, after: Document): Row => {
      const row = { id: before.id, doc: encodeUpdated(after, before.doc), document: deepFreeze(after) }
      if (row.doc === before.doc) return before
      replace.run(row.doc, name, row.id)
      change(row.id, before.doc)
      reindex(row.id, indexedOf(shown(before)), indexedOf(after))
      // What is written is mostly read next. Should its transaction be taken back, nothing that was kept stays.
      keep(row.id, row)
      return row
    },

    remove: (row: Row): void => {
      remove.run(name, row.id)
      change(row.id, row.doc)
      if (indexes.size > 0) reindex(row.id, indexedOf(shown(row)), [])
    },

    /** Rows in the order of `_id`, or of the index; `direction` -1 from the end. To be read to its end or left. */
    scan: (index: string | null, range: Range, direction: 1 | -1): Iterable<Row> => {
      saw(name)
      const way = direction === 1 ? 'ASC' : 'DESC'
      if (index === null) {
        const { sql, values } = bounds('id', range)
        return statement(`SELECT id, doc FROM documents WHERE collection = ?${sql} ORDER BY id ${way}`).iterate(
          name,
          ...values,
        ) as Iterable<unknown> as Iterable<Row>
      }
      const { sql, values } = bounds('k.value', range)
      return statement(
        `SELECT d.id AS id, d.doc AS doc FROM keys k CROSS JOIN documents d ON d.collection = k.collection AND d.id = k.id
         WHERE k.collection = ? AND k.field = ?${sql} ORDER BY k.value ${way}, k.id ${way}`,
      ).iterate(name, index, ...values) as Iterable<unknown> as Iterable<Row>
    },

    count: (range: Range): number => {
      saw(name)
      const { sql, values } = bounds('id', range)
      const row = statement(`SELECT count(*) AS n FROM documents WHERE collection = ?${sql}`).get(name, ...values)
      return Number((row as { n: number }).n)
    },

    /** Keeps the strings of a field findable from now on, those of documents already there included. */
    index: (field: string): void => {
      if (indexes.has(field)) return
      statement('INSERT INTO indexes (collection, field) VALUES (?, ?)').run(name, field)
      for (const row of statement('SELECT id, doc FROM documents WHERE collection = ?').all(name))
        for (const value of keysOf(shown(row as unknown as Row), field))
          addKey.run(name, field, value, row.id as string)
      indexes.add(field)
    },

    clear: (): void => {
      for (const { id, doc } of statement('SELECT id, doc FROM documents WHERE collection = ?').all(name))
        change(id as string, doc as string)
      statement('DELETE FROM documents WHERE collection = ?').run(name)
      statement('DELETE FROM keys WHERE collection = ?').run(name)
    },
  }
}

export type Table = ReturnType<typeof openTable>

interface Indexed {
  field: string
  values: string[]
}

const holds = (indexed: Indexed[], field: string, value: string): boolean =>
  indexed.some((each) => each.field === field && each.values.includes(value))

/** Conditions and values of a range over one column. */
const bounds = (column: string, { from, above, to, below }: Range): { sql: string; values: string[] } => {
  let sql = ''
  const values: string[] = []
  if (from !== null) {
    sql += ` AND ${column} ${above ? '>' : '>='} ?`
    values.push(from)
  }
  if (to !== null) {
    sql += ` AND ${column} ${below ? '<' : '<='} ?`
    values.push(to)
  }
  return { sql, values }
}
