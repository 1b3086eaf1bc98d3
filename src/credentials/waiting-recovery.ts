import { day, hour } from '../lib/clock.ts'

/*
 * A mailbox that nobody has used here for a year may be somebody else's by now: an address is given to the next customer,
 * a domain to the next owner (T10). By a code to it alone nobody gets in at once: it waits, everybody who could have a
 * word in it is told, and any of them stops it (H15). Pure; every door by which an address alone proves asks it here.
 */

/** Without a sign-in by it and without a code that was used, an address is old from then on. */
export const unusedFor = 365 * day
/** How long a recovery by an old address waits. */
export const recoveryWaits = 72 * hour
/** How long after that another code completes it. */
export const recoveryStaysOpen = 7 * day

/** When an address was last known to be its holder's; milliseconds since 1970, as are all times here. */
export interface AddressUse {
  provenAt: number
  /** By a password that was right, or a code that led somewhere. */
  usedAt?: number | undefined
}

/** On whoever it would let in: a person, or an account. */
export interface WaitingRecovery {
  address: string
  op: string
  since: number
  until: number
  /** Somebody stopped it, or signed in with the password: it comes to nothing. */
  stoppedAt?: number
}

/** free: at once · waits: begun, and to be asked for again from `until` on · to-begin: not asked for, or come to nothing. */
export type RecoveryStatus = { is: 'free' } | { is: 'waits'; until: number } | { is: 'to-begin' }

export const lastUseOf = ({ provenAt, usedAt = 0 }: AddressUse): number => Math.max(provenAt, usedAt)

export const isLongUnused = (use: AddressUse, at: number): boolean => at - lastUseOf(use) > unusedFor

export const begunRecovery = (address: string, op: string, at: number): WaitingRecovery => ({
  address,
  op,
  since: at,
  until: at + recoveryWaits,
})

export const closesAt = ({ until }: Pick<WaitingRecovery, 'until'>): number => until + recoveryStaysOpen

/** It can still let somebody in, and can still be stopped. */
export const isOpenRecovery = (recovery: WaitingRecovery | undefined, at: number): recovery is WaitingRecovery =>
  recovery !== undefined && recovery.stoppedAt === undefined && at < closesAt(recovery)

/** As it is from now on: nobody gets in by it. */
export const stoppedRecovery = (recovery: WaitingRecovery, at: number): WaitingRecovery => ({
  stoppedAt: at,
  ...recovery,
})

/**
 * What the right code to an address opens. Where one was begun by this address, that one counts, however lately somebody
 * signed in by it: once it was stopped, or came to nothing, it is asked for and waits again. `codeAt`: when the code came
 * back; one from before the time was over has proven nothing about now.
 */
export const recoveryStatus = (
  { address, use, recovery }: { address: string; use: AddressUse; recovery: WaitingRecovery | undefined },
  { codeAt, at }: { codeAt: number; at: number },
): RecoveryStatus => {
  if (recovery?.address !== address) return isLongUnused(use, at) ? { is: 'to-begin' } : { is: 'free' }
  if (!isOpenRecovery(recovery, at)) return { is: 'to-begin' }
  return codeAt < recovery.until ? { is: 'waits', until: recovery.until } : { is: 'free' }
}
