import { composed, exceeds } from '../lib/composed.ts'

/** How a television's code is shown (RFC 8628 §6.1). */
export const userCodeMask = '****-****'
const longest = userCodeMask.length + 3

/** What was typed as a code, in the letters it is made of, however a keyboard writes them (K2); empty where it is none. */
export const foldedCode = (typed: unknown): string =>
  typeof typed !== 'string' || exceeds(typed, longest) ? '' : composed(typed, { most: longest, form: 'NFKC' })

/** As it is kept: without what stands between. */
export const userCodeOf = (typed: unknown): string => foldedCode(typed).toUpperCase().replace(/\W/g, '')

/** As the television shows it. */
export const shownCode = (code: string): string => {
  const letters = [...code]
  return userCodeMask.replace(/\*/g, () => letters.shift() ?? '')
}
