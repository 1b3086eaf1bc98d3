/**
 * A **company** of the group: a data controller of its own (S4-8), with its policy, contacts, release policy, own
 * fields and processes. Declared in `config/`; what this folder stores is only the revision of each release policy,
 * so that a changed policy reaches the copies (model M8). It knows no person and no account.
 */
export type * from './company.ts'
