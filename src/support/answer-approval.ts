import { type AssertAskerStill, type PrincipalId, principalIdOf } from '../accounts/index.ts'
import { now } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import type { Unlink } from '../links/index.ts'
import type { StaffStore } from '../staff/index.ts'
import { may } from '../staff/index.ts'
import type { Approval } from './approval-store.ts'
import { stateOf } from './case.ts'
import type { CorrectDetails } from './correct-details.ts'
import { type CaseDeps, nameOf } from './enter-case.ts'
import type { RaiseAlert } from './raise-alert.ts'

export interface AnswerDeps extends CaseDeps {
  unlink: Unlink
  staff: StaffStore
  /** When support last looked or did anything in a case of theirs, as they read it; 0 when it never did. */
  newestActAt: (holder: PrincipalId, of: { company: string; case: string }) => Promise<number>
  raiseAlert: RaiseAlert
  /** Every answer is that of whoever is signed in still: what was let in before a take-back answers nothing (H4). */
  assertAskerStill: AssertAskerStill
  corrections: Pick<CorrectDetails, 'makeApproved'>
}

/** A case as the person reads of it. */
interface Act {
  company: string
  case: string
}

export interface CaseStatus {
  isClosed: boolean
  objectedAt: number | undefined
  mayObject: boolean
}

/** The person's side: what support asked of them, approved or declined on their own signed-in page, and objections. */
export const createAnswerApproval = (deps: AnswerDeps) => {
  const { approvals, cases, accounts } = deps

  const theirCase = async (principal: string, act: Act) =>
    (await cases.named(act.company, act.case)).find((each) => each.principal === principal)

  /** What a question is about, as it stands; undefined: asked under another link, or of a case that is over. */
  const standingOf = async ({ ask, case: id, account: accountId, epoch }: Approval) => {
    const [seen, account] = await Promise.all([cases.get(id), accounts.get(accountId)])
    const isOver = !seen || stateOf(seen, undefined, false, now()) === 'closed' || seen.account !== accountId
    if (isOver || account?.epoch !== epoch) return undefined
    if (ask.what !== 'guarded') return { seen, account, proposer: undefined }
    const { guarded } = seen
    const proposer = await deps.staff.get(guarded?.by ?? seen.agent)
    // A second agent agreed to it, another proposal took its place, or who proposed it has left and answers for it no more.
    const isProposed = guarded?.field === ask.field && guarded.value === ask.value
    return isProposed && proposer && may(proposer, 'correct', seen.company) ? { seen, account, proposer } : undefined
  }
  type Standing = NonNullable<Awaited<ReturnType<typeof standingOf>>>

  const effect = async (
    { ask, case: id, epoch, principal }: Approval,
    { seen, account, proposer }: Standing,
  ): Promise<void> => {
    const at = now()
    switch (ask.what) {
      case 'caller':
        return saved(await cases.commit(seen, { proven: { at, how: 'approval', epoch } }, ['proofHandle']))
      case 'services':
        return saved(
          await cases.commit(seen, { services: { askedAt: seen.services?.askedAt ?? at, approvedAt: at, epoch } }),
        )
      case 'guarded':
        if (proposer) await deps.corrections.makeApproved(proposer, id, ask)
        return
      case 'address':
        // What follows is between them and the address: a code sent there, on their own page.
        return
      case 'unlink': {
        const person = principal.slice('person:'.length)
        const actor = { kind: 'person' as const, id: person }
        await deps.unlink(person, account.company, { keep: 'before', actor })
      }
    }
  }

  /** What an answer of theirs still leads somewhere from. AppError `approval-expired` (gone). */
  const asked = async (principal: string, id: string): Promise<Standing & { approval: Approval }> => {
    const approval = (await approvals.openFor(principal)).find((each) => each._id === id)
    const standing = approval && (await standingOf(approval))
    if (!standing) throw new AppError('gone', 'approval-expired')
    return { ...standing, approval }
  }

  return {
    /** What an answer still leads somewhere from, with each case by the name that people call it. */
    waitingFor: async (principal: string): Promise<Approval[]> => {
      const named = async (each: Approval) => {
        const standing = await standingOf(each)
        return standing ? [{ ...each, case: nameOf(standing.seen) }] : []
      }
      return (await Promise.all((await approvals.openFor(principal)).map(named))).flat()
    },

    /**
     * Its effect first, the answer after: a crash between leaves it open, to be approved once more. Pressed twice it is
     * approved, and nothing follows from the second: it is answered as it stands then. AppError `approval-expired` (gone).
     */
    approve: async (principal: string, id: string): Promise<Approval> => {
      await deps.assertAskerStill()
      const before = await approvals.answered(principal, id)
      if (before?.state === 'approved') return before
      const { approval, ...standing } = await asked(principal, id)
      await effect(approval, standing)
      await approvals.answer(principal, id, 'approved')
      return approval
    },

    /** Pressed twice it is declined. AppError `approval-expired` (gone). */
    decline: async (principal: string, id: string): Promise<void> => {
      await deps.assertAskerStill()
      if ((await approvals.answered(principal, id))?.state === 'declined') return
      await asked(principal, id)
      if (!(await approvals.answer(principal, id, 'declined'))) throw new AppError('gone', 'approval-expired')
    },

    hasStandingApproval: (principal: string): Promise<boolean> => approvals.hasStandingApproval(principal),
    setStandingApproval: async (principal: string, standing: boolean): Promise<void> => {
      await deps.assertAskerStill()
      await approvals.setStandingApproval(principal, standing)
    },

    /**
     * How a case of theirs stands, and whether what was done in it since they last objected waits for a word of theirs;
     * undefined when it is nobody's or another's.
     */
    caseOf: async (principal: string, act: Act): Promise<CaseStatus | undefined> => {
      const theirs = await theirCase(principal, act)
      if (!theirs) return undefined
      const { objectedAt } = theirs
      const isClosed = stateOf(theirs, undefined, false, now()) === 'closed'
      const mayObject = objectedAt === undefined || (await deps.newestActAt(principalIdOf(principal), act)) > objectedAt
      return { isClosed, objectedAt, mayObject }
    },

    /** The person does not agree to what support did: its lead hears of it. */
    object: async (principal: string, act: Act): Promise<void> => {
      await deps.assertAskerStill()
      const theirs = await theirCase(principal, act)
      if (!theirs) throw new AppError('not-found', 'case-not-found')
      const { company, account } = theirs
      // Said already of all that was done until then: once is heard (H16).
      if ((await deps.newestActAt(principalIdOf(principal), act)) <= (theirs.objectedAt ?? -1)) return
      if (!(await cases.commit(theirs, { objectedAt: now() }))) return
      await deps.audit.append({
        company,
        agent: 'person',
        role: 'person',
        action: 'objected',
        case: theirs._id,
        ...(account && { account }),
      })
      await deps.raiseAlert({ company, what: 'objection', case: nameOf(theirs), ...(account && { account }) })
    },
  }
}

/** Somebody wrote to the case at the same moment: the question stays, and the answer is given again. */
const saved = (written: unknown): void => {
  if (!written) throw new AppError('conflict', 'case-changed-meanwhile')
}

export type AnswerApproval = ReturnType<typeof createAnswerApproval>
