/**
 * A **service** is an app or site that a company offers to people: not a layer of this program. Each has one or more
 * OAuth clients; first-party clients of one company share the account's subject, a partner application is a sector
 * of its own. Declared in `config/`, beside its company; the **group** is all of it under its keys.
 */

export { endpointFault, isLoopback, redirectFault } from './address-rules.ts'
export { type Demonstration, demonstrationServices, loadDemonstration } from './demonstration.ts'
export {
  accountScopes,
  assembleGroup,
  type CompanyDeclaration,
  type Group,
  type GroupClient,
  portalClientId,
  scimResource,
} from './group.ts'
export type { ReadDeclaration } from './read-declaration.ts'
export { readGroup } from './read-group.ts'
export type * from './service.ts'
