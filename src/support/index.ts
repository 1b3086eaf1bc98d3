/**
 * **Support** of a company helps the people who hold an account there (S4-5, S4-9), in a case, at three levels: case
 * open → caller proven → person approved; and cannot be used as a way in (threats T14–T18). Staff belong to one company
 * and have a sign-in of their own. Every look and act is recorded first: in that company's audit, and where the person
 * reads it. It changes what its company may change, by the very use cases that others use.
 */
export { type Act, acts } from './act-on-account.ts'
export type { AnswerApproval } from './answer-approval.ts'
export type { Approval } from './approval-store.ts'
export { type Asker, askers, isDoneFor, type Proof, provesFor } from './asked-by.ts'
export { createSupport, type Support } from './create-support.ts'
export { nameOf } from './enter-case.ts'
export type { StaffFence } from './journaled-staff.ts'
export type { Alarm } from './look-store.ts'
export type { Joining } from './manage-staff.ts'
export { createMarkStore } from './mark-store.ts'
export { type Action, actions, may, type Role, roleFor, roles } from './roles.ts'
export type { SeenCase } from './see-case.ts'
export { type Agent, type Staff, staffPasswordMinimum } from './staff.ts'
export { totpContext, totpOf } from './staff-sign-in.ts'
export { createStaffStore, type StaffStore } from './staff-store.ts'
export { agentsPerAccount, peoplePerHour } from './watch.ts'
