// Without the names that it has in eighty languages, each a file.
import isoCountries from 'i18n-iso-countries/index.js'
import type { Language } from './language.ts'

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
  const made: Partial<Record<Language, ReturnType<typeof countriesIn>>> = {}
  const of = (language: Language) => {
    made[language] ??= countriesIn(language)
    return made[language]
  }
  return {
    name: (language: Language, code: string): string => of(language).names.get(code) ?? code,
    options: (language: Language): readonly CountryOption[] => of(language).options,
  }
}

const countriesIn = (language: Language) => {
  const inThisLanguage = new Intl.DisplayNames([language], { type: 'region' })
  const codes = Object.keys(isoCountries.getAlpha2Codes())
  const names = new Map(codes.map((code) => [code, inThisLanguage.of(code) ?? code]))
  const order = new Intl.Collator(language)
  const options: CountryOption[] = [...names]
    .map(([value, label]) => ({ value, label }))
    .sort((a, b) => order.compare(a.label, b.label))
  return { names, options }
}

export type Countries = ReturnType<typeof createCountries>
