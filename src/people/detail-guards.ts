import { day } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { isUnderAge } from './age.ts'

/** How long after a correction of their own birth date nobody can correct it again by themselves. */
export const birthDateRest = 30 * day

/**
 * What of their own details nobody changes by themselves (S11): a birth date a second time within
 * 30 days, and never from one side of the age limit to the other. The same for a person and for the holder of one
 * separate account. AppError `birth-date-guarded`, `birth-date-age-limit` (conflict), naming the field.
 */
export const assertBirthDateChange = (
  { current, correctedAt }: { current: string | null | undefined; correctedAt: number | undefined },
  wanted: string | null,
  { minimumAge, at }: { minimumAge: number; at: number },
): void => {
  if (current === wanted || current === undefined) return
  const refuse = (code: string) => new AppError('conflict', code, { values: { field: 'birthDate' } })
  if (at - (correctedAt ?? Number.NEGATIVE_INFINITY) < birthDateRest) throw refuse('birth-date-guarded')
  if (wanted === null) throw refuse('birth-date-guarded')
  if (current !== null && isUnderAge(current, minimumAge, at) !== isUnderAge(wanted, minimumAge, at))
    throw refuse('birth-date-age-limit')
}
