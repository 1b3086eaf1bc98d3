import { AppError } from '../lib/errors.ts'
import type { DetailName, Details } from './names.ts'

/** Whoever has one keeps one: somebody is called something, a sign-in needs an address, an age once told is not untold. */
export const neverCleared: readonly DetailName[] = ['givenName', 'email', 'birthDate']

/** AppError `name-needed` (invalid), naming the field: a family name may be cleared, a given name never (U13). */
export const assertNamed = (changes: readonly { field: DetailName; value: string | null }[]): void => {
  if (changes.some(({ field, value }) => field === 'givenName' && value === null))
    throw new AppError('invalid', 'name-needed', { values: { field: 'givenName' } })
}

/** Whether it need not be asked: known, or a family name that its owner said they have none of (U13). */
export const isAnswered = (details: Details, field: DetailName): boolean =>
  Boolean(details[field]) || (field === 'familyName' && details[field] === null)
