import { type Language, localeOf } from './language.ts'

/** A day as the language writes it: of an instant (in UTC), or of a plain `2001-02-03`. */
export const formatDate = (language: Language, at: number | string): string =>
  new Intl.DateTimeFormat(localeOf(language), { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(at))

/** An instant to the minute. We do not know where people are, so the time says that it is UTC. */
export const formatDateTime = (language: Language, at: number): string => {
  const text = new Intl.DateTimeFormat(localeOf(language), { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' })
  return `${text.format(new Date(at))} UTC`
}
