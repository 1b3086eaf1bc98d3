/**
 * **Support** of a company helps the people who hold an account there (S4-5, S4-9), in a case, at three levels: case
 * open → caller proven → person approved; and cannot be used as a way in (threats T14–T18). Staff belong to one company
 * and have a sign-in of their own. Every look and act is recorded first: in that company's audit, and where the person
 * reads it. It changes what its company may change, by the very use cases that others use.
 */
export { type Act, type ActOnAccount, acts, createActOnAccount } from './act-on-account.ts'
export { type AnswerApproval, createAnswerApproval } from './answer-approval.ts'
export { type Approval, type ApprovalStore, createApprovalStore } from './approval-store.ts'
export { type Asker, askers, type Case, type CaseState, seesDetails, stateOf } from './case.ts'
export { type CaseStore, createCaseStore } from './case-store.ts'
export { type CorrectDetails, createCorrectDetails } from './correct-details.ts'
export { createSupport, type Support, type SupportDeps } from './create-support.ts'
export { type CaseDeps, nameOf, principalOf } from './enter-case.ts'
export { type Alarm, createLookStore, type LookStore } from './look-store.ts'
export { createManageStaff, type ManageStaff } from './manage-staff.ts'
export { createOpenCase, type OpenCase } from './open-case.ts'
export { createProveCaller, type ProveCaller } from './prove-caller.ts'
export { type Action, actions, may, type Role, roleFor, roles } from './roles.ts'
export { createSeeCase, type SeeCase, type SeenCase } from './see-case.ts'
export { isLive, type Staff, type StaffId, type StaffSession, staffPasswordMinimum } from './staff.ts'
export { createStaffSignIn, type StaffSignIn, totpContext, totpOf } from './staff-sign-in.ts'
export { createStaffStore, type StaffStore } from './staff-store.ts'
export { agentsPerAccount, createWatch, peoplePerHour, type Watch } from './watch.ts'
