import type { CompanyId } from '../companies/index.ts'
import { type Agent, type Role, roles, type Staff } from './staff.ts'

/**
 * case: open one, search, read what it shows · prove: have the caller proven · correct: change basic details · act: the
 * actions on an account · evidence: note what somebody showed · second: agree to what another agent noted · mark: hold an
 * account or device for misused by what the company itself saw, without any caller · requests: read what was handed on ·
 * audit, alarms: read them · statistics: read the counts that point at nobody · staff: give and take roles, unlock.
 */
export const actions = [
  'case',
  'prove',
  'correct',
  'act',
  'evidence',
  'second',
  'mark',
  'requests',
  'audit',
  'alarms',
  'statistics',
  'staff',
] as const
export type Action = (typeof actions)[number]

const allowed: Record<Role, readonly Action[]> = {
  support: ['case', 'prove', 'correct', 'act', 'evidence', 'second'],
  'support-lead': ['case', 'prove', 'correct', 'act', 'evidence', 'second', 'mark', 'audit', 'alarms'],
  privacy: ['case', 'prove', 'evidence', 'requests', 'audit'],
  developer: [],
  analyst: ['statistics'],
  administrator: ['staff', 'audit', 'alarms'],
}

/**
 * What a ticket system does for an agent. Whoever holds its secret can name any of them: so nothing that rests on
 * somebody's own eyes (evidence, a second agent's agreement, misuse that a lead saw), and nothing about staff (T15).
 */
const throughTicketSystem: readonly Action[] = ['case', 'prove', 'correct', 'act']

/** Who may do what (threats T14, T15): staff of a company, for that company alone, while they have the role. */
export const may = (
  staff: Pick<Agent, 'company' | 'roles' | 'status' | 'through'>,
  action: Action,
  company: CompanyId,
): boolean =>
  staff.status === 'active' &&
  staff.company === company &&
  staff.roles.some((role) => allowed[role].includes(action)) &&
  (staff.through === undefined || throughTicketSystem.includes(action))

/** The role under which an act is recorded: the first of theirs that allows it. */
export const roleFor = (staff: Pick<Staff, 'roles'>, action: Action): Role | undefined =>
  roles.find((role) => staff.roles.includes(role) && allowed[role].includes(action))
