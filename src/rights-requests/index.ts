/**
 * **Rights requests** (S9, S4-9): what a person asks a controller for by law, from their account pages to the desk of
 * the company that controls the account, and back. One request is split into a part for each company that it names;
 * each part has its own clock, state, words and files, and no company learns of another. What is written and sent is
 * sealed under the part's own key and goes with the case; days, states and who acted stay.
 */
export { askable, missingIn } from './ask.ts'
export { createRightsRequests, type RightsRequests } from './create-rights-requests.ts'
export type { ReadPart } from './read-part.ts'
export { type RequestPart, requestKinds, requestPage } from './request.ts'
export { type RequestFence, requestAfterRestore } from './request-fence.ts'
export type { Intake } from './requests-store.ts'
