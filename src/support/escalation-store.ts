import type { AccountId } from '../accounts/index.ts'
import type { CompanyId } from '../companies/index.ts'
import { now } from '../lib/clock.ts'
import { padded, randomId } from '../lib/ids.ts'
import type { StaffId } from '../staff/index.ts'
import { type Connection, insertOnce, prefix, storeOf, storeSchema } from '../storage/index.ts'

/** A request that support handed to its company's request desk: what it says is in the case it came from. */
export interface Escalation {
  /** `company:time:random`. */
  _id: string
  case: string
  account: AccountId
  by: StaffId
  at: number
}

export const createEscalationStore = (connection: Connection) => {
  const model = storeOf<Escalation>(
    connection,
    storeSchema<Escalation>({ _id: String, case: String, account: String, by: String, at: Number }),
    'handedOn',
  )
  return {
    add: async (company: CompanyId, handed: Omit<Escalation, '_id' | 'at'>): Promise<void> => {
      const at = now()
      const _id = `${company}:${padded(at)}:${randomId(6)}`
      await insertOnce(model, { _id, ...handed, at })
    },

    /** Newest first. */
    newest: async (company: CompanyId, limit: number): Promise<Escalation[]> =>
      model.find(prefix(`${company}:`), { sort: { _id: -1 }, limit }),
  }
}

export type EscalationStore = ReturnType<typeof createEscalationStore>
