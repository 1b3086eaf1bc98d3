import type { Account, AccountId, AccountsStore, Closures } from '../accounts/index.ts'
import { now } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import type { PersonId } from '../people/index.ts'
import type { UndoConsents } from './undo-consents.ts'
import type { Unlink } from './unlink.ts'

interface TakeBackLinkDeps {
  accounts: Pick<AccountsStore, 'get' | 'change'>
  closures: Pick<Closures, 'callOff'>
  unlink: Unlink
  undoConsents: UndoConsents
}

/** Who linked which account: what a letter about a link takes back. */
interface Taken {
  person: PersonId
  account: AccountId
}

/**
 * A link is undone by a letter, without signing in (T8, T18). The offer belongs to the person and the account: whatever
 * was done to it since, unlinked, linked once more or on its way to closure, the account gets back the details of its own
 * and the way to a sign-in of its own (H4). AppError `undo-too-late` (gone) once it has one again, or is another's.
 */
export const createTakeBackLink = ({ accounts, closures, unlink, undoConsents }: TakeBackLinkDeps) => {
  const find = async ({ person, account: id }: Taken): Promise<Account> => {
    const account = await accounts.get(id)
    const isLeft = account?.link === null && account.signIn === null && account.left?.person === person
    if (!account || account.status === 'closed' || !(account.link?.person === person || isLeft))
      throw new AppError('gone', 'undo-too-late')
    return account
  }

  const restored = ({ status, link, left }: Account) =>
    status === 'open' && !link && left?.own && (left.until ?? 0) > now()
      ? { set: { own: left.own, copy: left.own }, unset: ['left.own', 'left.until'] }
      : undefined

  return {
    find,

    /** The account as it is after it. */
    take: async (taken: Taken): Promise<Account> => {
      const account = await find(taken)
      const actor = { kind: 'person', id: taken.person } as const
      if (account.status === 'closing') await closures.callOff(account, actor)
      const left = account.link
        ? await unlink(taken.person, account.company, { keep: 'before', actor, byLetter: true })
        : account
      const since = left.left?.since
      if (since !== undefined)
        await undoConsents({ kind: 'person', person: taken.person }, left, { since, until: now() })
      return (await accounts.change(left._id, restored)) ?? left
    },
  }
}

export type TakeBackLink = ReturnType<typeof createTakeBackLink>
