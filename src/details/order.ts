import { type Language, writesLargestFirst } from '../i18n/index.ts'
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
  const order = writesLargestFirst(language) ? largestFirst : detailNames
  return [...names].sort((one, other) => order.indexOf(one) - order.indexOf(other))
}
