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
  type Decide,
  foundBy,
  foundByLeft,
  type ReadAccounts,
} from './accounts-store.ts'
export { type AddressChanges, createAddressChanges } from './address-changes.ts'
export {
  type AuthenticatedPrincipal,
  type Authentication,
  createAuthentication,
  type LookedUp,
} from './authentication.ts'
export { boundAccountOutbox } from './bounded-outbox.ts'
export { type ChangeDetails, createChangeDetails, type HolderChange } from './change-details.ts'
export { type CloseAccount, createCloseAccount } from './close.ts'
export { type Closures, closed, createClosures } from './close-account.ts'
export { assertShared, assertWritable, companyWrites, guardedDetails } from './company-write.ts'
export type { ConfirmAddress } from './confirm-address.ts'
export { createAccounts } from './create-accounts.ts'
export { findWrongPhones } from './find-wrong-phones.ts'
export { createHolderChoices, type HolderChoices } from './holder-choices.ts'
export type { AccountFence, SharingFence } from './journaled-accounts.ts'
export { isBehind, nextDelivery } from './lifecycle.ts'
export { isNotice, type LifecycleKind, type NoticeKind } from './lifecycle-kind.ts'
export { noticeTo } from './notice-to.ts'
export { createPersonSignIn } from './person-sign-in.ts'
export {
  actorOf,
  asAccount,
  asPerson,
  holderOf,
  holds,
  type Principal,
  type PrincipalId,
  personOf,
  principalIdOf,
  principalKey,
  rawIdOf,
  samePrincipal,
} from './principal.ts'
export {
  type CurrentPrincipal,
  createReadPrincipal,
  principalOfAccount,
  principalOfPerson,
  type ReadHolder,
  type ReadPrincipal,
} from './read-principal.ts'
export type { Recoverable, Recovery } from './recover.ts'
export {
  acquireSendLease,
  heldUntil,
  type LinkStatus,
  releaseSendLease,
  type SendOutcome,
  sendingFor,
  sendingUntil,
  sendLeasesOpenUntil,
  sendTimeout,
  statusOf,
} from './sending-rules.ts'
export { mayHaveWayIn } from './separate-credentials.ts'
export { createSeparateIdentifiers } from './separate-identifiers.ts'
export { createSeparateLogins, type SeparateLogins } from './separate-login.ts'
export { createSeparateSignIn } from './separate-sign-in.ts'
export { createCredentials, type SetPassword } from './set-password.ts'
export { chooseSharing, type Purposes, pauseSharing, releasedTo, resumeSharing } from './sharing-rules.ts'
export type { AssertAskerStill } from './still-signed-in.ts'
export { copyChanges, syncCopy } from './sync-rules.ts'
export { offeredTo, offerOfAddress, offerOfDetails, offerOfRecovery } from './undo-offer.ts'
export { recoveryWaitsUntil, type WaitingRecoveries } from './waiting-recoveries.ts'
