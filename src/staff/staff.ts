import type { CompanyId } from '../companies/index.ts'
import type { Bound } from '../lib/browser-binding.ts'
import { clockTolerance, hour, minute } from '../lib/clock.ts'

export const roles = ['support', 'support-lead', 'privacy', 'developer', 'analyst', 'administrator'] as const
export type Role = (typeof roles)[number]

/** The address in lower case: one person on staff has one membership, at one company. */
export type StaffId = string & { readonly brand?: 'StaffId' }

/** invited: may join, with a code to the address · active · ended: every session is over at once. */
type StaffStatus = 'invited' | 'active' | 'ended'

/** What the secret of an authenticator is bound to. */
export const totpContext = (staff: string): string => `totp:${staff}`

/** Somebody who works for one company; apart from whatever sign-in they have as a customer (T15). */
export interface Staff {
  _id: StaffId
  rev: number
  company: CompanyId
  roles: Role[]
  status: StaffStatus
  /** argon2id; absent until joined. */
  password?: string
  /** The secret of the second factor, sealed. */
  totp?: string
  /** Time step of the last code that was taken: each step counts once (RFC 6238 §5.2). */
  totpStep: number
  /** Rises when access is taken or the password changes: sessions of before are none. */
  epoch: number
  createdAt: number
  invitedBy: StaffId | 'configuration'
}

/** Who acts in a case: staff at the console, with their second factor, or a company's ticket system for one of them. */
export type Agent = Staff & {
  /** The client of the ticket system. */
  through?: string
}

export interface StaffSession extends Bound {
  /** Digest of the cookie's value. */
  _id: string
  staff: StaffId
  epoch: number
  /** False between password and second factor. */
  complete: boolean
  startedAt: number
  lastSeenAt: number
  purgeAt: string
}

/** Of a staff password: whoever helps many is worth more to a thief than one of them. */
export const staffPasswordMinimum = 15

/** Staff sessions end after so long without a request, and at all (issue: 15 minutes, 8 hours). */
const idleAfter = 15 * minute
export const longestSession = 8 * hour
/** Between password and code. */
const secondFactorWithin = 5 * minute

export const isLive = (session: StaffSession, staff: Staff | null, now: number): boolean =>
  staff?.status === 'active' &&
  session.epoch === staff.epoch &&
  now - session.startedAt < (session.complete ? longestSession : secondFactorWithin) &&
  now - session.lastSeenAt < idleAfter &&
  // From before the clock was set back: nobody knows how long ago.
  session.lastSeenAt <= now + clockTolerance
