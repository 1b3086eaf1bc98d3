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
/**
 * What was dialled before a number in Mexico until 2019, at home 01, to a mobile 044 or 045, and from abroad to a mobile 1:
 * the library takes them for digits of the number.
 */
const mexicanAtHome = /^\+520(?:1|4[45])(?=[2-9]\d{9}$)/
const mexicanFromAbroad = /^\+521(?=[2-9]\d{9}$)/

/**
 * A number as it is dialled from anywhere (E.164), of however it was written: other dashes, wide digits, marks of
 * direction around what was pasted, `tel:` (RFC 3966), `00`. A zero behind a country's code is kept where the number is
 * one with it alone (Italy's); what Mexico dialled until 2019 goes (K1). Written as it is dialled at home, it is read by
 * `country` (ISO alpha-2), where that is known (K2); a 1 alone is not Mexico's there, but may be that of its neighbours.
 * undefined when it is none, or when something of it (an extension) would be lost.
 */
export const dialled = (written: string, country?: string | null): string | undefined => {
  const text = composed(written, { most: longestWritten, form: 'NFKC', field: 'phone' })
    .replace(/[\s\p{Cf}\p{Pd}.\u2212/]/gu, '')
    .replace(/^tel:/i, '')
    .replace(/^\(?00\)?/, '+')
  const defaultCountry = known(country)
  const read = numbers().default(text, { ...(defaultCountry && { defaultCountry }), extract: false })
  if (!read || read.ext) return undefined
  const [code, isFromAbroad] = [`+${read.countryCallingCode}`, text.startsWith('+')]
  const whole = read.number.replace(mexicanAtHome, '+52')
  const withoutZero = isFromAbroad ? [whole.replace(`${code}0`, code)] : []
  const found = [whole, ...withoutZero].find((each) => numbers().isValidPhoneNumber(each))
  if (!found && !isFromAbroad) return undefined
  const number = (found ?? whole).replace(mexicanFromAbroad, '+52')
  return isE164.test(number) ? number : undefined
}

const known = (country: string | null | undefined): CountryCode | undefined => {
  const code = country?.trim().toUpperCase() ?? ''
  return numbers().isSupportedCountry(code) ? code : undefined
}

/** What a number of a country (ISO alpha-2) begins with when it is dialled from elsewhere: `+46`. */
export const callingCode = (country: string | null | undefined): string | undefined => {
  const code = known(country)
  return code && `+${numbers().getCountryCallingCode(code)}`
}

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
 * that was kept wrong is a zero first, Mexico's 1, or no number at all; to read a number takes thirty times as long as to
 * look for it.
 */
export const mendedPhone = (stored: string): string | undefined => {
  if (isE164.test(stored) && !hasZeroFirst(stored) && !mexicanFromAbroad.test(stored)) return undefined
  const right = dialled(stored)
  return right === stored ? undefined : right
}
