/**
 * **Staff** work for one company each, with a sign-in of their own that is apart from whatever they hold as customers
 * (T15): a password of 15 characters, a second factor, sessions that end by themselves. What their roles let them do is
 * one table here; what they do with it is the support feature's.
 */

export { createInvitationStore } from './invitation-store.ts'
export { createJoinStaff, type Joining, type JoinStaffDeps } from './join-staff.ts'
export { journaledStaff, journalStaff, type StaffFence } from './journaled-staff.ts'
export { createManageStaff, type ManageStaffDeps } from './manage-staff.ts'
export { type Action, actions, may, roleFor } from './roles.ts'
export { type Agent, type Role, roles, type Staff, type StaffId, staffPasswordMinimum, totpContext } from './staff.ts'
export { createStaffSignIn, type StaffSignInDeps, totpOf } from './staff-sign-in.ts'
export { createStaffStore, type StaffStore } from './staff-store.ts'
