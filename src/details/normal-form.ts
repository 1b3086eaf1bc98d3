import { domainToASCII } from 'node:url'
import countries from 'i18n-iso-countries/index.js'
import { DateTime } from 'luxon'
import { now } from '../lib/clock.ts'
import { composed, exceeds } from '../lib/composed.ts'
import { AppError, isAppError } from '../lib/errors.ts'
import type { DetailName } from './names.ts'
import { dialled } from './phone.ts'

/** The most characters that each holds. */
export const detailLengths: Record<DetailName, number> = {
  givenName: 100,
  familyName: 100,
  birthDate: 10,
  street: 200,
  postalCode: 20,
  city: 100,
  region: 100,
  country: 2,
  email: 254,
  phone: 40,
}

/** Controls, line breaks, bidirectional overrides and invisible characters: they make one value pass for another. */
const deceptive =
  /[\p{Cc}\p{Cs}\p{Co}\p{Cn}\u{ad}\u{61c}\u{180e}\u{200b}\u{200e}\u{200f}\u{2028}-\u{202e}\u{2060}-\u{206f}\u{feff}]/u

/** What stands beside a value, where it helps to read it. */
interface Beside {
  /** ISO alpha-2: whose national numbers these are. */
  country?: string | null | undefined
}

/**
 * A value as it is stored: NFC, trimmed, single spaces; an empty one is null (cleared). A street may take several lines
 * (RFC 7643 §4.1.2, OIDC Core 5.1.1: K4), kept apart by one line feed. Throws AppError
 * `invalid-detail` naming the field, or `deceptive-characters`, `too-long`, `invalid-name`,
 * `name-without-letters`, `invalid-email`, `invalid-phone`,
 * `invalid-country`, `invalid-birth-date`, `birth-date-slip`.
 */
export const normalizeDetail = (field: DetailName, value: string | null, { country }: Beside = {}): string | null => {
  if (value === null) return null
  const text = spaced(field, composed(value, { most: detailLengths[field], field, form: formOf(field) }))
  if (text === '') return null
  // What is pasted of a number brings marks of direction along; no more than its digits is kept.
  if (field === 'phone') return normalizePhone(text, country)
  if (deceptive.test(field === 'street' ? text.replaceAll('\n', ' ') : text))
    throw refuse('deceptive-characters', field)
  if ([...text].length > detailLengths[field]) throw refuse('too-long', field)
  switch (field) {
    case 'givenName':
    case 'familyName':
      return normalizeName(text, field)
    case 'email':
      return normalizeEmail(text)
    case 'country':
      return normalizeCountry(text)
    case 'birthDate':
      return normalizeBirthDate(text)
    default:
      return text
  }
}

/** Wide digits and dashes of a postal code are the same code (K2); of a name they may be the name. */
const formOf = (field: DetailName) => (field === 'postalCode' ? 'NFKC' : 'NFC')

const spaced = (field: DetailName, text: string): string => {
  if (field === 'street')
    return text
      .split(/\r\n|\r|\n/)
      .map((line) => line.trim().replace(/ {2,}/g, ' '))
      .filter(Boolean)
      .join('\n')
  const one = text.trim().replace(/ {2,}/g, ' ')
  // The Japanese long sound stands where the dash is typed (150ー0001).
  return field === 'postalCode' ? one.replace(/(?<=\d)\s?[\p{Pd}\u2212\u30fc]\s?(?=\d)/gu, '-') : one
}

const refuse = (code: string, field: DetailName) =>
  new AppError('invalid', code, { values: { field, ...(code === 'too-long' && { most: detailLengths[field] }) } })

/** Schemes that programs follow, `www.`, `@`, and a path behind a name with dots; not `S:t`, `J.R.R.` or `a/l`. */
const leading = /:\/\/|\b(https?|ftp|mailto|tel|sms|javascript|data|file|market|intent):|\bwww\.|@|\S\.\S+[/\\]/i

/** A name stands on pages and in letters of others: what leads somewhere is none (H9), nor is a dash alone (U13). */
const normalizeName = (text: string, field: 'givenName' | 'familyName'): string => {
  if (leading.test(composed(text, { most: detailLengths[field], form: 'NFKC' }))) throw refuse('invalid-name', field)
  if (!/\p{L}/u.test(text)) throw refuse('name-without-letters', field)
  return text
}

/**
 * One spelling per mailbox: NFKC, lower case, domain in its ASCII form without a trailing dot (so a homograph domain
 * shows as xn--…). The local part takes ASCII only: nothing that merely looks like another address can be proven.
 */
export const normalizeEmail = (written: string): string => {
  const text = composed(written, { most: detailLengths.email, form: 'NFKC', field: 'email' }).trim()
  // One sign can stand for many (U+FDFA for eighteen): what it came to is measured too, before a domain is made of it.
  if (exceeds(text, detailLengths.email)) throw refuse('too-long', 'email')
  const at = text.lastIndexOf('@')
  const local = text.slice(0, at).toLowerCase()
  const domain = domainToASCII(text.slice(at + 1).replace(/\.$/, '')).toLowerCase()
  const valid =
    at > 0 &&
    local.length <= 64 &&
    /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/.test(local) &&
    domain.length <= 253 &&
    /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])$/.test(domain)
  if (!valid || local.length + domain.length > 253) throw refuse('invalid-email', 'email')
  return `${local}@${domain}`
}

/** An address that somebody is looked for by: a malformed one is looked for like any other, and never found. */
export const soughtEmail = (text: string): string => {
  try {
    return normalizeEmail(text.trim())
  } catch (error) {
    if (!isAppError(error)) throw error
    return 'nobody@invalid'
  }
}

/** E.164 (OIDC Core 5.1 recommends it): the country's code with + or 00, or as it is dialled in `country`. */
const normalizePhone = (text: string, country: string | null | undefined): string => {
  const number = dialled(text, country)
  if (number === undefined) throw refuse('invalid-phone', 'phone')
  return number
}

const normalizeCountry = (text: string): string => {
  const code = text.toUpperCase()
  if (!countries.isValid(code) || code.length !== 2) throw refuse('invalid-country', 'country')
  return code
}

const normalizeBirthDate = (text: string): string => {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) throw refuse('invalid-birth-date', 'birthDate')
  const at = new Date(`${text}T00:00:00Z`)
  const exists = !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text)
  if (!exists) throw refuse('invalid-birth-date', 'birthDate')
  if (isSlip(text, now())) throw refuse('birth-date-slip', 'birthDate')
  return text
}

/** Nobody who writes is younger or older: this year, or a digit too many, was typed (U14). */
const isSlip = (birthDate: string, at: number): boolean => {
  const yearsAgo = (years: number) => DateTime.fromMillis(at, { zone: 'UTC+14' }).minus({ years }).toISODate() ?? ''
  return birthDate > yearsAgo(4) || birthDate < yearsAgo(120)
}
