import type { Account } from '../accounts/index.ts'
import { AppError, isAppError } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import type { Limits } from '../limits/index.ts'
import type { CodeProofs, Draft, DraftStore, PeopleStore } from '../people/index.ts'
import { provenAddresses, readAddress } from './ask-person.ts'
import { assertDoneFor, assertOpen, type CaseDeps, enterCase, principalOf, recordAct } from './enter-case.ts'
import type { Agent } from './staff.ts'

export interface ResendDeps extends CaseDeps {
  people: PeopleStore
  codes: Pick<CodeProofs, 'sendWaiting'>
  drafts: Pick<DraftStore, 'waiting'>
  limits: Pick<Limits, 'take'>
  log: Log
}

/**
 * Sends what somebody waits for once more: to the address it went to before, into the browser that asked for it, with
 * the tries and under the limit that are theirs. Support sees no code, and starts nothing that was not begun.
 */
export const createResendCode = ({ people, codes, drafts, limits, log, ...deps }: ResendDeps) => {
  const asNewcomer = async (address: string, of: { id: string; name: string }): Promise<void> => {
    const waiting = (await drafts.waiting([address])).find((draft) => beganAt(draft, of))
    if (waiting) await codes.sendWaiting(waiting)
  }

  return {
    /** The newest code that the holder of an account waits for. AppError `no-code-waits`. */
    toHolder: async (account: Account): Promise<void> => {
      const holder = principalOf(account)
      const addresses = await provenAddresses(people, account)
      const waiting = (await drafts.waiting([holder, ...addresses])).find(({ of, kind }) =>
        of === holder ? asHolder.includes(kind) : kind === 'recovery',
      )
      if (!waiting) throw new AppError('conflict', 'no-code-waits')
      await codes.sendWaiting(waiting)
    },

    /**
     * The code of somebody who is registering at this company, whom no case finds. Nobody is told whether there is one,
     * or whether its mailbox has had enough of them (T19): neither by the answer nor by how long it takes.
     */
    toNewcomer: async (staff: Agent, id: string, email: string): Promise<void> => {
      const entered = await enterCase(deps, staff, id, 'act')
      assertOpen(entered)
      assertDoneFor(entered.seen, 'code-resent')
      const address = readAddress(email, 'newcomer')
      await limits.take('support-find', staff._id)
      const { account: _, ...aboutNobody } = entered
      await recordAct(deps, aboutNobody, 'act', 'code-resent')
      void asNewcomer(address, entered.company).catch((error) => {
        if (!isAppError(error)) log.error({ error }, 'a code was not sent again')
      })
    },
  }
}

export type ResendCode = ReturnType<typeof createResendCode>

/** To an address that is not theirs yet, or is theirs no more. */
const asHolder = ['address-change', 'own-address', 'own-sign-in']

/** A registration is begun under the name of the company whose service they came from. */
const beganAt = ({ kind, content }: Draft, { id, name }: { id: string; name: string }): boolean =>
  (kind === 'registration' && content.company === name) || (kind === 'own-sign-in' && content.company === id)
