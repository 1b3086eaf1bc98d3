import { isAppError } from '../lib/errors.ts'
import type { DetailName, Details } from './names.ts'
import { normalizeDetail } from './normal-form.ts'
import { isUnlikely } from './postal-code.ts'

type Form = Readonly<Record<string, string | undefined>>
type Problem = { code: string; values?: Record<string, string | number> }

/**
 * One detail of a page's form as it is to be kept, or what to tell at its field. `country`: whose numbers and codes are
 * meant. An empty one is null, unless it is a name that nobody said they have not (*I have only one name*, U13). A postal
 * code that looks wrong is asked about once: sent again as it stands, with `sure.postalCode`, it is taken.
 */
export const readDetail = (
  form: Form,
  field: DetailName,
  country: string | undefined,
): { value: string | null; problem?: undefined } | { value?: undefined; problem: Problem } => {
  try {
    const value = normalizeDetail(field, form[field] ?? null, { country })
    if (field === 'familyName') return familyName(value, form.onlyOneName === 'on')
    if (field === 'postalCode' && value && isUnlikely(value, country) && form['sure.postalCode'] !== form.postalCode)
      return { problem: { code: 'postal-code-unlikely' } }
    return { value }
  } catch (error) {
    if (!isAppError(error)) throw error
    const { code, values } = error
    return { problem: { code, values } }
  }
}

/** Whether something was said of it, be it that there is none. */
export const isFilledIn = (form: Form, field: DetailName): boolean =>
  Boolean(form[field]?.trim()) || (field === 'familyName' && form.onlyOneName === 'on')

const familyName = (value: string | null, onlyOne: boolean) => {
  if (value !== null) return onlyOne ? { problem: { code: 'one-name-or-two' } } : { value }
  return onlyOne ? { value } : { problem: { code: 'family-name-needed' } }
}

/** What is told at a detail that has to be there: a country is chosen, all else is filled in. */
export const missing = (field: DetailName): Problem => ({ code: field === 'country' ? 'invalid-country' : 'required' })

/**
 * The details of a form in normal form, each of which is needed: what is missing or wrong is told by its field. `country`:
 * theirs, where the form does not ask for it.
 */
export const readDetails = (
  form: Form,
  fields: readonly DetailName[],
  country?: string | null,
): { details: Details; problems: Record<string, Problem> } => {
  const details: Details = {}
  const problems: Record<string, Problem> = {}
  for (const field of fields) {
    const { value, problem } = readDetail(form, field, form.country ?? country ?? undefined)
    if (problem) problems[field] = problem
    else if (value === null && field !== 'familyName') problems[field] = missing(field)
    else details[field] = value
  }
  return { details, problems }
}
