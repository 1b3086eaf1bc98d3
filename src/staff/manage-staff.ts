import type { Audit } from '../audit/index.ts'
import type { CompanyId } from '../companies/index.ts'
import { normalizeEmail } from '../details/index.ts'
import { AppError } from '../lib/errors.ts'
import type { BruteForceProtection, Limits } from '../limits/index.ts'
import { conflict, retryOnConflict } from '../storage/index.ts'
import type { InvitationStore } from './invitation-store.ts'
import { may } from './roles.ts'
import type { Role, Staff, StaffId } from './staff.ts'
import { codeRules, guardedAs } from './staff-sign-in.ts'
import type { StaffStore } from './staff-store.ts'

export interface ManageStaffDeps {
  limits: Pick<Limits, 'isReached' | 'reset'>
  bruteForceProtection: Pick<BruteForceProtection, 'lockedFor' | 'unlock'>
  staff: StaffStore
  invitations: InvitationStore
  audit: Pick<Audit, 'append'>
}

/** Somebody as their company's administrators see them. */
export type Listed = Pick<Staff, '_id' | 'company' | 'roles' | 'status'> & { isLocked: boolean }

/** Of this company's staff, or as good as: invited before invitations had rows of their own. */
const isAtWork = (member: Staff | null, company: CompanyId): member is Staff =>
  member?.company === company && member.status !== 'ended'

/**
 * Who belongs to a company's staff: the first administrators by configuration, everybody else by them. Nobody gives
 * themselves anything, and a company is never left without an administrator.
 */
export const createManageStaff = ({ staff, invitations, audit, limits, bruteForceProtection }: ManageStaffDeps) => {
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
      for (const address of administrators) {
        const id = normalizeEmail(address)
        const [known, invitation] = await Promise.all([staff.get(id), invitations.get(company, id)])
        if (known?.company === company || invitation) continue
        const roles: Role[] = ['administrator']
        await invitations.give({ staff: id, company, roles, status: 'invited', invitedBy: 'configuration' })
      }
    },

    /** Who is and was at work here, and who is invited: the same of an invited address whoever else it works for (H21). */
    ofCompany: async (administrator: Staff): Promise<Listed[]> => {
      const { company } = administrator
      if (!may(administrator, 'staff', company)) throw new AppError('forbidden', 'staff-not-yours')
      const [members, invited] = await Promise.all([staff.ofCompany(company), invitations.ofCompany(company)])
      const notes = invited.map(({ staff: _id, roles, status }) => ({ _id, company, roles, status }))
      const listed = new Map<StaffId, Omit<Listed, 'isLocked'>>()
      for (const each of [...members.filter((member) => !isAtWork(member, company)), ...notes])
        listed.set(each._id, each)
      const locked = new Map<StaffId, boolean>()
      for (const member of members.filter((member) => isAtWork(member, company))) {
        listed.set(member._id, member)
        if (member.status === 'active') locked.set(member._id, await isLocked(member))
      }
      return [...listed.values()]
        .sort((a, b) => (a._id < b._id ? -1 : 1))
        .map(({ _id, roles, status }) => ({ _id, company, roles, status, isLocked: locked.get(_id) ?? false }))
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

    /**
     * Gives these roles and no others; none takes all access, at once. Who is not at work here is invited, whatever their
     * address is to another company: nobody is told (H21). What it came to.
     */
    setRoles: async (administrator: Staff, email: string, given: Role[]): Promise<'saved' | 'invited' | 'ended'> => {
      const id = normalizeEmail(email)
      const { company } = administrator
      if (!may(administrator, 'staff', company)) throw new AppError('forbidden', 'staff-not-yours')
      if (id === administrator._id) throw new AppError('conflict', 'staff-not-oneself')
      const [known, invitation] = await Promise.all([staff.get(id), invitations.get(company, id)])
      if (known?.company !== company && !invitation && given.length === 0)
        throw new AppError('conflict', 'staff-not-found', { values: { field: 'email' } })
      await recorded(administrator, 'roles-given', `${id}: ${given.join(', ') || 'none'}`)
      // First what they might join by, then what they have: whoever joins at this moment meets the one or the other.
      if (given.length === 0) await invitations.end(company, id)
      return retryOnConflict(async () => {
        const member = await staff.get(id)
        if (!isAtWork(member, company)) {
          const invited = { staff: id, company, roles: given, status: 'invited' as const, invitedBy: administrator._id }
          if (given.length === 0) return 'ended'
          await invitations.give(invited)
          return 'invited'
        }
        const status = given.length === 0 ? 'ended' : member.status
        const written = await staff.commit(member, { roles: given, status, epoch: member.epoch + 1 })
        if (!written) return conflict
        // Two administrators who dismiss each other at the same moment: neither is gone, or the company had none.
        const still = await staff.get(administrator._id)
        if (still && may(still, 'staff', still.company)) return given.length === 0 ? 'ended' : 'saved'
        if (member.roles.includes('administrator'))
          await staff.commit(written, { roles: member.roles, status: member.status, epoch: written.epoch + 1 })
        throw new AppError('forbidden', 'staff-not-yours')
      })
    },
  }
}
