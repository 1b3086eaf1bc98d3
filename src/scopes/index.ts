/**
 * A **scope** is what a client may ask for. This folder has the catalogue of them, the one gate that every request and
 * every grant passes (client ⊆ service ⊆ the company's release policy), the one function that cuts an account's details
 * to what a client is told (S4-4, S3-c), and the consents that people gave. It ends no token and sends nothing.
 */
export { detailsForScopes, oidcClaimsOf, openidScopes, scopesCarrying } from './catalogue.ts'
export { type ClaimsRequest, claimsFor } from './claims-for.ts'
export { type Consent, type Consents, createConsents } from './consent-store.ts'
export { evaluateScopes, scopesOf } from './evaluate-scopes.ts'
export { scopeIssues } from './scope-issues.ts'
