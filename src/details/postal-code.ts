// That one file: the whole library is loaded at each start for the rest.
import postalCodes from 'validator/lib/isPostalCode.js'

/** As written, together, and with what people leave out: between its groups, or its country's letters before it. */
const spellings = (code: string, country: string): string[] => {
  const together = code.replace(/[\s-]/g, '')
  const bare = together.startsWith(country) ? together.slice(country.length) : together
  const grouped = [2, 3, 4, 5].flatMap((at) =>
    [' ', '-'].map((between) => `${bare.slice(0, at)}${between}${bare.slice(at)}`),
  )
  return [code, together, bare, ...grouped, country + bare, `${country}-${bare}`]
}

/** Liechtenstein's are four digits of Switzerland's; of its own the library forgets Planken, 9498. */
const asWrittenIn: Record<string, string> = { LI: 'CH' }

/**
 * Whether a postal code looks like none of its country (ISO alpha-2): worth asking whoever types it, never a reason to
 * refuse it (U13). Of a country whose codes are not known here nothing is said.
 */
export const isUnlikely = (code: string, country: string | null | undefined): boolean => {
  const own = country?.toUpperCase() ?? ''
  const known = postalCodes.locales.find((each) => each === (asWrittenIn[own] ?? own))
  return known !== undefined && !spellings(code.toUpperCase(), own).some((each) => postalCodes.default(each, known))
}
