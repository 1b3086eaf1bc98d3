import { day, now } from '../lib/clock.ts'

const zones = new Map<string, string>()

/**
 * The time zone (IANA) of a country (ISO 3166-1 alpha-2) where all its clocks show the same, summer and winter; `UTC` of
 * any other, and of none: where in it somebody lives is not known.
 */
export const zoneOf = (country: string | undefined): string => {
  if (!country || !/^[A-Z]{2}$/.test(country)) return 'UTC'
  const known = zones.get(country) ?? oneOf(zonesOf(country)) ?? 'UTC'
  zones.set(country, known)
  return known
}

const zonesOf = (country: string): string[] => {
  const place = new Intl.Locale(`und-${country}`) as Intl.Locale & { getTimeZones?: () => string[] | undefined }
  return place.getTimeZones?.() ?? []
}

const oneOf = ([first, ...others]: string[]): string | undefined =>
  first !== undefined && others.every((other) => clockOf(other) === clockOf(first)) ? first : undefined

/** What a clock there shows against UTC, now and half a year from now. */
const clockOf = (timeZone: string): string => [0, 182 * day].map((later) => offsetIn(timeZone, now() + later)).join()

const offsetIn = (timeZone: string, at: number): string =>
  new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' }).format(at).replace(/^[^ ]* /, '')
