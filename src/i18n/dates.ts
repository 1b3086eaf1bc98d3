import { type Language, localeOf } from './language.ts'
import { zoneOf } from './zones.ts'

const styles = {
  day: { dateStyle: 'long' },
  shortDay: { year: 'numeric', month: 'short', day: 'numeric' },
  month: { year: 'numeric', month: 'long' },
  shortMonth: { year: 'numeric', month: 'short' },
  minute: {
    year: 'numeric',
    month: 'long',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'short',
  },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>

/** A formatter takes some hundred times as long to make as to use; there are as many as languages times countries' zones. */
const mostKept = 64
const kept = new Map<string, Intl.DateTimeFormat>()

const formatter = (language: Language, style: keyof typeof styles, timeZone: string): Intl.DateTimeFormat => {
  const name = `${language} ${style} ${timeZone}`
  const found = kept.get(name)
  if (found) return found
  if (kept.size >= mostKept) kept.clear()
  const made = new Intl.DateTimeFormat(localeOf(language), { ...styles[style], timeZone })
  kept.set(name, made)
  return made
}

/**
 * A day as the language writes it: of an instant, where they live (ISO 3166-1 alpha-2), or of a plain `2001-02-03`; short
 * where there is little room.
 */
export const formatDate = (
  language: Language,
  at: number | string,
  country?: string,
  { short = false } = {},
): string => {
  const timeZone = typeof at === 'number' ? zoneOf(country) : 'UTC'
  return formatter(language, short ? 'shortDay' : 'day', timeZone).format(new Date(at))
}

/** A plain `2026-05`, as somebody would write it; short where there is little room. */
export const formatMonth = (language: Language, month: string, { short = false } = {}): string =>
  formatter(language, short ? 'shortMonth' : 'month', 'UTC').format(new Date(`${month}-01`))

/** An instant to the minute, in the zone of a country where it has one, else in UTC; which one is always said (U19). */
export const formatDateTime = (language: Language, at: number, country?: string): string =>
  inZone(language, at, zoneOf(country))

const inZone = (language: Language, at: number, timeZone: string): string =>
  formatter(language, 'minute', timeZone).format(at)

/** An instant that waits to be written: RFC 9557, e.g. `2025-02-03T23:05:00.000Z[Europe/Stockholm]`. */
export const zonedInstant = (at: number, country: string | undefined): string =>
  `${new Date(at).toISOString()}[${zoneOf(country)}]`

/** One of those, or one in ISO 8601, which is written in UTC. */
export const formatInstant = (language: Language, instant: string): string => {
  const [, at = '', zone = 'UTC'] = /^([^[]+)(?:\[([\w/+-]+)\])?$/.exec(instant) ?? []
  return inZone(language, Date.parse(at), zone)
}
