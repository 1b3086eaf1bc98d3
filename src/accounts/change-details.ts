import type { Details } from '../details/index.ts'
import { assertSignedInStill } from '../lib/browser-binding.ts'
import { now } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { randomId } from '../lib/ids.ts'
import {
  assertBirthDateChange,
  byPerson,
  changeDetails,
  type DetailChange,
  detailsOf,
  type PeopleStore,
} from '../people/index.ts'
import type { Account } from './account.ts'
import type { AccountMutation, AccountsStore } from './accounts-store.ts'
import { type PrincipalId, rawIdOf } from './principal.ts'
import { writeByHolder } from './separate-profile.ts'

/** From which version of a person's detail, and from which value: an account's details have no versions of their own. */
export interface HolderChange extends DetailChange {
  /** What the form was rendered with: a value that another changed since is not written over unseen (model M10). */
  was: string | null
}

interface Wanted {
  changes: readonly HolderChange[]
  /** The highest that any of their companies asks; absent where nothing new is said, as of an undo. */
  minimumAge?: number
  /** Op of the change this one takes back. */
  undoes?: string
}

/**
 * Whoever signs in changes their own details (S4-3): a person, whose copies follow, or the holder of a separate account
 * (model M7). Answers the operation; undefined when all of it stood like that. AppError (conflict), naming the field:
 * `detail-changed-meanwhile`, `birth-date-guarded`, `birth-date-age-limit`; `not-open`, `person-not-found`;
 * `interaction-expired` (gone) where whoever asks signed in under credentials that hold no more (H4).
 */
export const createChangeDetails = ({ people, accounts }: { people: PeopleStore; accounts: AccountsStore }) => {
  const kinds = {
    person: async (person: string, { changes, minimumAge, undoes }: Wanted): Promise<string | undefined> => {
      const at = now()
      const { op, fields } = await changeDetails(people, person, {
        source: byPerson,
        actor: { kind: 'person', id: person },
        changes,
        ...(undoes && { undoes }),
        guard: (seen, fields) => {
          assertSignedInStill(seen)
          return guardBirthDate(
            { details: detailsOf(seen), correctedAt: seen.birthDateCorrectedAt },
            changes.filter(({ field }) => fields.includes(field)),
            { minimumAge, at },
          )
        },
      })
      return fields.length > 0 ? op : undefined
    },

    account: async (account: string, wanted: Wanted): Promise<string | undefined> => {
      const op = randomId()
      const changed = await accounts.change(account, (seen) => separateChange(seen, { ...wanted, op, at: now() }))
      return changed && op
    },
  }

  return (id: PrincipalId, wanted: Wanted): Promise<string | undefined> => kinds[id.kind](rawIdOf(id), wanted)
}

export type ChangeDetails = ReturnType<typeof createChangeDetails>

/** A birth date only as far as its guard goes (S11, T17); answers what is written beside it. */
const guardBirthDate = (
  { details, correctedAt }: { details: Details; correctedAt: number | undefined },
  changes: readonly Pick<HolderChange, 'field' | 'value'>[],
  { minimumAge, at }: { minimumAge: number | undefined; at: number },
): { birthDateCorrectedAt?: number } => {
  const birthDate = changes.find(({ field }) => field === 'birthDate')
  if (!birthDate || minimumAge === undefined) return {}
  const current = details.birthDate
  assertBirthDateChange({ current, correctedAt }, birthDate.value, { minimumAge, at })
  return current === undefined || current === null ? {} : { birthDateCorrectedAt: at }
}

const separateChange = (
  account: Account,
  { changes, minimumAge, undoes, op, at }: Wanted & { op: string; at: number },
): AccountMutation | undefined => {
  assertSignedInStill(account)
  if (account.link || account.status !== 'open') throw new AppError('conflict', 'not-open')
  const wanted = changes.filter(({ field, value, was }) => {
    const current = account.copy[field] ?? null
    if (current !== was && current !== value)
      throw new AppError('conflict', 'detail-changed-meanwhile', { values: { field } })
    return current !== value
  })
  if (wanted.length === 0) return undefined
  const seen = { details: account.copy, correctedAt: account.birthDateCorrectedAt }
  const beside = guardBirthDate(seen, wanted, { minimumAge, at })
  return writeByHolder(account, { op, at, changes: wanted, ...(undoes && { undoes }) }, beside)
}
