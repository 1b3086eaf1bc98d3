import { Secret } from 'otpauth'
import type { Audit } from '../audit/index.ts'
import type { CompanyId } from '../companies/index.ts'
import type { Caller, OneTimeCodes, Verification, VerificationStore, WaitingCode } from '../credentials/index.ts'
import { normalizeEmail } from '../details/index.ts'
import type { Language } from '../i18n/index.ts'
import { now } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import type { SecretBox } from '../lib/secret-box.ts'
import type { Invitation, InvitationStore } from './invitation-store.ts'
import { type Staff, type StaffId, totpContext } from './staff.ts'
import { stepOf, totpOf } from './staff-sign-in.ts'
import type { StaffStore } from './staff-store.ts'

export interface JoinStaffDeps {
  staff: StaffStore
  invitations: InvitationStore
  audit: Pick<Audit, 'append'>
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
  /** Who invited them; of several they choose one, for one address serves one company. */
  companies: CompanyId[]
}

type Open = Pick<Invitation, 'company' | 'roles' | 'invitedBy'> & { invitation?: Pick<Invitation, '_id' | 'rev'> }

const kind = 'staff-join'

/**
 * How an invited address joins: a code to it, a password, an authenticator. That one address serves one company is
 * decided here and told to whoever proved the address; who invited them sees *invited* either way (H21).
 */
export const createJoinStaff = (deps: JoinStaffDeps) => {
  const { staff, invitations, audit, codes, verifications, hashPassword, box } = deps

  /** What this address may join, as things stand. AppError `staff-serves-one` (conflict) when it works elsewhere. */
  const openTo = async (id: StaffId): Promise<Open[]> => {
    const [member, given] = await Promise.all([staff.get(id), invitations.of(id)])
    const works = member?.status === 'active' ? member.company : undefined
    const open: Open[] = given
      .filter(({ status, company }) => status === 'invited' && company !== works)
      .map(({ _id, rev, company, roles, invitedBy }) => ({ company, roles, invitedBy, invitation: { _id, rev } }))
    if (works !== undefined && open.length > 0)
      throw new AppError('conflict', 'staff-serves-one', { values: { field: 'form' } })
    // As invitations were kept before they had rows of their own.
    if (member?.status === 'invited' && !open.some(({ company }) => company === member.company)) open.push(member)
    return open
  }

  const joiningOf = async ({ address, content }: Verification): Promise<Joining> => {
    const totp = box.open(String(content.totp), totpContext(address))
    const companies = (await openTo(address)).map(({ company }) => company)
    return { staff: address, totp, uri: totpOf(totp, address).toString(), companies }
  }

  /** What the company of before knew of them it goes on knowing, wherever they work from now on. */
  const leaveNote = async ({ _id, company, roles, status, invitedBy }: Staff): Promise<void> => {
    if (await invitations.get(company, _id)) return
    const kept = status === 'invited' ? status : 'ended'
    await invitations.give({
      staff: _id,
      company,
      roles: kept === 'invited' ? roles : [],
      status: kept,
      invitedBy,
    })
  }

  /** The row that is to be theirs: their own of before, or one that is new; nothing that they had elsewhere comes along. */
  const rowFor = async (id: StaffId, { company, roles, invitedBy }: Open): Promise<Staff | null> => {
    const before = await staff.get(id)
    if (before && before.company !== company) await leaveNote(before)
    if (!before)
      await staff.insert({
        ...{ _id: id, rev: 1, company, roles, status: 'invited', totpStep: 0, epoch: 1, createdAt: now(), invitedBy },
      })
    return before ?? staff.get(id)
  }

  const changed = () => new AppError('conflict', 'staff-sign-in-again')

  return {
    /** Sends a code to whoever asks; only an address that was invited can do anything with it (T19). */
    beginJoining: async (email: string, language: Language): Promise<string> => {
      const address = normalizeEmail(email)
      const secret = new Secret({ size: 20 }).base32
      return codes.begin({
        kind,
        address,
        content: { totp: box.seal(secret, totpContext(address)) },
        mail: { kind: 'staff-code', language, values: {} },
      })
    },

    /**
     * After the right code: the secret to put into an authenticator; undefined when nobody invited this address. AppError
     * `staff-serves-one` (conflict) when it works for another company.
     */
    proveJoining: async (handle: string, code: string, caller?: Caller): Promise<Joining | undefined> => {
      const verification = await codes.check(handle, kind, code, caller)
      if (verification.state !== 'open' && verification.state !== 'proven') throw new AppError('gone', 'code-expired')
      if ((await openTo(verification.address)).length === 0) return undefined
      await verifications.prove(verification)
      return joiningOf(verification)
    },

    /** What the page about the code says. */
    joiningWaits: (handle: string): Promise<WaitingCode> => codes.waiting(handle, kind),

    sendJoiningAgain: (handle: string, language: Language): Promise<void> => codes.sendAgain(handle, kind, language),

    /** What `proveJoining` answered, for a page that is shown once more. */
    joining: async (handle: string): Promise<Joining> => joiningOf(await codes.proven(handle, kind)),

    /**
     * Password and authenticator together make the membership active, at the company chosen where several invited them.
     * AppError `code-wrong` when the code is not its, `not-chosen` at `company` when none was chosen.
     */
    completeJoining: async (handle: string, password: string, code: string, chosen?: string): Promise<StaffId> => {
      const verification = await codes.proven(handle, kind)
      const { address: id } = verification
      const open = await openTo(id)
      if (open.length === 0) throw new AppError('gone', 'code-expired')
      const joined = open.length === 1 ? open[0] : open.find(({ company }) => company === chosen)
      if (!joined) throw new AppError('invalid', 'not-chosen', { values: { field: 'company' } })
      const totp = String(verification.content.totp)
      const step = stepOf(totpOf(box.open(totp, totpContext(id)), id), code, now())
      if (step === undefined) throw new AppError('invalid', 'code-wrong', { values: { left: 1 } })
      const secret = await hashPassword(password)
      const member = await rowFor(id, joined)
      if (!member || member.status === 'active') throw changed()
      const { company, roles, invitedBy, invitation } = joined
      const set = { company, roles, invitedBy, password: secret, totp, totpStep: step, status: 'active' as const }
      const made = await staff.commit(member, { ...set, epoch: member.epoch + 1 })
      if (!made) throw changed()
      // Taken back, or with other roles, while they joined: what the administrator said last holds.
      if (invitation && !(await invitations.use(invitation))) {
        await staff.commit(made, { roles: [], status: 'ended', epoch: made.epoch + 1 })
        throw changed()
      }
      await verifications.drop(verification._id)
      await audit.append({ company, agent: id, role: roles[0] ?? 'none', action: 'joined' })
      return id
    },
  }
}
