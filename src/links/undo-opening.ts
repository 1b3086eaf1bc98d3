import type { Account, AccountId, AccountsStore, CloseAccount, Closures } from '../accounts/index.ts'
import { AppError, isAppError } from '../lib/errors.ts'
import type { ErasePerson, PeopleStore, PersonId } from '../people/index.ts'

interface UndoOpeningDeps {
  accounts: Pick<AccountsStore, 'get'>
  people: Pick<PeopleStore, 'get'>
  closures: Pick<Closures, 'callOff'>
  closeAccount: Pick<CloseAccount, 'closeByLetter'>
  erasePerson: Pick<ErasePerson, 'erase'>
  enqueuePerson: (id: PersonId) => void
}

/** Whose link made which account: `registration` where the sign-in was made for it. */
interface Opened {
  kind: 'opened' | 'registration'
  person: PersonId
  account: AccountId
}

/**
 * An account that a link made is undone by a letter, without signing in (U16): closed at once whatever its company's
 * process, since nobody who should have it ever had it, and nobody could enter it without its link. A sign-in that was
 * made for it is deleted too, unless other accounts hang on it by now. Pressed again after a crash it goes on. AppError
 * `undo-too-late` (gone) once it is closed, has a sign-in of its own, or is another's.
 */
export const createUndoOpening = (deps: UndoOpeningDeps) => {
  const { accounts, people, closures, closeAccount, erasePerson, enqueuePerson } = deps

  const find = async ({ kind, person, account: id }: Opened): Promise<Account> => {
    const account = await accounts.get(id)
    const holder = account?.link?.person ?? account?.left?.person
    const isTheirs = holder === person && account?.signIn === null
    const isLive = account?.status !== 'closed' || (kind === 'registration' && (await isThere(person)))
    if (!account || !isTheirs || !isLive) throw new AppError('gone', 'undo-too-late')
    return account
  }

  const isThere = async (id: PersonId): Promise<boolean> => (await people.get(id))?.status === 'active'

  /** False where something else hangs on it: then it stays. */
  const isErased = async (id: PersonId): Promise<boolean> => {
    try {
      return await erasePerson.erase(id)
    } catch (error) {
      if (isAppError(error, 'accounts-left')) return false
      throw error
    }
  }

  return {
    find,

    /** True where the sign-in went with it. */
    take: async (opened: Opened): Promise<boolean> => {
      const { kind, person } = opened
      const actor = { kind: 'person', id: person } as const
      const found = await find(opened)
      const account = found.status === 'closing' ? await closures.callOff(found, actor) : found
      if (account.status !== 'closed') await closeAccount.closeByLetter(account, actor)
      const erased = kind === 'registration' && (await isErased(person))
      enqueuePerson(person)
      return erased
    },
  }
}

export type UndoOpening = ReturnType<typeof createUndoOpening>
