import { formatList, type Language } from '../i18n/index.ts'
import type { Company, LegalBasis } from './company.ts'
import { inLanguage } from './in-language.ts'

export interface ShownField {
  id: string
  label: string
  reason: string
  basis: LegalBasis
  type: 'text' | 'choice' | 'choices'
  required: boolean
  value: string
  /** As it reads on the page: the labels of what was chosen. */
  shown: string
  chosen: string[]
  options: { value: string; label: string }[]
}

/** A company's own fields of this account, as its person may change them (S1-a). */
export const showCustomAttributes = (
  company: Company,
  ownData: Record<string, string>,
  language: Language,
): ShownField[] =>
  company.ownFields.map(({ id, label, reason, basis, type, required, options = [] }) => {
    const value = ownData[id] ?? ''
    const chosen = type === 'text' ? [] : value.split(',').filter(Boolean)
    const shownOptions = options.map((option) => ({ value: option.value, label: inLanguage(option.label, language) }))
    const labels = shownOptions.filter((option) => chosen.includes(option.value)).map((option) => option.label)
    return {
      id,
      label: inLanguage(label, language),
      reason: inLanguage(reason, language),
      basis,
      type,
      required,
      value,
      shown: type === 'text' ? value : formatList(language, labels),
      chosen,
      options: shownOptions,
    }
  })
