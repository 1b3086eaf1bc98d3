/** What a page says that a recipient gets, read as a person reads it: by the labels of the details. */
import { type ClaimName, type DetailName, detailNames } from '../../src/details/index.ts'
import type { Visit } from './browser.ts'
import { testIds } from './pages.ts'

export const labels: Record<DetailName, string> = {
  givenName: 'Given name',
  familyName: 'Family name',
  birthDate: 'Birth date',
  street: 'Street address',
  postalCode: 'Postal code',
  city: 'City',
  region: 'Region',
  country: 'Country',
  email: 'Email address',
  phone: 'Phone',
}

/** By recipient, in the order of the page. */
export const shownDetails = (page: Visit, testId = 'shared-details'): DetailName[][] =>
  testIds(page, testId).map((words) => detailNames.filter((name) => words.includes(labels[name])))

const byClaim: Record<string, DetailName[]> = {
  given_name: ['givenName'],
  family_name: ['familyName'],
  birthdate: ['birthDate'],
  email: ['email'],
  phone_number: ['phone'],
}
const byPart: Record<string, DetailName> = {
  street_address: 'street',
  postal_code: 'postalCode',
  locality: 'city',
  region: 'region',
  country: 'country',
}

/** Which details a set of claims tells; one that was withdrawn is named apart, and tells nothing. */
export const toldDetails = (claims: Record<string, unknown>): DetailName[] =>
  Object.entries(claims).flatMap(([claim, value]) => {
    if (value === null || value === undefined) return []
    if (claim === 'address') return Object.keys(value as object).flatMap((part) => byPart[part] ?? [])
    return byClaim[claim as ClaimName] ?? []
  })
