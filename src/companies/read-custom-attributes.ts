import { composed, exceeds } from '../lib/composed.ts'
import type { Company } from './company.ts'

const longestAttribute = 200
/** As in names and addresses: what is invisible makes one value pass for another. */
const invisible = /[\p{Cc}\p{Cs}\p{Co}\p{Cn}\u{200b}\u{200e}\u{200f}\u{2028}-\u{202e}\u{2060}-\u{206f}\u{feff}]/u

/**
 * A company's own fields out of a form (S1-a): `own.<field>` for a text or a choice, `own.<field>.<value>` for each of
 * several choices, kept as one text with commas. Nothing that the company did not declare is read. Problems are by the
 * form's field: `required`, `not-chosen`, `too-long`, `deceptive-characters`, `invalid-value`.
 */
export const readCustomAttributes = (
  { ownFields }: Pick<Company, 'ownFields'>,
  form: Readonly<Record<string, string | undefined>>,
): { values: Record<string, string>; problems: Record<string, { code: string; values?: Record<string, number> }> } => {
  const values: Record<string, string> = {}
  const problems: Record<string, { code: string; values?: Record<string, number> }> = {}
  for (const { id, type, required, options = [] } of ownFields) {
    const name = `own.${id}`
    const known = options.map(({ value }) => value)
    const written = form[name] ?? ''
    if (type !== 'choices' && exceeds(written, longestAttribute)) {
      problems[name] = { code: 'too-long', values: { most: longestAttribute } }
      continue
    }
    const text =
      type === 'choices'
        ? known.filter((value) => form[`${name}.${value}`] !== undefined).join(',')
        : composed(written, { most: longestAttribute }).trim()
    if (text === '') {
      if (required) problems[name] = { code: type === 'text' ? 'required' : 'not-chosen' }
      else values[id] = ''
    } else if ([...text].length > longestAttribute && type === 'text')
      problems[name] = { code: 'too-long', values: { most: longestAttribute } }
    else if (invisible.test(text)) problems[name] = { code: 'deceptive-characters' }
    else if (type === 'choice' && !known.includes(text)) problems[name] = { code: 'invalid-value' }
    else values[id] = text
  }
  return { values, problems }
}
