// That one file: the whole library is loaded at each start for the rest.
import postalCodes from 'validator/lib/isPostalCode.js'

/** As written, together, and with what people leave out between its groups. */
const spellings = (code: string): string[] => {
  const together = code.replace(/[\s-]/g, '')
  const grouped = [2, 3, 4, 5].flatMap((at) =>
    [' ', '-'].map((between) => `${together.slice(0, at)}${between}${together.slice(at)}`),
  )
  return [code, together, ...grouped]
}

/**
 * Whether a postal code looks like none of its country (ISO alpha-2): worth asking whoever types it, never a reason to
 * refuse it (U13). Of a country whose codes are not known here nothing is said.
 */
export const isUnlikely = (code: string, country: string | null | undefined): boolean => {
  const known = postalCodes.locales.find((each) => each === country?.toUpperCase())
  return known !== undefined && !spellings(code.toUpperCase()).some((each) => postalCodes.default(each, known))
}
