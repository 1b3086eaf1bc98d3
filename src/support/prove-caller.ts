import type { Account, ReadHolder, WaitingRecoveries } from '../accounts/index.ts'
import type { OneTimeCodes, VerificationStore } from '../credentials/index.ts'
import { now } from '../lib/clock.ts'
import { AppError, isAppError } from '../lib/errors.ts'
import type { Limits } from '../limits/index.ts'
import type { Action, Agent } from '../staff/index.ts'
import type { Ask } from './approval-store.ts'
import { askPerson, inLetter, type TellAsked, type TellPapers } from './ask-person.ts'
import {
  accountIn,
  assertDoneFor,
  assertOpen,
  type CaseDeps,
  type EnteredCase,
  enterCase,
  holderIn,
  holderKey,
  nameOf,
  recordAct,
} from './enter-case.ts'
import { type Proof, provesFor } from './requester.ts'
import { takeCode } from './take-code.ts'

export interface ProveCallerDeps extends CaseDeps {
  readHolder: ReadHolder
  codes: OneTimeCodes
  verifications: VerificationStore
  tellAsked: TellAsked
  tellPapers: TellPapers
  recoveries: Pick<WaitingRecoveries, 'gate'>
  limits: Pick<Limits, 'consume'>
}

const kind = 'support-proof'

/**
 * Shows that the caller is the account's person: by a code to an address they proved before, which signs nobody in, or
 * by their approval on their own signed-in page. Never by what they know: that is what thieves know too (T17).
 * Who asks for somebody else shows papers to two agents.
 */
export const createProveCaller = (deps: ProveCallerDeps) => {
  const { cases, readHolder, codes, verifications, recoveries, limits } = deps

  const ask = async (entered: EnteredCase, wanted: Ask, act: string): Promise<void> => {
    const account = accountIn(entered)
    await recordAct(deps, entered, 'prove', act)
    await askPerson(deps, entered, account, wanted)
  }

  const enterFor = async (staff: Agent, id: string, proof: Proof, action: Action): Promise<EnteredCase> => {
    const entered = await enterCase(deps, staff, id, action)
    assertOpen(entered)
    const { askedBy } = entered.seen
    if (!provesFor(askedBy, proof))
      throw new AppError('forbidden', askedBy === 'executor' ? 'case-needs-papers' : 'case-needs-person')
    return entered
  }

  /**
   * Whoever reads a mailbox that nobody has used for long may be anybody (H15): nothing of an account is told to them.
   * They sign in first, or recover and wait, or approve on their page.
   */
  const assertOfLate = async (account: Account, address: string): Promise<void> => {
    const { status } = await recoveries.gate(holderIn(account), address, now())
    if (status.is !== 'free') throw new AppError('conflict', 'case-address-unused')
  }

  /** A wrong code is on record like any other attempt: the person sees that somebody guessed. */
  const check = async (entered: EnteredCase, handle: string, code: string) => {
    try {
      const verification = await codes.check(handle, kind, code)
      if (verification.state !== 'open') throw new AppError('gone', 'code-expired')
      return verification
    } catch (error) {
      if (isAppError(error, 'code-malformed')) throw error
      await recordAct(deps, entered, 'prove', 'code-wrong')
      throw error
    }
  }

  return {
    /**
     * AppErrors `case-no-address` when the account has no address that was proven, `case-address-unused` (H15),
     * `too-many-attempts` (limited).
     */
    sendCode: async (staff: Agent, id: string): Promise<void> => {
      const entered = await enterFor(staff, id, 'code', 'prove')
      const account = accountIn(entered)
      const { address, language } = await readHolder(account)
      if (!address) throw new AppError('conflict', 'case-no-address')
      await assertOfLate(account, address)
      await codes.assertLeft({ kind, address })
      await takeCode(limits, account._id)
      await recordAct(deps, entered, 'prove', 'code-sent')
      const { askedBy } = entered.seen
      const values = { company: entered.company.name, case: inLetter(nameOf(entered.seen)), askedBy }
      const proofHandle = await codes.begin({
        kind,
        address,
        holder: holderKey(account),
        isReadOut: true,
        content: { case: id, account: account._id, epoch: account.epoch },
        mail: { kind: 'support-code', language, values },
      })
      if (!(await cases.commit(entered.seen, { proofHandle }))) throw new AppError('conflict', 'case-changed-meanwhile')
    },

    /** AppError `code-wrong`, `code-expired`; a code of another case proves nothing here. */
    checkCode: async (staff: Agent, id: string, code: string): Promise<void> => {
      const entered = await enterFor(staff, id, 'code', 'prove')
      const account = accountIn(entered)
      if (!entered.seen.proofHandle) throw new AppError('gone', 'code-expired')
      const { _id: verification, content, address } = await check(entered, entered.seen.proofHandle, code)
      if (content.case !== id || content.account !== account._id || content.epoch !== account.epoch)
        throw new AppError('gone', 'code-expired')
      await assertOfLate(account, address)
      await recordAct(deps, entered, 'prove', 'caller-proven')
      const proven = { at: now(), how: 'code' as const, epoch: account.epoch }
      if (!(await cases.commit(entered.seen, { proven }, ['proofHandle'])))
        throw new AppError('conflict', 'case-changed-meanwhile')
      await verifications.drop(verification)
    },

    /** Asks the person to say on their own page that it is they who are calling. */
    askApproval: async (staff: Agent, id: string): Promise<void> => {
      const entered = await enterFor(staff, id, 'approval', 'prove')
      await ask(entered, { what: 'caller', askedBy: entered.seen.askedBy }, 'approval-asked')
    },

    /**
     * What a guardian or an executor showed, noted by the agent who saw it; the person is written to, so that whoever
     * is well and has no guardian hears of it (T15).
     */
    notePapers: async (staff: Agent, id: string, evidence: string): Promise<void> => {
      const entered = await enterFor(staff, id, 'papers', 'evidence')
      const account = accountIn(entered)
      await recordAct(deps, entered, 'evidence', 'papers-noted')
      if (!(await cases.commit(entered.seen, { papers: { evidence, by: staff._id, at: now() } })))
        throw new AppError('conflict', 'case-changed-meanwhile')
      await deps.tellPapers(account, entered.seen)
    },

    /** The second pair of eyes on them. AppError `second-agent-needed`, `nothing-to-agree-to`. */
    agreeToPapers: async (staff: Agent, id: string): Promise<void> => {
      const entered = await enterFor(staff, id, 'papers', 'second')
      const { epoch } = accountIn(entered)
      const { papers } = entered.seen
      if (!papers) throw new AppError('conflict', 'nothing-to-agree-to')
      if (papers.by === staff._id) throw new AppError('forbidden', 'second-agent-needed')
      await recordAct(deps, entered, 'second', 'caller-proven')
      if (
        !(await cases.commit(entered.seen, { proven: { at: now(), how: 'papers', epoch } }, ['papers', 'proofHandle']))
      )
        throw new AppError('conflict', 'case-changed-meanwhile')
    },

    /** Asks for the third level: which other services are linked. */
    askForServices: async (staff: Agent, id: string): Promise<void> => {
      const entered = await enterCase(deps, staff, id, 'prove')
      assertOpen(entered)
      const { seen, account } = entered
      assertDoneFor(seen, 'services-asked')
      await ask(entered, { what: 'services' }, 'services-asked')
      if (account) await cases.commit(seen, { services: { askedAt: now(), epoch: account.epoch } })
    },
  }
}

export type ProveCaller = ReturnType<typeof createProveCaller>
