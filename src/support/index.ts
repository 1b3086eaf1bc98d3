/**
 * **Support** of a company helps the people who hold an account there (S4-5, S4-9), in a case, at three levels: case
 * open → caller proven → person approved; and cannot be used as a way in (threats T14–T18). Staff belong to one company
 * and have a sign-in of their own. Every look and act is recorded first: in that company's audit, and where the person
 * reads it. It changes what its company may change, by the very use cases that others use.
 */

export type { Alert } from './access-log.ts'
export { agentsPerAccount, peoplePerHour } from './access-monitor.ts'
export { type Act, acts, lacksProof } from './act-on-account.ts'
export type { AnswerApproval } from './answer-approval.ts'
export type { Approval } from './approval-store.ts'
export { addressOfCase, caseOfAddress } from './case-address.ts'
export { createSupport, type Support } from './create-support.ts'
export { nameOf } from './enter-case.ts'
export { createMarkStore } from './mark-store.ts'
export type { RaiseAlert } from './raise-alert.ts'
export { isDoneFor, type Proof, provesFor, requesters } from './requester.ts'
export type { SeenCase } from './see-case.ts'
