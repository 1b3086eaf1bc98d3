import { isAppError } from '../lib/errors.ts'
import type { DetailName, Details } from './names.ts'
import { normalizeDetail } from './normal-form.ts'

type Problem = { code: string; values?: Record<string, string | number> }

/** The details of a form in normal form, each of which is needed: what is missing or wrong is told by its field. */
export const readDetails = (
  form: Readonly<Record<string, string | undefined>>,
  fields: readonly DetailName[],
): { details: Details; problems: Record<string, Problem> } => {
  const details: Details = {}
  const problems: Record<string, Problem> = {}
  for (const field of fields)
    try {
      const value = normalizeDetail(field, form[field] ?? null, { country: form.country })
      if (value === null) problems[field] = { code: 'required' }
      else details[field] = value
    } catch (error) {
      if (!isAppError(error)) throw error
      const { code, values } = error
      problems[field] = { code, values }
    }
  return { details, problems }
}
