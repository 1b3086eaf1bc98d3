import { domainToASCII } from 'node:url'
import countries from 'i18n-iso-countries'
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

/**
 * A value as it is stored: NFC, trimmed, single spaces; an empty one is null (cleared). Throws AppError
 * `invalid-detail` naming the field, or `deceptive-characters`, `too-long`, `invalid-name`, `invalid-email`, `invalid-phone`,
 * `invalid-country`, `invalid-birth-date`.
 */
export const normalizeDetail = (field: DetailName, value: string | null): string | null => {
  if (value === null) return null
  const text = composed(value, { most: detailLengths[field], field }).trim().replace(/ {2,}/g, ' ')
  if (text === '') return null
  // What is pasted of a number brings marks of direction along; no more than its digits is kept.
  if (field === 'phone') return normalizePhone(text)
  if (deceptive.test(text)) throw refuse('deceptive-characters', field)
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

const refuse = (code: string, field: DetailName) =>
  new AppError('invalid', code, { values: { field, ...(code === 'too-long' && { most: detailLengths[field] }) } })

/** Schemes that programs follow, `www.`, `@`, and a path behind a name with dots; not `S:t`, `J.R.R.` or `a/l`. */
const leading = /:\/\/|\b(https?|ftp|mailto|tel|sms|javascript|data|file|market|intent):|\bwww\.|@|\S\.\S+[/\\]/i

/** A name stands on pages and in letters of others: what leads somewhere is none (H9). */
const normalizeName = (text: string, field: 'givenName' | 'familyName'): string => {
  if (leading.test(composed(text, { most: detailLengths[field], form: 'NFKC' }))) throw refuse('invalid-name', field)
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

/** E.164 (OIDC Core 5.1 recommends it): the country's code with + or 00, then the number. */
const normalizePhone = (text: string): string => {
  const number = dialled(text)
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
  if (!exists || text < '1900-01-01' || at.getTime() > now()) throw refuse('invalid-birth-date', 'birthDate')
  return text
}
