/**
 * Whether a password is worth keeping (security §3, NIST SP 800-63B §3.1.1.2): long enough, and not to be guessed from
 * common passwords, dictionary words, keyboard rows, dates, or what is known of the person. No rules about kinds of
 * characters. The dictionaries are read, by a thread of their own, when the first password is judged.
 */
import { askingNow } from '../lib/browser-binding.ts'
import { AppError } from '../lib/errors.ts'
import type { Limits } from '../limits/index.ts'
import { createPasswordJudge, type Judging } from './judge-password.ts'
import { isTooLong, longestPassword, passwordForm } from './password.ts'

export interface StrengthDeps {
  /** What everybody here is called by, the group's own companies: no secret of anybody's. */
  names: readonly string[]
  limits: Pick<Limits, 'consume'>
  judging?: Judging | undefined
}

/**
 * Throws AppError `password-short`, `password-long` or `password-weak` (invalid), the last with its `advice` by name.
 * Strangers' are counted per network before they are judged, `too-many-attempts` (limited) (H5).
 * `personal`: what is known of the person, such as addresses, names, birth date.
 */
export type RequireStrong = (password: string, personal: readonly string[]) => Promise<void>

/** Beyond this many characters judging costs the thread time and says nothing new. */
const judged = 64
/** Of what is known of somebody: more would only cost time. */
const mostParts = 100
/** Of five (0–4): withstands an attacker who tries ten thousand million guesses. */
const enough = 3
/** Characters that have nothing to do with the person, at least: their names and dates strung together are no secret. */
const ofOnesOwn = 5

export const createPasswordStrength = ({ names, limits, judging }: StrengthDeps) => {
  const { judge, depth, stop } = createPasswordJudge(judging)

  return {
    /** The rule for passwords of so many characters at least. */
    ofAtLeast:
      (minimum: number): RequireStrong =>
      async (password, personal) => {
        if (isTooLong(password)) throw refusal('password-long', { most: longestPassword })
        const characters = [...passwordForm(password)]
        if (characters.length < minimum) throw refusal('password-short', { minimum })
        const parts = partsOf([...personal, ...names])
        if (withoutParts(password, parts).length < ofOnesOwn) throw refusal('password-weak', { advice: 'userInputs' })
        const asking = askingNow()
        if (asking && !asking.isSignedIn()) await limits.consume('password-judged-network', asking.network())
        const { score, advice } = await judge(characters.slice(0, judged).join(''), parts)
        if (score < enough) throw refusal('password-weak', { advice: advice || 'anotherWord' })
      },

    depth,
    stop,
  }
}

const refusal = (code: string, values: Record<string, string | number>) => new AppError('invalid', code, { values })

/** An address counts as a whole and in its parts; short parts would make everything personal. */
const partsOf = (personal: readonly string[]): string[] =>
  [
    ...new Set(personal.flatMap((text) => [text, ...text.split(/[^\p{L}\p{N}]+/u)]).filter((part) => part.length >= 3)),
  ].slice(0, mostParts)

const withoutParts = (password: string, parts: readonly string[]): string =>
  parts
    .toSorted((a, b) => b.length - a.length)
    .reduce((left, part) => left.replaceAll(part.toLowerCase(), ''), passwordForm(password).toLowerCase())
