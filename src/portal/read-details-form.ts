import type { HolderChange } from '../accounts/index.ts'
import { type DetailName, type Details, detailNames, normalizeDetail } from '../details/index.ts'
import { type Filled, type Problems, problemsOf } from '../http/index.ts'

/** Whoever has one keeps one: a sign-in needs an address, and an age once told is not untold. */
const neverCleared: readonly DetailName[] = ['email', 'birthDate']

/**
 * What a person changed in the form: the fields that differ from what it was rendered with (`was.<field>`), each with
 * the version it was rendered from (`base.<field>`): a stale form never takes back what somebody else changed in
 * another field (model M10).
 */
export const readDetailsForm = (form: Filled): { changes: HolderChange[]; problems: Problems } => {
  const changes: HolderChange[] = []
  const problems: Problems = {}
  for (const field of detailNames) {
    const sent = form[field]
    if (sent === undefined || sent.trim() === (form[`was.${field}`] ?? '')) continue
    try {
      const value = normalizeDetail(field, sent, { country: form.country ?? form['was.country'] })
      if (value === null && neverCleared.includes(field)) problems[field] = { code: 'required' }
      else changes.push({ field, value, base: versionOf(form[`base.${field}`]), was: form[`was.${field}`] || null })
    } catch (error) {
      const found = problemsOf(error)
      if (!found) throw error
      Object.assign(problems, found)
    }
  }
  return { changes, problems }
}

const versionOf = (text: string | undefined): number => (/^\d{1,9}$/.test(text ?? '') ? Number(text) : -1)

/** The fields of the form as they stand, in the order of the page. */
export const formFields = (
  details: Details,
  versions: Partial<Record<DetailName, number>>,
  { form = {}, shown = detailNames }: { form?: Filled; shown?: readonly DetailName[] } = {},
): { name: DetailName; value: string; was: string; base: number }[] =>
  shown.map((name) => ({
    name,
    value: form[name] ?? details[name] ?? '',
    was: details[name] ?? '',
    base: versions[name] ?? 0,
  }))
