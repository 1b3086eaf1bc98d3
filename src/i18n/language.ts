import Negotiator from 'negotiator'
import { registry } from './registry.ts'

export type Language = keyof typeof registry
export const languages = Object.keys(registry) as [Language, ...Language[]]

export const nameOfLanguage = (language: Language): string => registry[language].name
export const inEnglish = (language: Language): string => registry[language].english
export const localeOf = (language: Language): string => registry[language].locale

/** Where most of its readers live (ISO alpha-2). */
export const countryOf = (language: Language): string => new Intl.Locale(localeOf(language)).region ?? ''

/** Whether its readers write names and addresses from the largest part down. */
export const writesLargestFirst = (language: Language): boolean => registry[language].largestFirst

/** What is made for each of them. */
export const forEachLanguage = <T>(make: (language: Language) => T): Record<Language, T> =>
  Object.fromEntries(languages.map((language) => [language, make(language)])) as Record<Language, T>

export const isLanguage = (tag: unknown): tag is Language => languages.includes(tag as Language)

const latin: Partial<Record<Language, boolean>> = {}

/** Whether it is written in Latin letters, which the product's own type has. */
export const isLatin = (language: Language): boolean => {
  latin[language] ??= new Intl.Locale(language).maximize().script === 'Latn'
  return latin[language]
}

const lists: Partial<Record<Language, Intl.ListFormat>> = {}

const listIn = (language: Language): Intl.ListFormat => {
  lists[language] ??= new Intl.ListFormat(localeOf(language), { type: 'conjunction' })
  return lists[language]
}

/** Several things in one sentence, as the language joins them. */
export const formatList = (language: Language, items: readonly string[]): string => listIn(language).format(items)

const commas: Partial<Record<Language, string | undefined>> = {}

/** The parts of one thing, such as the lines of an address: with the language's own comma, and no *and*. */
export const formatParts = (language: Language, parts: readonly string[]): string => {
  commas[language] ??= listIn(language).formatToParts(['1', '2', '3'])[1]?.value
  return parts.join(commas[language])
}

const numbers: Partial<Record<Language, Intl.NumberFormat>> = {}

/** How many, with its thousands apart. */
export const formatNumber = (language: Language, count: number): string => {
  numbers[language] ??= new Intl.NumberFormat(localeOf(language))
  return numbers[language].format(count)
}

/** The first of ours in a list of BCP 47 tags as `ui_locales` carries them (OIDC Core 3.1.2.1), best first. */
export const languageOfTags = (tags: string): Language | undefined =>
  tags
    .slice(0, 200)
    .split(/[\s,]+/)
    .map((tag) => tag.toLowerCase().split('-')[0])
    .find(isLanguage)

export const languageOfHeader = (acceptLanguage: string | undefined): Language | undefined => {
  if (!acceptLanguage) return undefined
  const wanted = new Negotiator({ headers: { 'accept-language': acceptLanguage.slice(0, 500) } }).languages()
  return wanted.map((tag) => tag.toLowerCase().split('-')[0]).find(isLanguage)
}
