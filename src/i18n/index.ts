/**
 * The product's **languages**: which there are, what is said in them (`views/words`), and how dates, lists and countries
 * are written. Knows no request and no page; adding a language is one line of the registry and its words.
 */

export { type Countries, createCountries } from './countries.ts'
export { formatDate, formatDateTime, formatInstant, formatMonth, zonedInstant } from './dates.ts'
export {
  countryOf,
  formatList,
  formatNumber,
  formatParts,
  inEnglish,
  isLanguage,
  isLatin,
  type Language,
  languageOfHeader,
  languageOfTags,
  languages,
  localeOf,
  nameOfLanguage,
  writesLargestFirst,
} from './language.ts'
export {
  checkWords,
  createTranslations,
  MissingWord,
  type Translations,
  WordsError,
  type WordValues,
} from './translations.ts'
