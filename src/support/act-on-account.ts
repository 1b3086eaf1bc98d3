import type { Account, AccountId, ReadHolder } from '../accounts/index.ts'
import type { OneTimeCodes } from '../credentials/index.ts'
import { now } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import type { BruteForceProtection, Limits } from '../limits/index.ts'
import type { Agent } from '../staff/index.ts'
import { may } from '../staff/index.ts'
import { askPerson, readAddress, type TellAsked, type WriteTo } from './ask-person.ts'
import { type CaseState, seesDetails } from './case.ts'
import {
  accountIn,
  assertDoneFor,
  assertOpen,
  type CaseDeps,
  type EnteredCase,
  enterCase,
  holderIn,
  nameOf,
  recordAct,
} from './enter-case.ts'
import type { EscalationStore } from './escalation-store.ts'
import type { FlaggedDevices } from './mark-device.ts'
import type { ResendCode } from './resend-code.ts'
import { takeCode } from './take-code.ts'

export interface ActDeps extends CaseDeps {
  readHolder: ReadHolder
  writeTo: WriteTo
  tellAsked: TellAsked
  limits: Pick<Limits, 'consume'>
  codes: Pick<OneTimeCodes, 'countLetter'>
  issuer: string
  /** Ends the account's sessions and tokens at its own company's services; those of an earlier link, or living ones too. */
  endAccount: (account: AccountId, options?: { livingToo?: boolean }) => Promise<void>
  handedOn: Pick<EscalationStore, 'add'>
  resendCode: Pick<ResendCode, 'waitingFor' | 'send'>
  devices: Pick<FlaggedDevices, 'mark' | 'clear' | 'browserIn'>
  /** Lets a way in that wrong passwords slowed down go on at once. */
  bruteForceProtection: Pick<BruteForceProtection, 'ease' | 'wrongOf'>
  /** Every service of the company is told anew of all that it may know of the account. */
  redeliver: (id: AccountId) => Promise<void>
}

/** Acts that need no proof of the caller: they help the person, and show and change nothing about them. */
const withoutProof = [
  'code-resent',
  'sessions-ended',
  'recovery-started',
  'redelivery',
  'unlocked',
  'handed-on',
] as const
const withProof = ['address-offered', 'unlink-asked'] as const
/** Proof of the caller, or a lead: a company that saw the misuse itself has nobody to prove. */
const marks = ['marked-fraudulent', 'fraud-cleared', 'device-marked', 'device-cleared'] as const
export const acts = [...withoutProof, ...withProof, ...marks] as const
export type Act = (typeof acts)[number]

/**
 * What support does for an account of its own company. It never sets or sees a credential and never changes an address
 * that signs in; what ends or joins anything is the person's own act, asked for here and done by them.
 */
export const createActOnAccount = (deps: ActDeps) => {
  /**
   * To every address proven here; the same few letters an hour as anybody may have sent. A sign-in of the account's own is
   * recovered at its company's services, a unified one anywhere.
   */
  const writeRecovery = async (account: Account, name: string) => {
    const company = deps.company(account.company)?.name ?? account.company
    const values: Record<string, string> = { company, case: name, where: account.link ? 'pages' : 'company' }
    if (account.link) values.url = `${deps.issuer}/account`
    const kind = 'recovery-offered'
    for (const address of (await deps.readHolder(account)).addresses) await deps.codes.countLetter({ kind, address })
    await deps.writeTo(holderIn(account), kind, values)
  }

  /** Also what was given to services for longer than any session: it counts no more from now on. */
  const endSessions = async (account: Account): Promise<void> => {
    await deps.accounts.change(account._id, ({ sessionsEndedAt: before = 0 }) => ({
      set: { sessionsEndedAt: Math.max(now(), before + 1) },
    }))
    await deps.endAccount(account._id, { livingToo: true })
  }

  /** Guessing goes on after it: within the day's guesses, and not without end. AppError `unlock-no-more`, `too-many-attempts`. */
  const admitUnlock = async (account: Account): Promise<void> => {
    const { passwords } = await deps.bruteForceProtection.wrongOf((await deps.readHolder(account)).address)
    if (passwords.isTooMany) throw new AppError('conflict', 'unlock-no-more')
    await deps.limits.consume('unlocked', account._id)
  }

  const admitCode = async (account: Account): Promise<void> => {
    await deps.resendCode.waitingFor(account)
    await takeCode(deps.limits, account._id)
  }

  /**
   * What the form gave, as the act takes it; what an act may do so often is taken here. AppError `invalid-email`,
   * `device-unknown`, `no-code-waits`, and as above.
   */
  const admit = async (act: Act, account: Account, input: string): Promise<string> => {
    if (act === 'code-resent') await admitCode(account)
    if (act === 'unlocked') await admitUnlock(account)
    if (act === 'address-offered') return readAddress(input, 'newAddress')
    if (act === 'device-marked' || act === 'device-cleared') return deps.devices.browserIn(account, input)
    return ''
  }

  const carryOut: Record<Act, (account: Account, entered: EnteredCase, input: string) => Promise<void>> = {
    'code-resent': async (account) => deps.resendCode.send(await deps.resendCode.waitingFor(account)),
    'sessions-ended': endSessions,
    unlocked: async (account) => deps.bruteForceProtection.ease((await deps.readHolder(account)).address),
    'recovery-started': (account, { seen }) => writeRecovery(account, nameOf(seen)),
    redelivery: ({ _id }) => deps.redeliver(_id),
    'handed-on': ({ _id, company }, { seen, staff }) =>
      deps.handedOn.add(company, { case: seen._id, account: _id, by: staff._id }),
    // Asked where the person is known; what was typed gets no letter before they themselves ask for its code (T14).
    'address-offered': async (account, entered, input) => {
      await askPerson(deps, entered, account, { what: 'address', address: input })
    },
    'unlink-asked': async (account, entered) => {
      await askPerson(deps, entered, account, { what: 'unlink' })
    },
    'marked-fraudulent': async (account, { seen, staff }) => {
      const fraud = { at: now(), case: seen._id, agent: staff._id }
      await deps.accounts.change(account._id, (seen) => (seen.fraud ? undefined : { set: { fraud } }))
      await endSessions(account)
    },
    'fraud-cleared': async (account) => {
      await deps.accounts.change(account._id, (seen) => (seen.fraud ? { unset: ['fraud'] } : undefined))
    },
    'device-marked': (account, _entered, browser) => deps.devices.mark(account, browser),
    'device-cleared': (account, _entered, browser) => deps.devices.clear(account, browser),
  }

  return {
    /** AppError `case-caller-not-proven` for an act that needs it. Recorded before it is done. */
    act: async (staff: Agent, id: string, act: Act, input = ''): Promise<void> => {
      const entered = await enterCase(deps, staff, id, 'act')
      assertOpen(entered)
      const account = accountIn(entered)
      assertDoneFor(entered.seen, act)
      if (lacksProof(act, staff, entered.state)) throw new AppError('forbidden', 'case-caller-not-proven')
      if (act === 'unlink-asked' && !account.link) throw new AppError('conflict', 'not-linked')
      const given = await admit(act, account, input)
      await recordAct(deps, entered, 'act', act)
      await carryOut[act](account, entered, given)
    },
  }
}

/** The caller must be proven before this agent may do it. */
export const lacksProof = (act: Act, staff: Agent, state: CaseState): boolean =>
  !seesDetails(state) && (isOneOf(withProof, act) || (isOneOf(marks, act) && !may(staff, 'mark', staff.company)))

const isOneOf = (those: readonly Act[], act: Act): boolean => those.includes(act)
