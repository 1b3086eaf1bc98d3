import { z } from 'zod'
import { guardedDetails } from '../accounts/index.ts'
import { type DetailName, type Details, detailNames } from '../details/index.ts'
import { fields } from '../http/index.ts'
import { AppError } from '../lib/errors.ts'
import { plainText } from '../lib/plain-text.ts'
import { acts, caseOfAddress, requesters } from '../support/index.ts'

/** Of what staff write in their own words. */
export const longestText = 500

/** Staff's own words, on one line. */
export const plain = (most: number, rule: (text: string) => void = () => {}) =>
  fields.normal(most, (written) => {
    const text = plainText(written, most)
    if ([...text].length > most) throw new AppError('invalid', 'too-long', { values: { most } })
    rule(text)
    return text
  })

const evidence = plain(longestText, (text) => {
  if (text.length < 8) throw new AppError('invalid', 'case-needs-evidence')
})

const details = { ...fields.details(), ...fields.details('shown.') }

/** The forms of the console's cases. */
export const caseParams = z.object({ id: fields.segment(200).transform(caseOfAddress) })
export const caseForms = {
  nothing: fields.form({}),
  opening: fields.form({ reference: plain(60), reason: plain(longestText), askedBy: fields.oneOf(requesters) }),
  find: fields.form({ query: plain(300) }),
  email: fields.form({ email: fields.text(254) }),
  code: fields.form({ code: fields.text(40) }),
  evidence: fields.form({ evidence }),
  details: fields.form(details),
  guarded: fields.form({ ...details, evidence }),
  act: fields.form({ act: z.enum(acts), newAddress: fields.maybe(254), device: fields.maybe(200) }),
}

type DetailFields = z.output<typeof caseForms.details>

export const detailsIn = (form: DetailFields, prefix: '' | 'shown.'): Details =>
  Object.fromEntries(
    detailNames.flatMap((field: DetailName) => {
      const value = form[`${prefix}${field}`]
      return value === undefined ? [] : [[field, value === '' ? null : value]]
    }),
  )

/** The one guarded detail that the form asks for, with what was seen. */
export const guardedIn = (
  form: z.output<typeof caseForms.guarded>,
): { field: DetailName; value: string; evidence: string } => {
  const [field, another] = guardedDetails.filter((each) => (form[each] ?? '') !== (form[`shown.${each}`] ?? ''))
  if (!field) throw new AppError('conflict', 'nothing-to-propose', { values: { field: 'birthDate' } })
  if (another) throw new AppError('conflict', 'one-guarded-at-a-time', { values: { field: another } })
  return { field, value: form[field] ?? '', evidence: form.evidence }
}
