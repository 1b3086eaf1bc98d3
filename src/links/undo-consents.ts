import { type Account, hasWayIn, type PrincipalId } from '../accounts/index.ts'
import type { Span } from '../people/index.ts'
import type { Consents } from '../scopes/index.ts'

export interface UndoConsentsDeps {
  consents: Pick<Consents, 'givenIn' | 'withdrawIn'>
  /** Ends what one client was given, tokens and sessions. */
  endClient: (holder: PrincipalId, company: string, client: string) => Promise<void>
  /** The holder's own trail says so. */
  recordWithdrawn: (holder: PrincipalId, account: Account, client: string) => Promise<void>
  /** Whatever else was begun at the account in that time is called off by whom it belongs to. Idempotent. */
  recordTakenBack: (holder: PrincipalId, account: Account, span: Span) => Promise<void>
}

/**
 * What partners' applications were allowed between a change and its being taken back goes with it (H27): whoever gave it
 * may have been a thief. What was allowed before stays, and what its holder allowed since then; what a thief withdrew stays withdrawn, since that gives nothing away. The
 * consent goes last: after a crash whoever meets the log finds what is left to end.
 */
export const createUndoConsents =
  ({ consents, endClient, recordWithdrawn, recordTakenBack }: UndoConsentsDeps) =>
  async (holder: PrincipalId, account: Account, { since, until }: Span): Promise<void> => {
    // Until somebody has a way in again, nobody can have allowed anything of their own.
    const span = { since, until: hasWayIn(account) ? until : Number.POSITIVE_INFINITY }
    for (const client of await consents.givenIn(account._id, span)) {
      await endClient(holder, account.company, client)
      if (await consents.withdrawIn(account._id, client, span)) await recordWithdrawn(holder, account, client)
    }
    await recordTakenBack(holder, account, span)
  }

export type UndoConsents = ReturnType<typeof createUndoConsents>
