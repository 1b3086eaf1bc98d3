import type { PersonId } from '../people/index.ts'
import type { Account } from './account.ts'
import type { AccountMutation } from './accounts-store.ts'
import type { NoticeKind } from './lifecycle-kind.ts'

/** So many requests as an account remembers that its services were told of. */
const mostNoticed = 16

/**
 * A company did what somebody asked of it by law: its services are told so, once for each request, and then of the copy
 * as it is. The link, the copy and what is agreed stand as they did (GDPR Art. 19). `person`: who asked, whose history
 * it stands in; undefined: the holder of the separate account.
 */
export const noticeTo = (
  { status, company, epoch, seq, link, noticed = [] }: Account,
  { request, kind, at, person }: { request: string; kind: NoticeKind; at: number; person: PersonId | undefined },
): AccountMutation | undefined => {
  if (status === 'void' || noticed.includes(request)) return undefined
  return {
    // One for the notice, one for the copy after it.
    set: { seq: seq + 2, retry: {}, noticed: [...noticed, request].slice(-mostNoticed) },
    log: [
      {
        op: request,
        kind,
        at,
        actor: { kind: 'company', company, epoch },
        epoch,
        seq: seq + 1,
        ...(person !== undefined && { person }),
        ...(link && link.person === person && { policyVersion: link.policyVersion }),
      },
    ],
  }
}
