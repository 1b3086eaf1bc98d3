import { type Account, type AddressChanges, actorOf, type Closures, type PrincipalId } from '../accounts/index.ts'
import { now } from '../lib/clock.ts'
import { isAppError } from '../lib/errors.ts'
import type { FormerAddress } from '../people/index.ts'
import type { Links } from './create-links.ts'
import type { UndoConsents } from './undo-consents.ts'
import type { Unlink } from './unlink.ts'

interface TakeBackDeps {
  addressChanges: Pick<AddressChanges, 'takeBack'>
  links: Pick<Links, 'accountsHeldBy'>
  closures: Pick<Closures, 'comeBack'>
  unlink: Unlink
  undoConsents: UndoConsents
  /** Ends every session and token that was made under credentials of before, and has services told. */
  endOutdated: (id: PrincipalId) => Promise<void>
  enqueue: (id: PrincipalId) => void
  enqueueAccount: (id: Account['_id']) => void
}

/**
 * *Wasn't you?* (T5): whoever reads the mailbox that signed in before takes the change back, and with it all that was
 * recorded since (H4). The commit ends the password, gives the address and the details back and calls an ending off; what
 * was begun at the accounts since, and what partners were allowed, is called off after it, from the log should a crash come between.
 */
export const createTakeBackAddress = (deps: TakeBackDeps) => {
  const { addressChanges, links, closures, unlink, undoConsents, endOutdated, enqueue, enqueueAccount } = deps

  const callOff = async (account: Account, id: PrincipalId, since: number): Promise<void> => {
    const actor = actorOf(id)
    await undoConsents(id, account, since)
    const begun = Math.max(account.closing?.since ?? -1, account.leaving?.since ?? -1)
    if (begun >= since)
      await closures.comeBack(account, actor).catch((error: unknown) => {
        // Somebody was quicker: looked at again by whoever meets the log.
        if (!isAppError(error, 'not-closing')) throw error
      })
    if (account.link && account.link.since >= since)
      await unlink(account.link.person, account.company, { keep: 'before', actor, byLetter: true })
    enqueueAccount(account._id)
  }

  /** What follows a change that was taken back; safe to run again at any time. */
  const follow = async (id: PrincipalId, since: number): Promise<void> => {
    await endOutdated(id)
    for (const account of await links.accountsHeldBy(id)) await callOff(account, id, since)
    enqueue(id)
  }

  return {
    follow,

    /** AppError `undo-too-late` (gone). */
    take: async (id: PrincipalId, former: FormerAddress): Promise<void> => {
      await addressChanges.takeBack(id, former)
      await follow(id, Math.min(former.at, now()))
    },
  }
}

export type TakeBackAddress = ReturnType<typeof createTakeBackAddress>
