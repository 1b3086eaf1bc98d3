/**
 * The **audit** says what staff did, with whose account, in which case, for which company (S4-9, threats T14). Append
 * only, one chain per company: each entry carries the hash of the one before, so that nothing can be changed, taken
 * out or put in between without the chain showing it. Holds account ids and field names, never values; what staff wrote
 * of somebody is sealed and can be forgotten.
 */
export type { AuditEntry } from './audit-entry.ts'
export { createAuditStore } from './audit-store.ts'
export { chainStart, verifyChain } from './chain.ts'
export { type Audit, createAudit, type ReadEntry } from './create-audit.ts'
export { verifyAudit } from './verify-audit.ts'
