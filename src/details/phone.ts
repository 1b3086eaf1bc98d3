import { createRequire } from 'node:module'
import type * as PhoneNumbers from 'libphonenumber-js'
import type { CountryCode } from 'libphonenumber-js'
import { composed } from '../lib/composed.ts'

const load = createRequire(import.meta.url)

/** What is known of each country's numbers, read when the first number is. */
const numbers = () => load('libphonenumber-js') as typeof PhoneNumbers

/** Of a number as people write it, with all that stands between its digits. */
const longestWritten = 40
const isE164 = /^\+[1-9]\d{6,14}$/
/** A mobile in Mexico, as it was dialled from abroad until 2019: the library takes that 1 for a digit of the number. */
const formerMexican = /^\+521(?=[2-9]\d{9}$)/

/**
 * A number as it is dialled from anywhere (E.164), of however it was written: other dashes, wide digits, marks of
 * direction around what was pasted, `tel:` (RFC 3966), `00`. A zero in brackets behind a country's code is never
 * dialled, nor is Mexico's 1 any more (K1). Written as it is dialled at home, it is read by `country` (ISO alpha-2),
 * where that is known (K2). undefined when it is none, or when something of it (an extension) would be lost.
 */
export const dialled = (written: string, country?: string | null): string | undefined => {
  const text = composed(written, { most: longestWritten, form: 'NFKC', field: 'phone' })
    .replace(/[\s\p{Cf}\p{Pd}.\u2212/]/gu, '')
    .replace(/^tel:/i, '')
    .replace(/^\(?00\)?/, '+')
  const read = numbers().default(text, { ...(isKnown(country) && { defaultCountry: country }), extract: false })
  if (!read || read.ext || !(text.startsWith('+') || read.isValid())) return undefined
  const number = read.number.replace(formerMexican, '+52')
  return isE164.test(number) ? number : undefined
}

const isKnown = (country: string | null | undefined): country is CountryCode =>
  numbers().isSupportedCountry(country?.toUpperCase() ?? '')

/** What a number of a country (ISO alpha-2) begins with when it is dialled from elsewhere: `+46`. */
export const callingCode = (country: string | null | undefined): string | undefined =>
  isKnown(country) ? `+${numbers().getCountryCallingCode(country)}` : undefined

let countryCodes: ReadonlySet<string> | undefined

/** A zero stands right behind the country's code: in most countries, one that is never dialled. */
const hasZeroFirst = (number: string): boolean => {
  countryCodes ??= new Set(
    numbers()
      .getCountries()
      .map((country) => numbers().getCountryCallingCode(country)),
  )
  const code = [1, 2, 3].map((length) => number.slice(1, 1 + length)).find((each) => countryCodes?.has(each))
  return code === undefined || number[1 + code.length] === '0'
}

/**
 * For the upgrade: what a stored number should have been, to be offered to its person; undefined where it is right. All
 * that was kept wrong is that zero, that 1, or no number at all; to read a number takes thirty times as long as to look
 * for it.
 */
export const mendedPhone = (stored: string): string | undefined => {
  if (isE164.test(stored) && !hasZeroFirst(stored) && !formerMexican.test(stored)) return undefined
  const right = dialled(stored)
  return right === stored ? undefined : right
}
