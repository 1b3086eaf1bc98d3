import type { DetailName } from '../details/index.ts'
import { now } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { randomId } from '../lib/ids.ts'
import { type Actor, assertOwnBirthDate, type Restored, restoredBy, type ToUndo } from '../people/index.ts'
import type { Account, AccountId, AccountLogEntry, OwnTakeBack } from './account.ts'
import type { AccountMutation, AccountsStore } from './accounts-store.ts'

export interface OwnChange {
  field: DetailName
  value: string | null
  /** What the form was rendered with: a value that another changed since is not written over unseen (model M10). */
  was: string | null
}

type OwnWrite = Pick<AccountLogEntry, 'op' | 'kind' | 'actor' | 'reason' | 'undoes' | 'at'> & {
  changes: readonly { field: DetailName; value: string | null }[]
}

/** Details of an account that is not linked are its company's alone: its own line and its copy are one (model M7). */
export const writeOwn = (account: Account, { changes, ...entry }: OwnWrite): AccountMutation => {
  const set: Record<string, unknown> = { seq: account.seq + 1 }
  const told: NonNullable<AccountLogEntry['changes']> = {}
  for (const { field, value } of changes) {
    set[`own.${field}`] = value
    set[`copy.${field}`] = value
    told[field] = { before: account.copy[field] ?? null, after: value }
  }
  const fields = changes.map(({ field }) => field)
  return { set, log: [{ ...entry, epoch: account.epoch, fields, changes: told }] }
}

/** What the holder of a separate account changes, as it stands when it is written. Throws what `change` throws. */
const holderWrites = (
  account: Account,
  { changes, minimumAge, op, at }: { changes: readonly OwnChange[]; minimumAge: number; op: string; at: number },
): AccountMutation | undefined => {
  if (account.link || account.status !== 'open') throw new AppError('conflict', 'not-open')
  const wanted = changes.filter(({ field, value, was }) => {
    const standing = account.copy[field] ?? null
    if (standing !== was && standing !== value)
      throw new AppError('conflict', 'detail-changed-meanwhile', { values: { field } })
    return standing !== value
  })
  if (wanted.length === 0) return undefined
  const birthDate = wanted.find(({ field }) => field === 'birthDate')
  const corrects = birthDate && (account.copy.birthDate ?? null) !== null
  if (birthDate) {
    const { copy, birthDateCorrectedAt: correctedAt } = account
    assertOwnBirthDate({ standing: copy.birthDate, correctedAt }, birthDate.value, { minimumAge, at })
  }
  const written = writeOwn(account, { op, kind: 'details-changed', changes: wanted, actor: holderOf(account), at })
  const set = { ...written.set, ...noted(account, wanted), ...(corrects && { birthDateCorrectedAt: at }) }
  return { ...written, set }
}

/** Beside each change of address that may be taken back: what stood before the holder spoke after it (H4). */
const noted = ({ takeBacks = [], copy }: Account, changes: readonly OwnChange[]): { takeBacks?: OwnTakeBack[] } => {
  if (takeBacks.length === 0) return {}
  return {
    takeBacks: takeBacks.map((each) => {
      const changed = { ...each.changed }
      for (const { field, value } of changes)
        changed[field] = { before: changed[field] ? changed[field].before : (copy[field] ?? null), after: value }
      return { ...each, changed }
    }),
  }
}

/** What its holder gets back by undoing what the company or its support changed; nothing while it is linked. Pure. */
export const restoredOwn = (account: Account, undone: ToUndo, at: number): Restored =>
  account.link || account.status !== 'open' ? {} : restoredBy(undone, (field) => account.copy[field], at)

export const createSeparateProfile = (accounts: AccountsStore) => ({
  /**
   * undefined: it stood like that already. AppError (conflict) `not-open`, or naming the field
   * `detail-changed-meanwhile`, `birth-date-guarded`, `birth-date-age-limit`.
   */
  change: async (
    id: AccountId,
    wanted: { changes: readonly OwnChange[]; minimumAge: number },
  ): Promise<Account | undefined> => {
    const op = randomId()
    return accounts.change(id, (account) => holderWrites(account, { ...wanted, op, at: now() }))
  },

  /** Takes changes by others back, as one new change by its holder. AppError `undo-too-late` (gone). */
  takeBack: async (id: AccountId, undone: ToUndo): Promise<void> => {
    const op = randomId()
    const back = await accounts.change(id, (account) => {
      const at = now()
      const restored = Object.entries(restoredOwn(account, undone, at)) as [DetailName, string | null][]
      if (restored.length === 0) return undefined
      const entry = { op, kind: 'details-changed', actor: holderOf(account), at } as const
      const changes = restored.map(([field, value]) => ({ field, value }))
      return writeOwn(account, { ...entry, ...(undone.ops[0] && { undoes: undone.ops[0] }), changes })
    })
    if (!back) throw new AppError('gone', 'undo-too-late')
  },
})

export type SeparateProfile = ReturnType<typeof createSeparateProfile>

const holderOf = ({ _id }: Account): Actor => ({ kind: 'account', id: _id })
