/**
 * **Disclosures**, the sharing history (delningshistorik): which basic details went to whom, when, why, under which
 * policy, and what became of it (S4-4, S3-a, G4). A ledger drained from the accounts' logs; nobody edits it.
 * on its way → acknowledged · refused · superseded · cancelled; held, where a company reads at sign-in.
 */
export { createDisclosures, type Disclosures } from './create-disclosures.ts'
export type { Disclosure } from './disclosure.ts'
export { createDisclosuresStore } from './disclosures-store.ts'
