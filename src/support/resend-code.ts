import { type Account, asPerson, type ReadHolder, type ReadPrincipal } from '../accounts/index.ts'
import type { OneTimeCodes, Verification, VerificationStore } from '../credentials/index.ts'
import { AppError, isAppError } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import type { Limits } from '../limits/index.ts'
import type { Agent } from '../staff/index.ts'
import { readAddress } from './ask-person.ts'
import { assertDoneFor, assertOpen, type CaseDeps, enterCase, holderKey, recordAct } from './enter-case.ts'
import { takeCode } from './take-code.ts'
import { takeFind } from './take-find.ts'

export interface ResendDeps extends CaseDeps {
  readPrincipal: ReadPrincipal
  readHolder: ReadHolder
  codes: Pick<OneTimeCodes, 'sendWaiting'>
  verifications: Pick<VerificationStore, 'waiting'>
  limits: Pick<Limits, 'consume'>
  log: Log
}

/**
 * Sends what somebody waits for once more: to the address it went to before, into the browser that asked for it, with
 * the tries and under the limit that are theirs. Support sees no code, and starts nothing that was not begun.
 */
export const createResendCode = ({
  readPrincipal,
  readHolder,
  codes,
  verifications,
  limits,
  log,
  ...deps
}: ResendDeps) => {
  const asNewcomer = async (address: string, of: { id: string; name: string }): Promise<void> => {
    const waiting = (await verifications.waiting([address])).find((verification) => beganAt(verification, of))
    if (waiting) await codes.sendWaiting(waiting)
  }

  /** As a recovery goes by them: an account without any way in has its own from before the link, or its person's. */
  const addressesOf = async (account: Account): Promise<readonly string[]> => {
    const { link, signIn, left } = account
    if (link || signIn || !left) return (await readHolder(account)).addresses
    if (left.formerAddress) return [left.formerAddress]
    return (await readPrincipal(asPerson(left.person)))?.addresses ?? []
  }

  /** The newest of what the holder of an account waits for. */
  const newestFor = async (account: Account): Promise<Verification | undefined> => {
    const holder = holderKey(account)
    const addresses = await addressesOf(account)
    return (await verifications.waiting([holder, ...addresses])).find(({ of, kind, content }) =>
      of === holder ? toAnotherAddress.includes(kind) : kind === 'recovery' && isFor(account, content),
    )
  }

  return {
    newestFor,

    /** As above. AppError `no-code-waits`. */
    waitingFor: async (account: Account): Promise<Verification> => {
      const waiting = await newestFor(account)
      if (!waiting) throw new AppError('conflict', 'no-code-waits')
      return waiting
    },

    send: codes.sendWaiting,

    /**
     * The code of somebody who is registering at this company, whom no case finds. Nobody is told whether there is one,
     * or whether its mailbox has had enough of them (T19): neither by the answer nor by how long it takes.
     */
    toNewcomer: async (staff: Agent, id: string, email: string): Promise<void> => {
      const entered = await enterCase(deps, staff, id, 'act')
      assertOpen(entered)
      assertDoneFor(entered.seen, 'code-resent')
      const address = readAddress(email, 'email')
      await takeFind(limits, staff)
      await takeCode(limits, `${staff.company} ${address}`)
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
export const toAnotherAddress: readonly string[] = ['address-change', 'own-address', 'way-in']

/** What the person of an account that left them recovers elsewhere is no matter of its company any more. */
const isFor = ({ link, signIn, company }: Account, content: Verification['content']): boolean =>
  link !== null || signIn !== null || content.company === company

/** A registration is begun under the name of the company whose service they came from. */
const beganAt = ({ kind, content }: Verification, { id, name }: { id: string; name: string }): boolean =>
  (kind === 'registration' && content.company === name) || (kind === 'own-sign-in' && content.company === id)
