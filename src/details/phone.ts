import { composed } from '../lib/composed.ts'

/** Of a number as people write it, with all that stands between its digits. */
const longestWritten = 40

/** Of these countries no number goes on with a zero after the code: where one stands, it is the one dialled at home. */
const homeZero =
  /^\+(27|31|32|33|40|41|43|44|46|49|60|61|62|63|64|66|81|82|84|86|90|91|92|94|95|98|212|213|233|234|254|255|256|353|358|359|380|381|382|385|386|387|389|421|886|962|966|971|972)0+/

/** Italy's, the Vatican's and San Marino's zero is part of the number, wherever it is dialled from. */
const zeroStays = /^\+(39|378)/

/**
 * A number as it is dialled from anywhere (E.164), of however it was written: other dashes, wide digits, marks of
 * direction around what was pasted, `tel:` (RFC 3966), `00`. A zero in brackets behind a country's code is never dialled
 * (K1). undefined when it is none.
 */
export const dialled = (written: string): string | undefined => {
  const text = composed(written, { most: longestWritten, form: 'NFKC', field: 'phone' })
    .replace(/[\s\p{Cf}\p{Pd}.\u2212/]/gu, '')
    .replace(/^tel:/i, '')
    .replace(/^\(?00\)?/, '+')
  const bare = text.replace(/^(\+\d{1,3})\(0\)/, (_whole, code: string) => (zeroStays.test(code) ? `${code}0` : code))
  const number = bare.replace(/[()]/g, '').replace(homeZero, '+$1')
  return /^\+[1-9]\d{6,14}$/.test(number) ? number : undefined
}

/** For the upgrade: what a stored number should have been, to be offered to its person; undefined where it is right. */
export const mendedPhone = (stored: string): string | undefined => {
  const right = dialled(stored)
  return right === stored ? undefined : right
}
