import { type Account, accountIdOf } from '../accounts/index.ts'
import { normalizeDetail } from '../details/index.ts'
import { now } from '../lib/clock.ts'
import { AppError, isAppError } from '../lib/errors.ts'
import { padded } from '../lib/ids.ts'
import type { Limits } from '../limits/index.ts'
import type { Agent } from '../staff/index.ts'
import { may, roleFor } from '../staff/index.ts'
import type { AccessMonitor } from './access-monitor.ts'
import { type Case, caseKey, codeOf, newCaseCode } from './case.ts'
import { actorOf, assertOpen, type CaseDeps, enterCase, holderKey, lookKey, recordAct } from './enter-case.ts'
import type { Escalation, EscalationStore } from './escalation-store.ts'
import type { Requester } from './requester.ts'
import { takeFind } from './take-find.ts'

export interface OpenCaseDeps extends CaseDeps {
  watch: AccessMonitor
  handedOn: Pick<EscalationStore, 'newest'>
  limits: Pick<Limits, 'consume'>
}

/** Opening a case and finding the one account it is about: by exact match only, in this company's own copies (T14). */
export const createOpenCase = (deps: OpenCaseDeps) => {
  const { cases, accounts, audit } = deps

  const find = async (staff: Agent, query: string): Promise<Account[]> => {
    const { company } = staff
    const exact = query.trim()
    const earlier = await cases.named(company, exact)
    const ofCases = [...new Set(earlier.flatMap(({ account }) => (account ? [account] : [])))]
    if (ofCases.length > 0)
      return (await Promise.all(ofCases.map((id) => accounts.get(id)))).filter((account) => account !== null)
    const [email, phone] = [normalOf('email', exact), normalOf('phone', exact)]
    if (email) return accounts.found(company, 'email', email)
    if (phone) {
      const found = await accounts.found(company, 'phone', phone)
      if (found.length > 0) return found
    }
    const bySubject = await accounts.get(accountIdOf(company, exact))
    return bySubject ? [bySubject] : []
  }

  const open = async (
    staff: Agent,
    asked: { reference: string; reason: string; askedBy: Requester },
  ): Promise<Case> => {
    if (!may(staff, 'case', staff.company)) throw new AppError('forbidden', 'staff-not-yours')
    const { reference, reason, askedBy } = asked
    if (!reference && reason.length < 8)
      throw new AppError('invalid', 'case-needs-reason', { values: { field: 'reason' } })
    const code = newCaseCode()
    const fresh: Case = {
      _id: `${staff.company}:${padded(now())}:${code}`,
      find: [code, ...(reference ? [reference] : [])].map((name) => caseKey(staff.company, name)),
      rev: 1,
      company: staff.company,
      reference,
      reason,
      askedBy,
      agent: staff._id,
      role: roleFor(staff, 'case') ?? 'support',
      openedAt: now(),
    }
    await cases.insert(fresh)
    const about = { role: fresh.role, action: 'case-opened', case: fresh._id, reason: reason || reference }
    await audit.append({ ...actorOf(staff), ...about })
    return fresh
  }

  /**
   * `found`, or `not-found`: the same answer for nobody, for another company's people and for more than one match.
   * AppError `too-many-attempts` for who searches as if to browse.
   */
  const findIn = async (staff: Agent, id: string, query: string): Promise<'found' | 'not-found'> => {
    const entered = await enterCase(deps, staff, id, 'case')
    assertOpen(entered)
    await takeFind(deps.limits, staff)
    const { seen, company, state } = entered
    const found = (await find(staff, query)).filter(({ status }) => status !== 'void')
    const [account] = found
    if (!account || found.length > 1) {
      await recordAct(deps, { seen, staff, company, state }, 'case', 'nothing-found')
      return 'not-found'
    }
    if (account._id === seen.account) return 'found'
    await recordAct(deps, { ...entered, account }, 'case', 'status-seen')
    await deps.watch.looked(staff, account)
    // Another account is another story: nothing proven for the one before counts for it, and no look is on record.
    const saved = await cases.commit(
      seen,
      { account: account._id, principal: holderKey(account), looked: [lookKey('status', staff)] },
      ['proven', 'papers', 'services', 'guarded', 'proofHandle'],
    )
    if (!saved) throw new AppError('conflict', 'case-changed-meanwhile')
    return 'found'
  }

  return {
    open,
    find: findIn,

    /**
     * A new case for the same person, where one is closed: for what it was opened for, with the same account found by its
     * code. Nothing that was proven goes on in it. Answers its id. AppError `case-still-open` (conflict).
     */
    openAgain: async (staff: Agent, id: string): Promise<string> => {
      const { seen, state } = await enterCase(deps, staff, id, 'case')
      if (state !== 'closed') throw new AppError('conflict', 'case-still-open')
      const fresh = await open(staff, seen)
      if (seen.account) await findIn(staff, fresh._id, codeOf(seen))
      return fresh._id
    },

    close: async (staff: Agent, id: string): Promise<void> => {
      const entered = await enterCase(deps, staff, id, 'case')
      if (entered.state === 'closed') return
      await recordAct(deps, entered, 'case', 'case-closed')
      await cases.commit(entered.seen, { closedAt: now() }, ['proofHandle'])
    },

    /** What the request desk has been handed: its privacy role reads what, by whom and why, and goes on from there. */
    handedOn: async (staff: Agent): Promise<(Escalation & { from: Case | null })[]> => {
      if (!may(staff, 'requests', staff.company)) throw new AppError('forbidden', 'staff-not-yours')
      const newest = await deps.handedOn.newest(staff.company, 100)
      return Promise.all(newest.map(async (each) => ({ ...each, from: await cases.get(each.case) })))
    },

    openOf: async (staff: Agent): Promise<Case[]> => {
      if (!may(staff, 'case', staff.company)) throw new AppError('forbidden', 'staff-not-yours')
      return cases.openOf(staff.company, 50)
    },
  }
}

export type OpenCase = ReturnType<typeof createOpenCase>

const normalOf = (field: 'email' | 'phone', text: string): string | undefined => {
  try {
    return normalizeDetail(field, text) ?? undefined
  } catch (error) {
    if (isAppError(error)) return undefined
    throw error
  }
}
