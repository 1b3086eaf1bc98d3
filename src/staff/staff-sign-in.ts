import { Secret, TOTP } from 'otpauth'
import type { Audit } from '../audit/index.ts'
import { digitsIn } from '../credentials/index.ts'
import { soughtEmail } from '../details/index.ts'
import { boundHere, isBoundHere } from '../lib/browser-binding.ts'
import { now, second } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { digest, randomId } from '../lib/ids.ts'
import type { Log } from '../lib/log.ts'
import type { SecretBox } from '../lib/secret-box.ts'
import type { BruteForceProtection, Limits } from '../limits/index.ts'
import { isLive, type Staff, type StaffSession, totpContext } from './staff.ts'
import type { StaffStore } from './staff-store.ts'

export interface StaffSignInDeps {
  staff: StaffStore
  passwords: { verify: (stored: string | undefined, password: string) => Promise<{ ok: boolean }> }
  box: SecretBox
  limits: Pick<Limits, 'judged'>
  bruteForceProtection: Pick<BruteForceProtection, 'attempt' | 'trust'>
  audit: Pick<Audit, 'append'>
  log: Log
}

/** Where an attempt comes from; `device` is what `browserToken` gave that browser. */
interface Caller {
  network: string
  device?: string
}

/** Counted apart from what the same address tries as a customer. */
export const guardedAs = (staff: string): string => `staff ${staff}`
const trusted = ({ _id, epoch }: Staff) => ({ key: guardedAs(_id), epoch })
export const codeRules = ['staff-code', 'staff-code-day'] as const

const period = 30

/** The authenticator of RFC 6238 as every app has it: SHA-1, six digits, 30 seconds. */
export const totpOf = (secret: string, label: string): TOTP =>
  new TOTP({
    issuer: 'Unified sign-in',
    label,
    secret: Secret.fromBase32(secret),
    algorithm: 'SHA1',
    digits: 6,
    period,
  })

/** The time step that a typed code belongs to: now, or the one just before or after; undefined: it is none of them. */
export const stepOf = (totp: TOTP, typed: string, at: number): number | undefined => {
  const token = digitsIn(typed)
  if (token === undefined) return undefined
  const delta = totp.validate({ token, timestamp: at, window: 1 })
  return delta === null ? undefined : Math.floor(at / second / period) + delta
}

/**
 * The staff's own sign-in (T15): password, then a code from an authenticator, each time step once; never the sign-in
 * they have as a customer. Unknown addresses cost and answer the same as wrong passwords.
 */
export const createStaffSignIn = ({
  staff,
  passwords,
  box,
  limits,
  bruteForceProtection,
  audit,
  log,
}: StaffSignInDeps) => {
  const record = ({ _id, company, roles }: Staff, action: string) =>
    audit.append({ company, agent: _id, role: roles[0] ?? 'none', action })

  /** Half or whole, it counts in the browser that it was begun in (H2). */
  const find = async (token: string | undefined): Promise<{ session: StaffSession; member: Staff } | undefined> => {
    const session = token ? await staff.session(digest(token)) : null
    const member = session && (await staff.get(session.staff))
    return session && member && isBoundHere(session) && isLive(session, member, now()) ? { session, member } : undefined
  }

  const stepNow = ({ _id, totp }: Staff, code: string): number | undefined =>
    totp ? stepOf(totpOf(box.open(totp, totpContext(_id)), _id), code, now()) : undefined

  const begin = async (member: Staff, complete: boolean): Promise<string> => {
    const token = randomId(32)
    const at = now()
    const session = {
      _id: digest(token),
      staff: member._id,
      epoch: member.epoch,
      complete,
      ...boundHere(),
      startedAt: at,
      lastSeenAt: at,
    }
    await staff.beginSession(session)
    return token
  }

  return {
    /**
     * The token of a half session that only the code can complete; undefined when address or password is wrong.
     * Guesses from elsewhere keep no agent out of the browser they use.
     */
    password: async (email: string, password: string, from: Caller): Promise<string | undefined> => {
      const id = soughtEmail(email)
      const known = await staff.get(id)
      const who = { ...from, address: guardedAs(id), holders: known ? [trusted(known)] : [] }
      const member = await bruteForceProtection.attempt(who, async () => {
        const active = known?.status === 'active' ? known : null
        const { ok } = await passwords.verify(active?.password, password)
        if (ok && active) return active
        // Not waited for: the answer takes as long for an address that nobody has (T19).
        if (known)
          void record(known, 'sign-in-failed').catch((error) =>
            log.error({ error }, 'a failed sign-in is not on record'),
          )
        return undefined
      })
      return member && begin(member, false)
    },

    /**
     * What the browser of somebody who signed in whole is known again by, beside whoever else it is known for, until
     * their access or their password changes (H6).
     */
    browserToken: (member: Staff, device?: string): string =>
      bruteForceProtection.trust(guardedAs(member._id), trusted(member), device),

    /** A new token for the whole session; undefined when the code is wrong or was used before. */
    code: async (token: string | undefined, code: string): Promise<string | undefined> => {
      const found = await find(token)
      if (!found || found.session.complete) throw new AppError('unauthenticated', 'staff-sign-in-again')
      const { session, member } = found
      const rules = codeRules.map((rule) => [rule, member._id] as const)
      const { found: step } = await limits.judged(rules, async () => {
        const right = stepNow(member, code)
        return right !== undefined && (await staff.takeStep(member._id, right)) ? right : undefined
      })
      if (step === undefined) {
        await record(member, 'sign-in-failed')
        return undefined
      }
      await record(member, 'signed-in')
      await staff.endSession(session._id)
      return begin(member, true)
    },

    /** Whose session this is, live and complete, as their membership stands this moment. */
    session: async (token: string | undefined): Promise<Staff | undefined> => {
      const found = await find(token)
      if (!found?.session.complete) return undefined
      await staff.seen(found.session)
      return found.member
    },

    /** True between password and code. */
    awaitsCode: async (token: string | undefined): Promise<boolean> => (await find(token))?.session.complete === false,

    signOut: async (token: string | undefined): Promise<void> => {
      if (token) await staff.endSession(digest(token))
    },
  }
}
