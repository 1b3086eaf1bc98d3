import { type AccountId, type AccountsStore, type NoticeKind, noticeTo } from '../accounts/index.ts'
import type { CompanyId } from '../companies/index.ts'
import type { PersonId } from '../people/index.ts'

interface TellNoticeDeps {
  accounts: Pick<AccountsStore, 'get' | 'change'>
  recipientsOf: (company: CompanyId) => readonly { id: string }[]
  enqueueAccount: (id: AccountId) => void
}

/** What a company did that somebody asked of it by law; the same `request` is the same notice, however often it comes. */
interface Notice {
  request: string
  kind: NoticeKind
  /** Milliseconds since 1970. */
  at: number
  /** Who asked: the account may be somebody else's by now (T18). undefined: the holder of the separate account. */
  person: PersonId | undefined
}

/**
 * The services of an account's company are told that it was corrected, erased or restricted on request (GDPR Art. 19),
 * and after it of the copy where they are told of copies. No other company hears of it, and nothing of the account changes.
 */
export const createTellNotice =
  ({ accounts, recipientsOf, enqueueAccount }: TellNoticeDeps) =>
  async (id: AccountId, notice: Notice): Promise<void> => {
    const account = await accounts.get(id)
    if (!account || recipientsOf(account.company).length === 0) return
    await accounts.change(id, (seen) => noticeTo(seen, notice))
    enqueueAccount(id)
  }

export type TellNotice = ReturnType<typeof createTellNotice>
