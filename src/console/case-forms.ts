import { guardedDetails } from '../accounts/index.ts'
import { type DetailName, type Details, detailNames } from '../details/index.ts'
import { AppError } from '../lib/errors.ts'
import { plainText } from '../lib/plain-text.ts'
import { type Requester, requesters } from '../support/index.ts'

/** Of what staff write in their own words. */
export const longestText = 500

export const askerOf = (value: string | undefined): Requester => requesters.find((each) => each === value) ?? 'person'

export const textOf = (value: string | undefined, field: string, most: number): string => {
  const text = plainText(value ?? '', most, field)
  if ([...text].length > most) throw new AppError('invalid', 'too-long', { values: { field, most } })
  return text
}

export const evidenceOf = (form: Record<string, string>): string => {
  const evidence = textOf(form.evidence, 'evidence', longestText)
  if (evidence.length < 8) throw new AppError('invalid', 'case-needs-evidence', { values: { field: 'evidence' } })
  return evidence
}

export const detailsIn = (form: Record<string, string>, prefix: string): Details =>
  Object.fromEntries(
    detailNames.flatMap((field: DetailName) => {
      const value = form[prefix + field]
      return value === undefined ? [] : [[field, value === '' ? null : value]]
    }),
  )

/** The one guarded detail that the form asks for, with what was seen. */
export const guardedIn = (form: Record<string, string>): { field: DetailName; value: string; evidence: string } => {
  const [field, another] = guardedDetails.filter((each) => (form[each] ?? '') !== (form[`shown.${each}`] ?? ''))
  if (!field) throw new AppError('conflict', 'nothing-to-propose', { values: { field: 'birthDate' } })
  if (another) throw new AppError('conflict', 'one-guarded-at-a-time', { values: { field: another } })
  return { field, value: form[field] ?? '', evidence: evidenceOf(form) }
}
