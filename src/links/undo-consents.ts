import type { Account, PrincipalId } from '../accounts/index.ts'
import type { Consents } from '../scopes/index.ts'

export interface UndoConsentsDeps {
  consents: Pick<Consents, 'givenSince' | 'withdrawSince'>
  /** Ends what one client was given, tokens and sessions. */
  endClient: (holder: PrincipalId, company: string, client: string) => Promise<void>
  /** The holder's own trail says so. */
  recordWithdrawn: (holder: PrincipalId, account: Account, client: string) => Promise<void>
}

/**
 * What partners' applications were allowed since a change that is taken back goes with it (H27): whoever gave it may have
 * been a thief. What was allowed before stays; what a thief withdrew stays withdrawn, since that gives nothing away. The
 * consent goes last: after a crash whoever meets the log finds what is left to end.
 */
export const createUndoConsents =
  ({ consents, endClient, recordWithdrawn }: UndoConsentsDeps) =>
  async (holder: PrincipalId, account: Account, since: number): Promise<void> => {
    for (const client of await consents.givenSince(account._id, since)) {
      await endClient(holder, account.company, client)
      if (await consents.withdrawSince(account._id, client, since)) await recordWithdrawn(holder, account, client)
    }
  }

export type UndoConsents = ReturnType<typeof createUndoConsents>
