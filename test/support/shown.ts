/** What a page says that a recipient gets, read as a person reads it: by the labels of the details. */
import { type ClaimName, type DetailName, detailNames } from '../../src/details/index.ts'
import type { Visit } from './browser.ts'

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

/** The inside of each element with this test id, whatever elements of the same name stand in it. */
const insides = (html: string, testId: string): string[] =>
  [...html.matchAll(new RegExp(`<(\\w+)[^>]*data-testid="${testId}"[^>]*>`, 'g'))].map((opening) => {
    const [whole, tag] = opening
    const from = opening.index + whole.length
    let depth = 1
    for (const each of html.slice(from).matchAll(new RegExp(`<(/?)${tag}\\b`, 'g'))) {
      depth += each[1] ? -1 : 1
      if (depth === 0) return html.slice(from, from + each.index)
    }
    return html.slice(from)
  })

/** By recipient, in the order of the page. */
export const shownDetails = (page: Visit, testId = 'shared-details'): DetailName[][] =>
  insides(page.text, testId).map((inside) => detailNames.filter((name) => inside.includes(labels[name])))

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
