import type { CompanyId } from '../companies/index.ts'
import type { Staff } from './staff.ts'

export const roles = ['support', 'support-lead', 'privacy', 'developer', 'analyst', 'administrator'] as const
export type Role = (typeof roles)[number]

/**
 * case: open one, search, read what it shows · prove: have the caller proven · correct: change basic details · act: the
 * actions on an account · second: agree to what another agent noted · mark: hold an account or device for misused by
 * what the company itself saw, without any caller · requests: read what was handed on · audit, alarms: read them ·
 * staff: give and take roles.
 */
export const actions = [
  'case',
  'prove',
  'correct',
  'act',
  'second',
  'mark',
  'requests',
  'audit',
  'alarms',
  'staff',
] as const
export type Action = (typeof actions)[number]

const allowed: Record<Role, readonly Action[]> = {
  support: ['case', 'prove', 'correct', 'act', 'second'],
  'support-lead': ['case', 'prove', 'correct', 'act', 'second', 'mark', 'audit', 'alarms'],
  privacy: ['case', 'prove', 'requests', 'audit'],
  developer: [],
  analyst: [],
  administrator: ['staff', 'audit', 'alarms'],
}

/** Who may do what (threats T14, T15): staff of a company, for that company alone, while they have the role. */
export const may = (staff: Pick<Staff, 'company' | 'roles' | 'status'>, action: Action, company: CompanyId): boolean =>
  staff.status === 'active' && staff.company === company && staff.roles.some((role) => allowed[role].includes(action))

/** The role under which an act is recorded: the first of theirs that allows it. */
export const roleFor = (staff: Pick<Staff, 'roles'>, action: Action): Role | undefined =>
  roles.find((role) => staff.roles.includes(role) && allowed[role].includes(action))
