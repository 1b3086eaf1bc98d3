import type { HolderChange } from '../accounts/index.ts'
import { type DetailName, type Details, detailNames, missing, neverCleared, readDetail } from '../details/index.ts'
import type { Problems } from '../http/index.ts'
import type { Form } from './portal-tools.ts'

/**
 * What a person changed in the form: the fields that differ from what it was rendered with (`was.<field>`), each with
 * the version it was rendered from (`base.<field>`): a stale form never takes back what somebody else changed in
 * another field (model M10).
 */
export const readDetailsForm = (form: Form): { changes: HolderChange[]; problems: Problems } => {
  const changes: HolderChange[] = []
  const problems: Problems = {}
  for (const field of detailNames) {
    const sent = form[field]
    if (sent === undefined) continue
    const contradicts = field === 'familyName' && form.onlyOneName === 'on' && sent.trim() !== ''
    if (sent.trim() === (form[`was.${field}`] ?? '') && !contradicts) continue
    const { value, problem } = readDetail(form, field, form.country ?? form['was.country'])
    if (problem) problems[field] = problem
    else if (value === null && neverCleared.includes(field)) problems[field] = missing(field)
    else changes.push({ field, value, base: versionOf(form[`base.${field}`]), was: form[`was.${field}`] || null })
  }
  return { changes, problems }
}

const versionOf = (text: string | undefined): number => (/^\d{1,9}$/.test(text ?? '') ? Number(text) : -1)

/** The fields of the form as they stand, in the order of the page. */
export const formFields = (
  details: Details,
  versions: Partial<Record<DetailName, number>>,
  { form = {}, shown = detailNames }: { form?: Form; shown?: readonly DetailName[] } = {},
): { name: DetailName; value: string; was: string; base: number }[] =>
  shown.map((name) => ({
    name,
    value: form[name] ?? details[name] ?? '',
    was: details[name] ?? '',
    base: versions[name] ?? 0,
  }))
