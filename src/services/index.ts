/**
 * A **service** is an app or site that a company offers to people: not a layer of this program. Each has one or more
 * OAuth clients; first-party clients of one company share the account's subject, a partner application is a sector
 * of its own. Declared in `config/`, beside its company; the **group** is all of it under its keys.
 */

export { endpointIssue, isLoopback, redirectIssue } from './address-rules.ts'
export { clientExemptions, withProfile } from './client-rules.ts'
export type { ReadClient, ReadDeclaration } from './declaration.ts'
export {
  assembleGroup,
  audienceAddresses,
  type CompanyDeclaration,
  type Group,
  type GroupClient,
  portalClientId,
  productScopes,
  scimResource,
} from './group.ts'
export { type GroupChanges, groupChanges, type Named } from './group-changes.ts'
export type * from './service.ts'
export { serviceIssues } from './service-rules.ts'
export { apiSchema, clientSchema, partnerSchema, serviceSchema } from './service-schema.ts'
