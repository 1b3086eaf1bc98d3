import { randomInt } from 'node:crypto'
import type { AccountId } from '../accounts/index.ts'
import type { CompanyId } from '../companies/index.ts'
import type { DetailName } from '../details/index.ts'
import { hour, minute } from '../lib/clock.ts'
import type { Role, StaffId } from '../staff/index.ts'
import type { Proof, Requester } from './requester.ts'

/** What is seen in a case, in order; each is reached on its own and for this case alone. */
export type CaseState = 'case open' | 'caller proven' | 'person approved' | 'closed'

interface GuardedChange {
  id: string
  field: DetailName
  value: string
  /** What the first agent saw, in their words; without it, it is for the person to approve and for no second agent. */
  evidence?: string
  by: StaffId
  at: number
}

/** What somebody showed who is not the person, as one agent noted it; another has to have seen it as well. */
export interface ShownPapers {
  evidence: string
  by: StaffId
  at: number
}

/** One request for help, at one company, about at most one account. */
export interface Case {
  _id: string
  rev: number
  company: CompanyId
  /** The number in the company's own system, when there is one. */
  reference: string
  reason: string
  askedBy: Requester
  agent: StaffId
  role: Role
  openedAt: number
  /** What it is found by again: `company|name`. */
  find: string[]
  closedAt?: number
  /** Found in this case, by what the caller said exactly. */
  account?: AccountId
  /** Whose it was when it was found: they may object, whatever became of the link since. */
  principal?: string
  /** The handle of the code that was sent to the caller, sealed to this case by being nowhere else. */
  proofHandle?: string
  papers?: ShownPapers
  proven?: { at: number; how: Proof; epoch: number }
  services?: { askedAt: number; approvedAt?: number; epoch: number }
  guarded?: GuardedChange
  /** When its person last objected: once to what was done until then (H16). */
  objectedAt?: number
  /** Looks that are on record: `details|agent`, each agent and level once for the account in hand. */
  looked?: string[]
}

/** A case left open ends by itself; what was proven in it ends earlier. */
export const caseLifetime = 8 * hour
const provenFor = 60 * minute

/** When what was proven in it counts no more; undefined when nothing was. */
export const provenUntil = ({ proven }: Pick<Case, 'proven'>): number | undefined => proven && proven.at + provenFor

/**
 * The state now. What was proven or approved counts for the link it was given under (epoch): after an unlink or a new
 * link it is nothing.
 */
export const stateOf = (
  { closedAt, openedAt, proven, services }: Case,
  account: { epoch: number } | undefined,
  standingApproval: boolean,
  now: number,
): CaseState => {
  if (closedAt !== undefined || now - openedAt >= caseLifetime) return 'closed'
  const isProven = proven !== undefined && proven.epoch === account?.epoch && now < (provenUntil({ proven }) ?? 0)
  if (!isProven) return 'case open'
  const approved = services?.approvedAt !== undefined && services.epoch === account?.epoch
  return approved || standingApproval ? 'person approved' : 'caller proven'
}

export const caseKey = (company: CompanyId, name: string): string => `${company}|${name.toLowerCase()}`

/** By which a case is found whatever number its company gave it. */
export const codeOf = ({ _id }: Pick<Case, '_id'>): string => _id.split(':').at(-1) ?? _id

const letters = 'BCDFGHJKLMNPQRSTVWXZ'

/** A case's code as it is said on the phone: letters alone, so that it is never taken for the code that proves. */
export const newCaseCode = (): string =>
  Array.from({ length: 3 }, () => Array.from({ length: 3 }, () => letters[randomInt(letters.length)]).join('')).join(
    '-',
  )

export const seesDetails = (state: CaseState): boolean => state === 'caller proven' || state === 'person approved'
