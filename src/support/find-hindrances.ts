import type { Account, Principal } from '../accounts/index.ts'
import type { OneTimeCodes } from '../credentials/index.ts'
import { now } from '../lib/clock.ts'
import { isAppError } from '../lib/errors.ts'
import type { BruteForceProtection } from '../limits/index.ts'
import type { Bounces } from '../mail/index.ts'
import { type Hindrance, hindrancesOf } from './hindrances.ts'
import type { SeenDevice } from './mark-device.ts'
import type { ResendCode } from './resend-code.ts'

export interface FindHindrancesDeps {
  bruteForceProtection: Pick<BruteForceProtection, 'wrongOf'>
  codes: Pick<OneTimeCodes, 'assertLeft'>
  resendCode: Pick<ResendCode, 'newestFor'>
  bounces: Pick<Bounces, 'since'>
  /** When strangers failed at somebody so often that they were written to, newest first. */
  failedSignInsOf: (holder: Principal['id']) => Promise<number[]>
}

/** What was tried and was wrong, as a line of what happened. `count` is of all since `at`. */
export interface WrongAttempt {
  what: 'passwords' | 'codes' | 'warned'
  count?: number
  at: number
}

/** Reads what may keep somebody from signing in, and what was tried in vain. */
export const createFindHindrances =
  ({ bruteForceProtection, codes, resendCode, bounces, failedSignInsOf }: FindHindrancesDeps) =>
  async (
    account: Account,
    holder: Principal,
    { devices, lockedFor, isProven }: { devices: readonly SeenDevice[]; lockedFor: number; isProven: boolean },
  ): Promise<{ hindrances: Hindrance[]; attempts: WrongAttempt[] }> => {
    const { address } = holder
    const { passwords, codes: wrongCodes } = await bruteForceProtection.wrongOf(address)
    const hindrances = hindrancesOf({
      account,
      holder,
      devices,
      lockedFor,
      isLockedToday: passwords.isTooMany,
      areCodesLocked: wrongCodes.isTooMany,
      areLettersSpent: address !== '' && (await areLettersSpent(codes, address)),
      cameBackSince: await bounces.since(holder.addresses),
      waiting: await resendCode.newestFor(account),
      isProven,
      at: now(),
    })
    const warned = await failedSignInsOf(holder.id)
    return {
      hindrances,
      attempts: [
        ...(passwords.count > 0 ? [{ what: 'passwords' as const, count: passwords.count, at: passwords.since }] : []),
        ...(wrongCodes.count > 0 ? [{ what: 'codes' as const, count: wrongCodes.count, at: wrongCodes.since }] : []),
        ...warned.map((at) => ({ what: 'warned' as const, at })),
      ],
    }
  }

export type FindHindrances = ReturnType<typeof createFindHindrances>

const areLettersSpent = async (codes: FindHindrancesDeps['codes'], address: string): Promise<boolean> => {
  try {
    await codes.assertLeft({ kind: 'recovery', address })
    return false
  } catch (error) {
    if (isAppError(error, 'too-many-attempts')) return true
    throw error
  }
}
