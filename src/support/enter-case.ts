import { type Account, type AccountsStore, holderOf, type PrincipalId, principalKey } from '../accounts/index.ts'
import type { SupportAct } from '../activity/index.ts'
import type { Audit } from '../audit/index.ts'
import type { Company, CompanyId } from '../companies/index.ts'
import type { DetailName } from '../details/index.ts'
import { now } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import type { Agent } from '../staff/index.ts'
import { type Action, may, roleFor } from '../staff/index.ts'
import type { ApprovalStore } from './approval-store.ts'
import { type Case, type CaseState, codeOf, stateOf } from './case.ts'
import type { CaseStore } from './case-store.ts'
import { isDoneFor } from './requester.ts'

export interface CaseDeps {
  cases: CaseStore
  approvals: ApprovalStore
  accounts: AccountsStore
  audit: Audit
  company: (id: CompanyId) => Company | undefined
  /** Puts an act where the person reads it. */
  tellPerson: (act: SupportAct) => Promise<void>
}

export interface EnteredCase {
  seen: Case
  staff: Agent
  company: Company
  account?: Account
  state: CaseState
}

export const holderIn = ({ _id, link }: Account): PrincipalId => holderOf(_id, link?.person)

/** As the questions to them and the letters name whoever holds an account. */
export const holderKey = (account: Account): string => principalKey(holderIn(account))

/** How a case is called where people read it: by the company's own number, or by ours. */
export const nameOf = (seen: Case): string => seen.reference || codeOf(seen)

/**
 * Every step in a case begins here: its own company's staff, in a role that allows the act, the case still open. Another
 * company's case is not there (T14). AppError `case-not-found`, `staff-not-yours`, `case-closed`.
 */
export const enterCase = async (deps: CaseDeps, staff: Agent, id: string, action: Action): Promise<EnteredCase> => {
  const seen = await deps.cases.get(id)
  const company = deps.company(staff.company)
  if (!company || seen?.company !== staff.company) throw await refused(deps, staff, 'case-not-found')
  await assertMay(deps, staff, action, seen)
  const found = seen.account ? await deps.accounts.get(seen.account) : null
  const account = found && found.status !== 'void' ? found : undefined
  const standingApproval = account ? await deps.approvals.hasStandingApproval(holderKey(account)) : false
  const state = stateOf(seen, account, standingApproval, now())
  return { seen, staff, company, state, ...(account && { account }) }
}

/** AppError `staff-not-yours`; `console-only` for what the agent may do and a ticket system may not do for them. */
export const assertMay = async (
  deps: Pick<CaseDeps, 'audit'>,
  staff: Agent,
  action: Action,
  { _id, company }: Pick<Case, '_id' | 'company'>,
): Promise<void> => {
  if (may(staff, action, company)) return
  const { through: _, ...oneself } = staff
  throw await refused(deps, staff, may(oneself, action, company) ? 'console-only' : 'staff-not-yours', _id)
}

/** An attempt at what is not theirs is on record too (ASVS 16.3.2), at the company whose staff it is. */
const refused = async (
  { audit }: Pick<CaseDeps, 'audit'>,
  staff: Agent,
  code: 'case-not-found' | 'staff-not-yours' | 'console-only',
  id?: string,
): Promise<AppError> => {
  const role = staff.roles[0] ?? 'support'
  await audit.append({ ...actorOf(staff), role, action: 'refused', outcome: code, ...(id && { case: id }) })
  return new AppError(code === 'case-not-found' ? 'not-found' : 'forbidden', code)
}

/** As the audit names whoever acts. */
export const actorOf = ({ company, _id, through }: Agent) => ({ company, agent: _id, ...(through && { through }) })

/** One agent's look at one level of a case. */
export const lookKey = (level: 'status' | 'details' | 'services', staff: Agent): string => `${level}|${staff._id}`

export const assertOpen = ({ state }: Pick<EnteredCase, 'state'>): void => {
  if (state === 'closed') throw new AppError('conflict', 'case-closed')
}

/** AppError `case-not-for-executor`: it is not done for who asks here. */
export const assertDoneFor = ({ askedBy }: Pick<Case, 'askedBy'>, act: string): void => {
  if (!isDoneFor(askedBy, act)) throw new AppError('forbidden', 'case-not-for-executor')
}

/** The account of a case in which one was found. AppError `case-without-account`. */
export const accountIn = ({ account }: EnteredCase): Account => {
  if (!account) throw new AppError('conflict', 'case-without-account')
  return account
}

/** Recorded before it is done or shown: in the company's audit, and where the person reads it. */
export const recordAct = async (
  deps: CaseDeps,
  { seen, staff, account }: EnteredCase,
  action: Action,
  act: string,
  fields?: DetailName[],
): Promise<void> => {
  const role = roleFor(staff, action) ?? 'support'
  await deps.audit.append({
    ...actorOf(staff),
    role,
    action: act,
    case: seen._id,
    reason: seen.reason,
    ...(account && { account: account._id }),
    ...(fields && { fields }),
  })
  if (account)
    await deps.tellPerson({
      holder: holderIn(account),
      company: staff.company,
      role,
      case: nameOf(seen),
      reason: seen.reason,
      act,
      ...(fields && { fields }),
    })
}
