/**
 * An **account** is one company's record of a person (S4-8): its own stable subject, its copy of the details it may
 * receive, its own data. Linked to a person, or separate with a sign-in of its own at that company only.
 * open → closing → closed; void: a reservation that came to nothing. The account's document decides its link, its copy
 * and what was told to whom (model M1, M5); `epoch` fences everything made under an earlier link (M2).
 * It has never heard of how links are made, nor of who carries details to it.
 */
export * from './account.ts'
export {
  type AccountMutation,
  type AccountsStore,
  addressDigest,
  createAccountsStore,
  type Decision,
  foundBy,
  foundByLeft,
} from './accounts-store.ts'
export { boundAccountLog } from './bound-log.ts'
export { createOwnAddressChanges, type OwnAddressChanges } from './change-own-address.ts'
export { type CloseAccount, createCloseAccount } from './close.ts'
export { type Closures, closed, createClosures } from './close-account.ts'
export { assertWritable, companyWrites, guardedDetails } from './company-write.ts'
export type { ConfirmAddress } from './confirm-address.ts'
export { createAccounts } from './create-accounts.ts'
export { closureHeldAt } from './held.ts'
export type { AccountFence } from './journaled-accounts.ts'
export { createOwnAddresses } from './own-addresses.ts'
export { mayHaveWayIn } from './own-credentials.ts'
export { type OwnChange, type OwnDetails, undoableOwnFields } from './own-details.ts'
export { createOwnSignIns, type OwnSignIns } from './own-sign-in.ts'
export { createProveSignIn, type Proven, type ProveSignIn, principalKey, provenOf } from './prove-sign-in.ts'
export type { Recoverable, Recovery } from './recover.ts'
export {
  beginSending,
  finishSending,
  heldUntil,
  isBehind,
  type LinkStatus,
  type SendOutcome,
  sendingFor,
  sendingUntil,
  sendsOpenUntil,
  sendTimeout,
  statusOf,
} from './sending-rules.ts'
export type { SetPassword } from './set-password.ts'
export { bringInStep, copyChanges } from './sync-rules.ts'
