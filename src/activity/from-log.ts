import {
  type Account,
  type AccountLogEntry,
  asAccount,
  asPerson,
  isNotice,
  type PrincipalId,
} from '../accounts/index.ts'
import { keyPart, padded } from '../lib/ids.ts'
import type { Person, PersonId, PersonLogEntry } from '../people/index.ts'
import type { ActivityEvent, EventKind } from './event.ts'
import { eventId } from './events-store.ts'

/** What a person's log entry says in their trail. */
export const eventOfPerson = ({ _id }: Pick<Person, '_id'>, entry: PersonLogEntry): ActivityEvent => {
  const { n, at, kind, actor, op, changes, confirmed, reason, undoes, company } = entry
  const by = actor.kind === 'company' || actor.kind === 'support' ? actor.company : company
  return {
    _id: eventId(asPerson(_id), at, `p${padded(n)}`),
    at,
    kind,
    actor,
    op,
    ...(changes && { changes }),
    ...(confirmed && { confirmed }),
    ...(reason && { reason }),
    ...(undoes && { undoes }),
    ...(by && { company: by }),
  }
}

/** Whom a log entry of an account concerned: the person it was linked to then, or else the account's own holder. */
export const concernedBy = (account: Pick<Account, 'link' | 'epoch'>, entry: AccountLogEntry): PersonId | undefined =>
  entry.person ?? (account.link && entry.epoch === account.epoch ? account.link.person : undefined)

/** Where a link begins or ends, both trails say so; what else happened is in one of them. */
const inBothTrails: readonly EventKind[] = [
  'linked',
  'unlinked',
  'unlinking',
  'unlink-cancelled',
  'closing',
  'closure-cancelled',
  'closed',
]

/**
 * What an account's log entry says in the trails. Deliveries are in the sharing history; a company's write to a linked
 * account is in the person's log once it was made there, with the values it replaced.
 */
export const eventsOfAccount = (account: Account, entry: AccountLogEntry): ActivityEvent[] => {
  const { n, at, actor, op, fields, changes, undoes, reason } = entry
  const person = concernedBy(account, entry)
  const kind = kindOf(entry, person !== undefined)
  if (!kind) return []
  const holders: PrincipalId[] = []
  if (person) holders.push(asPerson(person))
  if (!person || inBothTrails.includes(kind)) holders.push(asAccount(account._id))
  return holders.map((holder) => ({
    _id: eventId(holder, at, `a${keyPart(account._id)}.${padded(n)}`),
    at,
    kind,
    actor,
    op,
    company: account.company,
    account: account._id,
    ...(fields && fields.length > 0 && { fields }),
    ...(changes && { changes }),
    ...(undoes && { undoes }),
    ...(reason && { reason }),
  }))
}

const kindOf = ({ kind }: AccountLogEntry, linked: boolean): EventKind | undefined => {
  if (kind === 'shared' || kind === 'told' || isNotice(kind)) return undefined
  if (kind === 'company-wrote') return linked ? undefined : 'details-changed'
  return kind
}
