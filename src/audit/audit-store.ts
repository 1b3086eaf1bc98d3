import { now } from '../lib/clock.ts'
import { padded } from '../lib/ids.ts'
import { omitUndefined } from '../lib/omit-undefined.ts'
import {
  byId,
  type Connection,
  conflict,
  indexedEach,
  insertOnce,
  optionalTexts,
  prefix,
  retryOnConflict,
  storeOf,
  storeSchema,
  trusted,
} from '../storage/index.ts'
import type { AuditEntry, NewAuditEntry } from './audit-entry.ts'
import { chainStart, hashOf, searchedBy } from './chain.ts'

/** How far a company's chain reached; stands apart from it, so that a tail cut off is missed (security §8). */
interface AuditHead {
  _id: string
  seq: number
  hash: string
}

const atOnce = 500

export const createAuditStore = (connection: Connection) => {
  const model = storeOf<AuditEntry>(
    connection,
    storeSchema<AuditEntry>({
      _id: String,
      company: String,
      seq: Number,
      at: Number,
      agent: String,
      through: String,
      role: String,
      action: String,
      case: String,
      account: String,
      fields: optionalTexts,
      reason: String,
      outcome: String,
      prev: String,
      hash: String,
      find: indexedEach,
    }),
    'audit',
  )

  const heads = storeOf<AuditHead>(
    connection,
    storeSchema<AuditHead>({ _id: String, seq: Number, hash: String }),
    'auditHeads',
  )

  const headOf = async (company: string): Promise<AuditHead | null> => byId(heads, company)

  /** What the next entry follows; a chain whose end was cut off is not quietly taken up from the cut. */
  const tail = async (company: string): Promise<{ seq: number; hash: string } | undefined> => {
    const [last] = await model.find(prefix(`${company}:`), { sort: { _id: -1 }, limit: 1 })
    const head = await headOf(company)
    return head && head.seq > (last?.seq ?? 0) ? head : last
  }

  const moveHead = async ({ company, seq, hash }: AuditEntry): Promise<void> => {
    const moved = await heads.updateOne({ _id: company, seq: trusted({ $lt: seq }) }, { $set: { seq, hash } })
    if (moved.matchedCount === 0) await insertOnce(heads, { _id: company, seq, hash })
  }

  const entriesOf = async function* (company: string): AsyncGenerator<AuditEntry> {
    for (let after: string | undefined; ; ) {
      const page = await model.find(prefix(`${company}:`, { after }), { sort: { _id: 1 }, limit: atOnce })
      yield* page
      const last = page.at(-1)
      if (!last) return
      after = last._id
    }
  }

  return {
    /** Joins an entry to the company's chain; of two writers at once one is first and the other follows it. */
    append: async (entry: NewAuditEntry): Promise<AuditEntry> =>
      retryOnConflict(async () => {
        const last = await tail(entry.company)
        const seq = (last?.seq ?? 0) + 1
        const _id = `${entry.company}:${padded(seq)}`
        const said = omitUndefined({ ...entry, _id, seq, at: now(), prev: last?.hash ?? chainStart })
        const whole: AuditEntry = { ...said, hash: hashOf(said), find: searchedBy(said) }
        if (!(await insertOnce(model, whole))) return conflict
        await moveHead(whole)
        return whole
      }),

    /** A company's own entries about a case, an agent or an account, newest first. */
    search: async (
      company: string,
      by: { kind: 'case' | 'agent' | 'account'; value: string },
      limit: number,
    ): Promise<AuditEntry[]> => {
      const key = by.kind === 'agent' ? `agent|${company}|${by.value}` : `${by.kind}|${by.value}`
      return model.find({ find: key, company }, { sort: { _id: -1 }, limit })
    },

    /** The newest entries of a company. */
    newest: async (company: string, limit: number): Promise<AuditEntry[]> =>
      model.find(prefix(`${company}:`), { sort: { _id: -1 }, limit }),

    /** The whole chain in its order, for export and verification. */
    entriesOf,
    headOf,
  }
}

export type AuditStore = ReturnType<typeof createAuditStore>
