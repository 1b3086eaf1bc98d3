import type { Account, AccountId, Closures, Principal, SeparateAddressChanges } from '../accounts/index.ts'
import { now } from '../lib/clock.ts'
import { isAppError } from '../lib/errors.ts'
import type { CredentialChanges, FormerAddress, PersonId } from '../people/index.ts'
import type { Links } from './create-links.ts'
import type { UndoConsents } from './undo-consents.ts'
import type { Unlink } from './unlink.ts'

interface TakeBackDeps {
  credentials: Pick<CredentialChanges, 'takeBackAddress'>
  separateIdentifiers: Pick<SeparateAddressChanges, 'takeBack'>
  links: Pick<Links, 'accountsOf'>
  closures: Pick<Closures, 'comeBack'>
  unlink: Unlink
  undoConsents: UndoConsents
  /** Ends every session and token that was made under credentials of before, and has services told. */
  endOutdated: (holder: Principal) => Promise<void>
  enqueuePerson: (id: PersonId) => void
  enqueueAccount: (id: AccountId) => void
}

/**
 * *Wasn't you?* (T5): whoever reads the mailbox that signed in before takes the change back, and with it all that was
 * recorded since (H4). The commit ends the password, gives the address and the details back and calls a deletion off; what
 * was begun at the accounts since, and what partners were allowed, is called off after it, from the log should a crash come between.
 */
export const createTakeBackAddress = (deps: TakeBackDeps) => {
  const {
    credentials,
    separateIdentifiers,
    links,
    closures,
    unlink,
    undoConsents,
    endOutdated,
    enqueuePerson,
    enqueueAccount,
  } = deps

  const callOff = async (account: Account, person: PersonId, since: number): Promise<void> => {
    const actor = { kind: 'person', id: person } as const
    await undoConsents({ kind: 'person', person }, account, since)
    const begun = Math.max(account.closing?.since ?? -1, account.leaving?.since ?? -1)
    if (begun >= since)
      await closures.comeBack(account, actor).catch((error: unknown) => {
        // Somebody was quicker: looked at again by whoever meets the log.
        if (!isAppError(error, 'not-closing')) throw error
      })
    if ((account.link?.since ?? -1) >= since)
      await unlink(person, account.company, { keep: 'before', actor, byLetter: true })
    enqueueAccount(account._id)
  }

  /** What follows a change that was taken back; safe to run again at any time. */
  const follow = async (person: PersonId, since: number): Promise<void> => {
    await endOutdated({ kind: 'person', person })
    for (const account of await links.accountsOf(person)) await callOff(account, person, since)
    enqueuePerson(person)
  }

  return {
    follow,

    person: async (person: PersonId, former: FormerAddress): Promise<void> => {
      await credentials.takeBackAddress(person, former)
      await follow(person, Math.min(former.at, now()))
    },

    account: async (id: AccountId, former: FormerAddress): Promise<void> => {
      const holder = { kind: 'account', account: id } as const
      const account = await separateIdentifiers.takeBack(id, former)
      await endOutdated(holder)
      await undoConsents(holder, account, Math.min(former.at, now()))
      enqueueAccount(id)
    },
  }
}

export type TakeBackAddress = ReturnType<typeof createTakeBackAddress>
