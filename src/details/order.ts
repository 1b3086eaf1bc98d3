import { formatList, type Language, writesLargestFirst } from '../i18n/index.ts'
import { type DetailName, detailNames } from './names.ts'

const largestFirst: readonly DetailName[] = [
  'familyName',
  'givenName',
  'birthDate',
  'postalCode',
  'region',
  'city',
  'street',
  'country',
  'email',
  'phone',
]

/** In the order in which people who read this language write them (K3). */
export const detailsInOrder = <T extends DetailName>(names: readonly T[], language: Language): T[] => {
  const order: readonly DetailName[] = writesLargestFirst(language) ? largestFirst : detailNames
  return (order as readonly T[]).filter((name) => names.includes(name))
}

/** Which details, as a sentence names them, in that order; `word` gives the words of a key in that language. */
export const nameDetails = (names: readonly DetailName[], language: Language, word: (key: string) => string): string =>
  formatList(
    language,
    detailsInOrder(names, language).map((name) => word(`named.${name}`)),
  )
