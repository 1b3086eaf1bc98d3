/**
 * A **service** is an app or site that a company offers to people: not a layer of this program. Each has one or more
 * OAuth clients; first-party clients of one company share the account's subject, a partner application is a sector
 * of its own. Declared in `config/`.
 */
export type * from './service.ts'
