import { Secret } from 'otpauth'
import type { Audit } from '../audit/index.ts'
import type { CompanyId } from '../companies/index.ts'
import type { Caller, OneTimeCodes, Verification, VerificationStore, WaitingCode } from '../credentials/index.ts'
import { normalizeEmail } from '../details/index.ts'
import { now } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import type { SecretBox } from '../lib/secret-box.ts'
import type { BruteForceProtection, Limits } from '../limits/index.ts'
import { may } from './roles.ts'
import type { Role, Staff, StaffId } from './staff.ts'
import { codeRules, guardedAs, stepOf, totpContext, totpOf } from './staff-sign-in.ts'
import type { StaffStore } from './staff-store.ts'

export interface ManageStaffDeps {
  limits: Pick<Limits, 'isReached' | 'reset'>
  bruteForceProtection: Pick<BruteForceProtection, 'lockedFor' | 'unlock'>
  staff: StaffStore
  audit: Audit
  codes: OneTimeCodes
  verifications: VerificationStore
  hashPassword: (password: string) => Promise<string>
  box: SecretBox
}

/** Who is joining, and the secret for their authenticator. */
export interface Joining {
  staff: StaffId
  totp: string
  uri: string
}

const kind = 'staff-join'

/**
 * Who belongs to a company's staff: the first administrators by configuration, everybody else by them. Nobody gives
 * themselves anything, and a company is never left without an administrator.
 */
export const createManageStaff = ({
  staff,
  audit,
  codes,
  verifications,
  hashPassword,
  box,
  limits,
  bruteForceProtection,
}: ManageStaffDeps) => {
  const invite = async (
    id: StaffId,
    company: CompanyId,
    roles: Role[],
    invitedBy: Staff['invitedBy'],
  ): Promise<boolean> =>
    staff.insert({
      _id: id,
      rev: 1,
      company,
      roles,
      status: 'invited',
      totpStep: 0,
      epoch: 1,
      createdAt: now(),
      invitedBy,
    })

  /**
   * One of their own, or one whom another company let go: nothing that they had there comes with them. undefined when
   * nobody has this address yet.
   */
  const within = async (administrator: Staff, id: StaffId, given: Role[]): Promise<Staff | undefined> => {
    const member = (await staff.get(id)) ?? undefined
    const isOwn = member?.company === administrator.company
    if (!isOwn && given.length === 0) throw new AppError('conflict', 'staff-not-found', { values: { field: 'email' } })
    if (member && !isOwn && member.status !== 'ended')
      throw new AppError('conflict', 'staff-elsewhere', { values: { field: 'email' } })
    return member
  }

  const joiningOf = ({ address, content }: Verification): Joining => {
    const totp = box.open(String(content.totp), totpContext(address))
    return { staff: address, totp, uri: totpOf(totp, address).toString() }
  }

  const recorded = ({ company, _id: agent }: Staff, action: string, reason: string) =>
    audit.append({ company, agent, role: 'administrator', action, reason })

  /** True while wrong passwords or codes keep them out of every browser that they did not sign in with before. */
  const isLocked = async ({ _id }: Staff): Promise<boolean> => {
    if ((await bruteForceProtection.lockedFor(guardedAs(_id))) > 0) return true
    const reached = await Promise.all(codeRules.map((rule) => limits.isReached(rule, _id)))
    return reached.includes(true)
  }

  return {
    /** The administrators that the configuration names, once each. */
    inviteConfigured: async (company: CompanyId, administrators: readonly string[]): Promise<void> => {
      for (const address of administrators)
        await invite(normalizeEmail(address), company, ['administrator'], 'configuration')
    },

    ofCompany: async (administrator: Staff): Promise<(Staff & { isLocked: boolean })[]> => {
      if (!may(administrator, 'staff', administrator.company)) throw new AppError('forbidden', 'staff-not-yours')
      const members = await staff.ofCompany(administrator.company)
      return Promise.all(members.map(async (member) => ({ ...member, isLocked: await isLocked(member) })))
    },

    /** What strangers guessed counts against a member no more. */
    unlock: async (administrator: Staff, email: string): Promise<void> => {
      const id = normalizeEmail(email)
      if (!may(administrator, 'staff', administrator.company)) throw new AppError('forbidden', 'staff-not-yours')
      const member = await staff.get(id)
      if (member?.company !== administrator.company || member.status !== 'active')
        throw new AppError('conflict', 'staff-not-found', { values: { field: 'email' } })
      await recorded(administrator, 'staff-unlocked', id)
      await bruteForceProtection.unlock(guardedAs(id))
      for (const rule of codeRules) await limits.reset(rule, id)
    },

    /** Gives these roles and no others, inviting who is not on staff yet; none takes all access, at once. */
    setRoles: async (administrator: Staff, email: string, given: Role[]): Promise<void> => {
      const id = normalizeEmail(email)
      if (!may(administrator, 'staff', administrator.company)) throw new AppError('forbidden', 'staff-not-yours')
      if (id === administrator._id) throw new AppError('conflict', 'staff-not-oneself')
      const known = await within(administrator, id, given)
      await recorded(administrator, 'roles-given', `${id}: ${given.join(', ') || 'none'}`)
      if (!known && (await invite(id, administrator.company, given, administrator._id))) return
      for (;;) {
        const member = await within(administrator, id, given)
        if (!member) throw new AppError('conflict', 'staff-not-found', { values: { field: 'email' } })
        const status = given.length === 0 ? 'ended' : member.status === 'ended' ? 'invited' : member.status
        const { company } = administrator
        const written = await staff.commit(member, { company, roles: given, status, epoch: member.epoch + 1 })
        if (!written) continue
        // Two administrators who dismiss each other at the same moment: neither is gone, or the company had none.
        const still = await staff.get(administrator._id)
        if (still && may(still, 'staff', still.company)) return
        if (member.roles.includes('administrator'))
          await staff.commit(written, { roles: member.roles, status: member.status, epoch: written.epoch + 1 })
        throw new AppError('forbidden', 'staff-not-yours')
      }
    },

    /** Sends a code to whoever asks; only an address that was invited can do anything with it (T19). */
    beginJoining: async (email: string, language: 'en' | 'sv' | 'ja'): Promise<string> => {
      const address = normalizeEmail(email)
      const secret = new Secret({ size: 20 }).base32
      return codes.begin({
        kind,
        address,
        content: { totp: box.seal(secret, totpContext(address)) },
        mail: { kind: 'staff-code', language, values: {} },
      })
    },

    /** After the right code: the secret to put into an authenticator; undefined when nobody invited this address. */
    proveJoining: async (handle: string, code: string, caller?: Caller): Promise<Joining | undefined> => {
      const verification = await codes.check(handle, kind, code, caller)
      if (verification.state !== 'open' && verification.state !== 'proven') throw new AppError('gone', 'code-expired')
      const member = await staff.get(verification.address)
      if (member?.status !== 'invited') return undefined
      await verifications.authentication(verification)
      return joiningOf(verification)
    },

    /** What the page about the code says. */
    joiningWaits: (handle: string): Promise<WaitingCode> => codes.waiting(handle, kind),

    sendJoiningAgain: (handle: string, language: 'en' | 'sv' | 'ja'): Promise<void> =>
      codes.sendAgain(handle, kind, language),

    /** What `proveJoining` answered, for a page that is shown once more. */
    joining: async (handle: string): Promise<Joining> => joiningOf(await codes.proven(handle, kind)),

    /** Password and authenticator together make the membership active. AppError `code-wrong` when the code is not its. */
    completeJoining: async (handle: string, password: string, code: string): Promise<StaffId> => {
      const verification = await codes.proven(handle, kind)
      const member = await staff.get(verification.address)
      if (member?.status !== 'invited') throw new AppError('gone', 'code-expired')
      const totp = String(verification.content.totp)
      const step = stepOf(totpOf(box.open(totp, totpContext(member._id)), member._id), code, now())
      if (step === undefined) throw new AppError('invalid', 'code-wrong', { values: { left: 1 } })
      const secret = await hashPassword(password)
      const set = { password: secret, totp, totpStep: step, status: 'active' as const, epoch: member.epoch + 1 }
      if (!(await staff.commit(member, set))) throw new AppError('conflict', 'staff-sign-in-again')
      await verifications.drop(verification._id)
      await audit.append({
        company: member.company,
        agent: member._id,
        role: member.roles[0] ?? 'none',
        action: 'joined',
      })
      return member._id
    },
  }
}
