/**
 * A **link** joins one company's account to the person's unified sign-in (S4-1, S4-2): reserve → commit on the account →
 * end (model M3). Only the person makes and undoes it; no company can end another company's account through it (S4-10).
 * Owns the `links` index; the account's document decides. Has never heard of who carries details to linked accounts.
 */

export { shownIn } from './agreement.ts'
export { type AllowApplication, createAllowApplication } from './allow-application.ts'
export type { AlreadyThere } from './already-there.ts'
export { createLinks, type Links } from './create-links.ts'
export { findOvershared } from './find-overshared.ts'
export { findSecondAccounts } from './find-second-accounts.ts'
export { findUnnamedConsents } from './find-unnamed-consents.ts'
export { createLinkExisting, type LinkExisting } from './link-existing.ts'
export { createLinkIndex, type LinkIndex } from './link-index.ts'
export { createLinkProofs, type ProvenSides } from './link-proofs.ts'
export { type KeptDetails, leave, notYetAgreed, notYetAsked, takenOver } from './link-rules.ts'
export { createMakeUnified, type MakeUnified } from './make-unified.ts'
export { neededDetails } from './needed-details.ts'
export { createProveByCode, type ProveByCode } from './prove-by-code.ts'
export { createTakeBackAddress, type TakeBackAddress } from './take-back-address.ts'
export { createTakeBackLink, type TakeBackLink } from './take-back-link.ts'
export { createUndoConsents } from './undo-consents.ts'
export { createUndoOpening, type UndoOpening } from './undo-opening.ts'
export { createUnifiedOffer, type UnifiedOffer } from './unified-offer.ts'
export { createUnlink, type Unlink } from './unlink.ts'
