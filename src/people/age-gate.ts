import { now } from '../lib/clock.ts'
import { isAppError } from '../lib/errors.ts'
import type { Limits } from '../limits/index.ts'
import { isUnderAge } from './age.ts'

interface AgeGateDeps {
  limits: Pick<Limits, 'consume' | 'reachedUntil'>
}

/**
 * Nobody too young for a company gets an account there, whatever page asks (S11). Of a date under the limit nothing is
 * kept but that this browser has tried; it tries no other date for a day. `least`: whole years.
 */
export const createAgeGate = ({ limits }: AgeGateDeps) => {
  /** Until when this browser tries no other date, in milliseconds since 1970 (U14); undefined: it tried none. */
  const triedUntil = (browser: string): Promise<number | undefined> => limits.reachedUntil('under-age-browser', browser)

  /** By a date that is known already. */
  const isTooYoung = (birthDate: string | null | undefined, least: number): boolean =>
    typeof birthDate === 'string' && isUnderAge(birthDate, least, now())

  return {
    triedUntil,
    isTooYoung,

    /** By the date that was entered, or by one before it. */
    refuses: async (browser: string, birthDate: string | null | undefined, least: number): Promise<boolean> => {
      if ((await triedUntil(browser)) !== undefined) return true
      if (!isTooYoung(birthDate, least)) return false
      await limits.consume('under-age-browser', browser).catch(ignoreLimit)
      return true
    },
  }
}

export type AgeGate = ReturnType<typeof createAgeGate>

const ignoreLimit = (error: unknown): void => {
  if (!isAppError(error, 'too-many-attempts')) throw error
}
