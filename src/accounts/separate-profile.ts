import type { DetailName } from '../details/index.ts'
import type { Account, AccountLogEntry, OwnTakeBack } from './account.ts'
import type { AccountMutation } from './accounts-store.ts'

type Changes = readonly { field: DetailName; value: string | null }[]

type SeparateWrite = Pick<AccountLogEntry, 'op' | 'kind' | 'actor' | 'reason' | 'undoes' | 'at'> & { changes: Changes }

/** Details of an account that is not linked are its company's alone: its own line and its copy are one (model M7). */
export const writeCopy = (account: Account, { changes, ...entry }: SeparateWrite): AccountMutation => {
  const set: Record<string, unknown> = { seq: account.seq + 1 }
  const recorded: NonNullable<AccountLogEntry['changes']> = {}
  for (const { field, value } of changes) {
    set[`own.${field}`] = value
    set[`copy.${field}`] = value
    recorded[field] = { before: account.copy[field] ?? null, after: value }
  }
  const fields = changes.map(({ field }) => field)
  return { set, log: [{ ...entry, epoch: account.epoch, fields, changes: recorded }] }
}

/** The same by its holder; `beside`: what else is written with it. */
export const writeByHolder = (
  account: Account,
  write: Pick<SeparateWrite, 'op' | 'undoes' | 'at' | 'changes'>,
  beside: Pick<Account, 'birthDateCorrectedAt'>,
): AccountMutation => {
  const actor = { kind: 'account', id: account._id } as const
  const written = writeCopy(account, { ...write, kind: 'details-changed', actor })
  return { ...written, set: { ...written.set, ...noted(account, write.changes), ...beside } }
}

/** Beside each change of address that may be taken back: what stood before the holder spoke after it (H4). */
const noted = ({ takeBacks = [], copy }: Account, changes: Changes): { takeBacks?: OwnTakeBack[] } => {
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
