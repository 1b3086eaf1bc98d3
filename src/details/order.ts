import type { Language } from '../i18n/index.ts'
import { type DetailName, detailNames } from './names.ts'

/** Where it is not the order of `detailNames`: a form asks as whoever fills it in writes (K3). */
const orders: Partial<Record<Language, readonly DetailName[]>> = {
  ja: ['familyName', 'givenName', 'birthDate', 'postalCode', 'region', 'city', 'street', 'country', 'email', 'phone'],
}

/** In the order in which people who read this language write them. */
export const detailsInOrder = <T extends DetailName>(names: readonly T[], language: Language): T[] => {
  const order = orders[language] ?? detailNames
  return [...names].sort((one, other) => order.indexOf(one) - order.indexOf(other))
}
