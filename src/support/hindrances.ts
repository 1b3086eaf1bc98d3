import type { Account, Principal } from '../accounts/index.ts'
import { isOpenRecovery, type Verification } from '../credentials/index.ts'
import type { Act } from './act-on-account.ts'
import type { SeenDevice } from './mark-device.ts'
import { toAnotherAddress } from './resend-code.ts'

/** Why somebody is not signed in, as their company's support may know it, and what cures it. */
export interface Hindrance {
  what:
    | 'closed'
    | 'closing'
    | 'misused'
    | 'device-marked'
    | 'no-way-in'
    | 'locked'
    | 'locked-today'
    | 'codes-locked'
    | 'letters-spent'
    | 'code-waits'
    | 'address-unconfirmed'
    | 'address-moved'
    | 'other-address'
    | 'letters-come-back'
    | 'recovery-waits'
  /** The act beside it; absent where only they themselves, or time, cure it. */
  cure?: Act
  /** What the act is done to, where an account has several. */
  device?: string
  /** When it ends by itself; milliseconds since 1970. */
  until?: number
  /** When it began, where that is known. */
  since?: number
}

export interface HindranceFacts {
  account: Pick<Account, 'status' | 'closing' | 'fraud' | 'link' | 'signIn' | 'copy'>
  holder: Pick<Principal, 'held' | 'recovery' | 'addresses'>
  devices: readonly SeenDevice[]
  /** Minutes for which a stranger's browser is kept out after wrong passwords. */
  lockedFor: number
  isLockedToday: boolean
  areCodesLocked: boolean
  areLettersSpent: boolean
  /** Since when letters to an address that signs in come back. */
  cameBackSince: number | undefined
  /** What they were sent a code for and have not entered it. */
  waiting: Pick<Verification, 'kind'> | undefined
  /** What is about their address, or about a way in that somebody began, is for a caller who has shown who they are (T15). */
  isProven: boolean
  at: number
}

/** The heaviest first. It tells nothing of what they hold at other companies (H10). */
export const hindrancesOf = (facts: HindranceFacts): Hindrance[] => {
  const { status } = facts.account
  if (status === 'closed') return [{ what: 'closed' }]
  return [...ofAccount(facts), ...ofGuesses(facts), ...ofCodes(facts), ...(facts.isProven ? ofAddress(facts) : [])]
}

const ofAccount = ({ account, devices }: HindranceFacts): Hindrance[] => {
  const { status, closing, fraud, link, signIn } = account
  return [
    ...(fraud ? [{ what: 'misused' as const, cure: 'fraud-cleared' as const }] : []),
    ...devices
      .filter(({ isMarked }) => isMarked)
      .map(({ id }) => ({ what: 'device-marked' as const, cure: 'device-cleared' as const, device: id })),
    ...(status === 'closing' ? [{ what: 'closing' as const, ...(closing?.at && { until: closing.at }) }] : []),
    ...(link || signIn ? [] : [{ what: 'no-way-in' as const }]),
  ]
}

const ofGuesses = ({ lockedFor, isLockedToday, areCodesLocked }: HindranceFacts): Hindrance[] => [
  // Whoever guessed all day guesses no more for being asked: a new password is the way (NIST SP 800-63B §3.2.2).
  ...(isLockedToday ? [{ what: 'locked-today' as const, cure: 'recovery-started' as const }] : []),
  ...(lockedFor > 0 && !isLockedToday ? [{ what: 'locked' as const, cure: 'unlocked' as const }] : []),
  ...(areCodesLocked ? [{ what: 'codes-locked' as const }] : []),
]

const ofCodes = ({ waiting, areLettersSpent, isProven }: HindranceFacts): Hindrance[] => {
  if (areLettersSpent) return [{ what: 'letters-spent' }]
  if (!waiting) return []
  return [
    {
      what: isProven && toAnotherAddress.includes(waiting.kind) ? 'address-unconfirmed' : 'code-waits',
      cure: 'code-resent',
    },
  ]
}

const ofAddress = ({ account, holder, cameBackSince, at }: HindranceFacts): Hindrance[] => {
  const { held, recovery, addresses } = holder
  const known = account.copy.email
  return [
    ...(cameBackSince === undefined ? [] : [{ what: 'letters-come-back' as const, since: cameBackSince }]),
    ...(held ? [{ what: 'address-moved' as const, until: held.until }] : []),
    ...(known && addresses.length > 0 && !addresses.includes(known) ? [{ what: 'other-address' as const }] : []),
    ...(isOpenRecovery(recovery, at) ? [{ what: 'recovery-waits' as const, until: recovery.until }] : []),
  ]
}
