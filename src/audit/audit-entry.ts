/** What one member of staff did, as it stands in its company's chain. */
export interface AuditEntry {
  /** `company:seq`. */
  _id: string
  company: string
  seq: number
  /** Milliseconds since 1970. */
  at: number
  agent: string
  /** The ticket system that acted for the agent. */
  through?: string
  role: string
  action: string
  case?: string
  account?: string
  fields?: string[]
  reason?: string
  outcome?: string
  prev: string
  hash: string
  /** `agent|…`, `case|…`, `account|…`: what a search goes by; derived, and compared at verification. */
  find: string[]
}

export type NewAuditEntry = Omit<AuditEntry, '_id' | 'seq' | 'at' | 'prev' | 'hash' | 'find'>
