import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Language } from './language.ts'

interface CountryOption {
  /** ISO 3166-1 alpha-2. */
  value: string
  label: string
}

/** The world's countries by the name each language has for them, sorted as that language sorts. */
export const createCountries = () => {
  const require = createRequire(import.meta.url)
  const load = (language: Language) => {
    const file = require.resolve(`i18n-iso-countries/langs/${language}.json`)
    const { countries } = JSON.parse(readFileSync(file, 'utf8')) as { countries: Record<string, string | string[]> }
    return new Map(Object.entries(countries).map(([code, name]) => [code, typeof name === 'string' ? name : name[0]!]))
  }
  const names = { en: load('en'), sv: load('sv'), ja: load('ja') }
  const options = (language: Language): CountryOption[] => {
    const order = new Intl.Collator(language)
    return [...names[language]]
      .map(([value, label]) => ({ value, label }))
      .sort((a, b) => order.compare(a.label, b.label))
  }
  const sorted = { en: options('en'), sv: options('sv'), ja: options('ja') }
  return {
    name: (language: Language, code: string): string => names[language].get(code) ?? code,
    options: (language: Language): readonly CountryOption[] => sorted[language],
  }
}

export type Countries = ReturnType<typeof createCountries>
