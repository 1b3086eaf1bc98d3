import {
  type Account,
  type AddressChanges,
  actorOf,
  type Closures,
  type PrincipalId,
  type ReadPrincipal,
} from '../accounts/index.ts'
import { isAppError } from '../lib/errors.ts'
import { type FormerAddress, isIn, type Span } from '../people/index.ts'
import type { Links } from './create-links.ts'
import type { UndoConsents } from './undo-consents.ts'
import type { Unlink } from './unlink.ts'

interface TakeBackDeps {
  readPrincipal: ReadPrincipal
  addressChanges: Pick<AddressChanges, 'takeBack'>
  links: Pick<Links, 'accountsHeldBy'>
  closures: Pick<Closures, 'callOff'>
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
 * However late that is, it stops where the change was taken back: what the owner begins then is theirs.
 */
export const createTakeBackAddress = (deps: TakeBackDeps) => {
  const { addressChanges, links, closures, unlink, undoConsents, endOutdated, enqueue, enqueueAccount } = deps

  const callOff = async (account: Account, id: PrincipalId, span: Span): Promise<void> => {
    const actor = actorOf(id)
    await undoConsents(id, account, span)
    if (isIn(span, account.closing?.since) || isIn(span, account.leaving?.since))
      await closures.callOff(account, actor).catch((error: unknown) => {
        // Somebody was quicker: looked at again by whoever meets the log.
        if (!isAppError(error, 'not-closing')) throw error
      })
    if (account.link && isIn(span, account.link.since))
      await unlink(account.link.person, account.company, { keep: 'before', actor, byLetter: true })
    enqueueAccount(account._id)
  }

  /** What follows a change that was taken back; safe to run again at any time. */
  const follow = async (id: PrincipalId, { since, until }: Span): Promise<void> => {
    const { credential } = (await deps.readPrincipal(id)) ?? {}
    // Nobody can have begun anything of their own before they chose a new password: what came in late is a thief's.
    const span = { since, until: credential === undefined ? Number.POSITIVE_INFINITY : until }
    await endOutdated(id)
    for (const account of await links.accountsHeldBy(id)) await callOff(account, id, span)
    enqueue(id)
  }

  return {
    follow,

    /** AppError `undo-too-late` (gone). */
    take: async (id: PrincipalId, former: FormerAddress): Promise<void> => {
      await follow(id, await addressChanges.takeBack(id, former))
    },
  }
}

export type TakeBackAddress = ReturnType<typeof createTakeBackAddress>
