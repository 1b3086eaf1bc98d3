import isoCountries from 'i18n-iso-countries'
import { forEachLanguage, type Language } from './language.ts'

interface CountryOption {
  /** ISO 3166-1 alpha-2. */
  value: string
  label: string
}

/**
 * The world's countries by the name each language has for them (CLDR, as `Intl` knows it), sorted as that language sorts
 * (U17). Which codes are countries the package says: `Intl` names groups of them as well.
 */
export const createCountries = () => {
  const codes = Object.keys(isoCountries.getAlpha2Codes())
  const namesIn = (language: Language) => {
    const names = new Intl.DisplayNames([language], { type: 'region' })
    return new Map(codes.map((code) => [code, names.of(code) ?? code]))
  }
  const names = forEachLanguage(namesIn)
  const options = (language: Language): CountryOption[] => {
    const order = new Intl.Collator(language)
    return [...names[language]]
      .map(([value, label]) => ({ value, label }))
      .sort((a, b) => order.compare(a.label, b.label))
  }
  const sorted = forEachLanguage(options)
  return {
    name: (language: Language, code: string): string => names[language].get(code) ?? code,
    options: (language: Language): readonly CountryOption[] => sorted[language],
  }
}

export type Countries = ReturnType<typeof createCountries>
