/**
 * A **company** of the group: a data controller of its own (S4-8), with its policy, contacts, release policy, own
 * fields and processes. Declared in `config/`; what this folder stores is only the revision of each release policy,
 * so that a changed policy reaches the copies (model M8). It knows no person and no account.
 */
export { askAt } from './ask-at.ts'
export type * from './company.ts'
export { companyIssues, controllerIssues, transferIssues } from './company-rules.ts'
export { companyShape, country, id, localized, operatorShape, transfer } from './company-schema.ts'
export { inLanguage, nameIn } from './in-language.ts'
export { isOfKind, messageKinds, messageTopics } from './message-kinds.ts'
export { policiesNewestFirst, policyInForce } from './policy-in-force.ts'
export { createPolicyRevisions } from './policy-revision-store.ts'
export { mayRefuse, purposesOf, receivedFor } from './purposes.ts'
export { readCustomAttributes } from './read-custom-attributes.ts'
export { assertNoCompanyRemoved } from './removed-companies.ts'
export { securityText } from './security-contact.ts'
export { showController } from './show-controller.ts'
export { type ShownField, showCustomAttributes } from './show-custom-attributes.ts'
export { isOutside, type Mechanism, representativeFor, transferFor } from './territory.ts'
