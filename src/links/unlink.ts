import type { Account, AccountId } from '../accounts/index.ts'
import type { CompanyId } from '../companies/index.ts'
import { isAppError } from '../lib/errors.ts'
import type { Actor, PersonId } from '../people/index.ts'
import type { Links } from './create-links.ts'
import type { KeptDetails } from './link-rules.ts'

interface UnlinkDeps {
  links: Pick<Links, 'unlink' | 'leftAt' | 'afterLeaving'>
  /** Ends its sessions and tokens, and has its services told. */
  endAccount: (id: AccountId) => Promise<void>
  enqueuePerson: (id: PersonId) => void
  enqueueAccount: (id: AccountId) => void
}

/**
 * *Unlink*, whoever asks for it (S4-1, G5): the commit, then everything that follows from it. Answered only once nothing
 * of the old link is on the wire and its tokens and sessions are dead; a crash between is mended from the account's log
 * (Q7). Asked again, what follows is done again: *done* is never said of what is not. AppError `not-linked` (not-found).
 */
export const createUnlink =
  ({ links, endAccount, enqueuePerson, enqueueAccount }: UnlinkDeps) =>
  async (
    person: PersonId,
    company: CompanyId,
    end: { keep: KeptDetails; actor: Actor; byLetter?: boolean },
  ): Promise<Account> => {
    const left = await links.unlink(person, company, end).catch(async (error: unknown) => {
      const before = isAppError(error, 'not-linked') && (await links.leftAt(person, company))
      if (!before) throw error
      return links.afterLeaving(before)
    })
    await endAccount(left._id)
    enqueueAccount(left._id)
    enqueuePerson(person)
    return left
  }

export type Unlink = ReturnType<typeof createUnlink>
