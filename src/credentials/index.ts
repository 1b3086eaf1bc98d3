/**
 * **Credentials**: passwords (kept as argon2id, judged for strength), codes to an address and the verifications that
 * they complete, and the rows by which an identifier or a secret is found. Powerless by themselves: whose they are, and
 * whether they count, the person's or the account's own document decides (model M1). What is spent proves nothing (H1);
 * an address that nobody has used for long lets nobody in at once (H15).
 */

export {
  type Credential,
  createSignInStore,
  type Identifier,
  restoredKey,
  type SignInStore,
  separateLoginKey,
  separateLoginPrefix,
  separateLoginSlot,
} from './credential-store.ts'
export type { Judging } from './judge-password.ts'
export { type Caller, createOneTimeCodes, isOver, type OneTimeCodes, type WaitingCode } from './one-time-codes.ts'
export { createPasswords, type Passwords, type PasswordsDeps } from './password.ts'
export { createPasswordStrength, type RequireStrong } from './password-strength.ts'
export { codeLifetime, codeStatus, digitsIn } from './verification.ts'
export { createVerificationStore, type Verification, type VerificationStore } from './verification-store.ts'
export {
  type AddressUse,
  begunRecovery,
  closesAt,
  isLongUnused,
  isOpenRecovery,
  type RecoveryStatus,
  recoveryStatus,
  stoppedRecovery,
  type WaitingRecovery,
} from './waiting-recovery.ts'
