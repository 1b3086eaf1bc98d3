import type { Account } from '../accounts/index.ts'
import { now } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { type CodeProofs, type PeopleStore, signInAddresses } from '../people/index.ts'
import type { Ask } from './approval-store.ts'
import {
  accountIn,
  assertOpen,
  type CaseDeps,
  type EnteredCase,
  enterCase,
  nameOf,
  principalOf,
  recordAct,
} from './enter-case.ts'
import type { Staff } from './staff.ts'

export interface ProveCallerDeps extends CaseDeps {
  people: PeopleStore
  codes: CodeProofs
}

const kind = 'support-proof'

/**
 * Shows that the caller is the account's person: by a code to an address they proved before, which signs nobody in, or
 * by their approval on their own signed-in page. Never by what they know: that is what thieves know too (T17).
 */
export const createProveCaller = (deps: ProveCallerDeps) => {
  const { cases, people, codes, approvals } = deps

  const addressOf = async (account: Account): Promise<string | undefined> => {
    if (!account.link) return account.signIn?.address
    const person = await people.get(account.link.person)
    return person ? signInAddresses(person)[0] : undefined
  }

  const ask = async (staff: Staff, id: string, wanted: Ask, act: string): Promise<EnteredCase> => {
    const entered = await enterCase(deps, staff, id, 'prove')
    assertOpen(entered)
    const account = accountIn(entered)
    await recordAct(deps, entered, 'prove', act)
    await approvals.ask({
      principal: principalOf(account),
      company: staff.company,
      case: entered.seen._id,
      account: account._id,
      epoch: account.epoch,
      ask: wanted,
    })
    return entered
  }

  return {
    /** AppError `case-no-address` when the account has no address that was proven. */
    sendCode: async (staff: Staff, id: string): Promise<void> => {
      const entered = await enterCase(deps, staff, id, 'prove')
      assertOpen(entered)
      const account = accountIn(entered)
      const address = await addressOf(account)
      if (!address) throw new AppError('conflict', 'case-no-address')
      await recordAct(deps, entered, 'prove', 'code-sent')
      const values = { company: entered.company.name, case: nameOf(entered.seen) }
      const proofHandle = await codes.begin({
        kind,
        address,
        content: { case: id, account: account._id, epoch: account.epoch },
        mail: { kind: 'support-code', language: account.language, values },
      })
      if (!(await cases.commit(entered.seen, { proofHandle }))) throw new AppError('conflict', 'case-changed-meanwhile')
    },

    /** AppError `code-wrong`, `code-expired`; a code of another case proves nothing here. */
    checkCode: async (staff: Staff, id: string, code: string): Promise<void> => {
      const entered = await enterCase(deps, staff, id, 'prove')
      assertOpen(entered)
      const account = accountIn(entered)
      if (!entered.seen.proofHandle) throw new AppError('gone', 'code-expired')
      const { content } = await codes.check(entered.seen.proofHandle, kind, code)
      if (content.account !== account._id || content.epoch !== account.epoch) throw new AppError('gone', 'code-expired')
      await recordAct(deps, entered, 'prove', 'caller-proven')
      const proven = { at: now(), how: 'code' as const, epoch: account.epoch }
      if (!(await cases.commit(entered.seen, { proven }, ['proofHandle'])))
        throw new AppError('conflict', 'case-changed-meanwhile')
    },

    /** Asks the person to say on their own page that it is they who are calling. */
    askApproval: async (staff: Staff, id: string): Promise<void> => {
      await ask(staff, id, { what: 'caller' }, 'approval-asked')
    },

    /** Asks for the third level: which other services are linked. */
    askForServices: async (staff: Staff, id: string): Promise<void> => {
      const { seen, account } = await ask(staff, id, { what: 'services' }, 'services-asked')
      if (account) await cases.commit(seen, { services: { askedAt: now(), epoch: account.epoch } })
    },
  }
}

export type ProveCaller = ReturnType<typeof createProveCaller>
