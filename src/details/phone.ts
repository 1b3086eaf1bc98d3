import { createRequire } from 'node:module'
import type * as PhoneNumbers from 'libphonenumber-js'
import type { CountryCode } from 'libphonenumber-js'
import { composed } from '../lib/composed.ts'

const load = createRequire(import.meta.url)

/** What is known of each country's numbers, read when the first number is. */
const numbers = () => load('libphonenumber-js') as typeof PhoneNumbers

/** Of a number as people write it, with all that stands between its digits. */
const longestWritten = 40

/**
 * A number as it is dialled from anywhere (E.164), of however it was written: other dashes, wide digits, marks of
 * direction around what was pasted, `tel:` (RFC 3966), `00`. A zero in brackets behind a country's code is never dialled
 * (K1). Written as it is dialled at home, it is read by `country` (ISO alpha-2), where that is known (K2). undefined
 * when it is none, or when something of it (an extension) would be lost.
 */
export const dialled = (written: string, country?: string | null): string | undefined => {
  const text = composed(written, { most: longestWritten, form: 'NFKC', field: 'phone' })
    .replace(/[\s\p{Cf}\p{Pd}.\u2212/]/gu, '')
    .replace(/^tel:/i, '')
    .replace(/^\(?00\)?/, '+')
  const read = numbers().default(text, { ...(isKnown(country) && { defaultCountry: country }), extract: false })
  if (!read || read.ext || !(text.startsWith('+') || read.isValid())) return undefined
  return /^\+[1-9]\d{6,14}$/.test(read.number) ? read.number : undefined
}

const isKnown = (country: string | null | undefined): country is CountryCode =>
  numbers().isSupportedCountry(country?.toUpperCase() ?? '')

/** For the upgrade: what a stored number should have been, to be offered to its person; undefined where it is right. */
export const mendedPhone = (stored: string): string | undefined => {
  const right = dialled(stored)
  return right === stored ? undefined : right
}
