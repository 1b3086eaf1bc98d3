import { minute, second } from '../lib/clock.ts'
import { composed } from '../lib/composed.ts'
import { AppError } from '../lib/errors.ts'

/**
 * open: waits for its code · proven: the code came back, and what it is for is still to be done (a new password) ·
 * completing: what it makes is being made, and always rolled forward · done: spent.
 */
export type VerificationState = 'open' | 'proven' | 'completing' | 'done'

/** The life of one verification. Times in milliseconds since 1970. */
export interface Lifetime {
  state: VerificationState
  /** Until then the code is good; once proven, what it is for may be done. */
  expiresAt: number
  /** However often another code is sent, not beyond. Absent: begun before there was such an end, and void. */
  endsAt?: number
  /** How often another code was sent. */
  renewals?: number
  /** When the right code came: from then on it proves nothing, but to the other click of the same two. */
  spentAt?: number
}

/** Six digits with whatever a mail or a keyboard puts between and around them. */
const longestCode = 40

export const codeLifetime = 15 * minute
export const triesPerCode = 5
const mostRenewals = 3

/** So long two clicks on one button are one act: whoever pressed twice meets what the first press did. */
export const secondClickWithin = 30 * second

/** How long after its beginning another code may still be sent: an address that is to sign in waits for less (T4). */
export const longestOf = (kind: string): number =>
  kind === 'address-change' || kind === 'own-address' ? 30 * minute : 60 * minute

/**
 * What the right code is at this moment. open: proof · again: the second click of one that proved, which is told what
 * the first made · spent: nothing, whoever has it (H1). Every door asks this, by `codes.check`.
 */
export const codeStatus = ({ state, expiresAt, endsAt, spentAt }: Lifetime, at: number): 'open' | 'again' | 'spent' => {
  if (endsAt === undefined) return 'spent'
  if (state === 'open') return at < Math.min(expiresAt, endsAt) ? 'open' : 'spent'
  return spentAt !== undefined && at - spentAt <= secondClickWithin ? 'again' : 'spent'
}

/** Whether what a right code opened may still be done: once, and while it is fresh. */
export const isProvenNow = ({ state, expiresAt }: Pick<Lifetime, 'state' | 'expiresAt'>, at: number): boolean =>
  state === 'proven' && at < expiresAt

/** Whether another code may be sent: also after the one before ran out or was guessed at too often. */
export const isRenewable = ({ state, endsAt = 0, renewals = 0 }: Lifetime, at: number): boolean =>
  state === 'open' && renewals < mostRenewals && at < endsAt

/**
 * Six digits as mails, authenticators and keyboards write them: in two groups, with a space at the end, in the wide
 * digits of a Japanese keyboard (K2). undefined for what no code looks like.
 */
export const digitsIn = (typed: string): string | undefined => {
  const digits = composed(typed, { most: longestCode, form: 'NFKC', field: 'code' }).replace(/[\s-]/g, '')
  return /^\d{6}$/.test(digits) ? digits : undefined
}

/** AppError `code-malformed` (invalid) for what no code looks like: it costs no try and counts nowhere. */
export const readCode = (typed: string): string => {
  const digits = digitsIn(typed)
  if (digits === undefined) throw new AppError('invalid', 'code-malformed')
  return digits
}

/** Until when a code is good that is sent now. */
export const goodUntil = (at: number, endsAt: number): number => Math.min(at + codeLifetime, endsAt)
