import type { SecretBox } from '../lib/secret-box.ts'
import type { Connection } from '../storage/index.ts'
import type { AuditEntry, NewAuditEntry } from './audit-entry.ts'
import { createAuditStore } from './audit-store.ts'
import { createSubjectKeys } from './subject-keys-store.ts'

/** An entry as staff read it. */
export type ReadEntry = AuditEntry & {
  /** What was written of somebody who has been erased since. */
  isErased?: true
}

const erased = 'erased'

/** The chain with what is written in it of people sealed, so that they can be forgotten and the chain still holds. */
export const createAudit = ({ connection, box }: { connection: Connection; box: SecretBox }) => {
  const store = createAuditStore(connection)
  const keys = createSubjectKeys(connection, box)
  const subjectOf = ({ account, case: id, company, agent }: NewAuditEntry): string =>
    account ?? id ?? `${company}|${agent}`

  const read = async (entry: AuditEntry): Promise<ReadEntry> => {
    const { reason: sealed, ...rest } = entry
    if (sealed === undefined) return rest
    const reason = await keys.open(subjectOf(entry), sealed)
    return reason === undefined ? { ...rest, isErased: true } : { ...rest, reason }
  }
  const readAll = (entries: readonly AuditEntry[]) => Promise.all(entries.map(read))

  return {
    append: async (entry: NewAuditEntry): Promise<AuditEntry> =>
      store.append({
        ...entry,
        ...(entry.reason !== undefined && { reason: await keys.seal(subjectOf(entry), entry.reason) }),
      }),

    search: async (...asked: Parameters<typeof store.search>): Promise<ReadEntry[]> =>
      readAll(await store.search(...asked)),
    newest: async (...asked: Parameters<typeof store.newest>): Promise<ReadEntry[]> =>
      readAll(await store.newest(...asked)),

    /** As they are stored and hashed, each with what is sealed in it. */
    exported: async function* (company: string): AsyncGenerator<{ entry: AuditEntry; reason?: string }> {
      for await (const entry of store.entriesOf(company)) {
        const { reason } = await read(entry)
        yield { entry, ...(reason !== undefined && { reason }) }
      }
    },
    entriesOf: store.entriesOf,
    /** For what else is written of one subject and is to die with it. */
    keys,
    headOf: store.headOf,

    /** The cases in which staff looked at an account or did something with it. */
    casesOf: async (company: string, account: string): Promise<string[]> => {
      const entries = await store.search(company, { kind: 'account', value: account }, Number.MAX_SAFE_INTEGER)
      return [...new Set(entries.flatMap(({ case: id }) => id ?? []))]
    },

    /** Ends what was written of an account and in its cases, and says so in the chain; once, however often it is asked. */
    forget: async (company: string, account: string, cases: readonly string[]): Promise<void> => {
      const [newest] = await store.search(company, { kind: 'account', value: account }, 1)
      if (!newest) return
      if (newest.action !== erased)
        await store.append({ company, agent: 'system', role: 'system', action: erased, account })
      await keys.destroy([account, ...cases])
    },
  }
}

export type Audit = ReturnType<typeof createAudit>
