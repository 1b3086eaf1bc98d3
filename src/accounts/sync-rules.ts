import type { DetailName, Details } from '../details/index.ts'
import type { PersonId } from '../people/index.ts'
import { type Account, isLinkedTo } from './account.ts'
import type { AccountMutation } from './accounts-store.ts'

interface NewestDetails {
  person: PersonId
  /** The person's version. */
  v: number
  details: Details
  /** Revision of the company's release policy, and what it lets this account have: policy ∩ agreed. */
  r: number
  released: readonly DetailName[]
  at: number
}

/**
 * Brings a linked account's copy to the person's newest details. Written only if neither counter falls and one rises,
 * component by component (model M8): a process with an older policy never undoes what a newer one withdrew.
 */
export const syncCopy = (account: Account, newest: NewestDetails): AccountMutation | undefined => {
  if (!isLinkedTo(account, newest.person) || account.link?.paused !== undefined) return undefined
  const { v, r } = account.at
  if (newest.v < v || newest.r < r || (newest.v === v && newest.r === r)) return undefined
  const { set, unset, fields, withdrawn } = copyChanges(account, newest)
  const at = { at: { v: newest.v, r: newest.r } }
  if (fields.length === 0 && withdrawn.length === 0) return { set: at }
  return {
    set: { ...at, ...set, seq: account.seq + 1, retry: {} },
    unset,
    log: [
      {
        op: `sync:${newest.v}.${newest.r}`,
        kind: 'shared',
        at: newest.at,
        actor: { kind: 'system' },
        epoch: account.epoch,
        seq: account.seq + 1,
        fields,
        ...(withdrawn.length > 0 && { withdrawn }),
        person: newest.person,
        policyVersion: account.link?.policyVersion,
      },
    ],
  }
}

/** How the copy differs from what is released now. An absent detail leaves the copy's; null clears it. */
export const copyChanges = (
  account: Pick<Account, 'copy' | 'withdrawn'>,
  { details, released }: Pick<NewestDetails, 'details' | 'released'>,
) => {
  const set: Record<string, unknown> = {}
  const unset: string[] = []
  const fields: DetailName[] = []
  const withdrawn: DetailName[] = []
  for (const field of released) {
    const value = details[field]
    if (value === undefined || account.copy[field] === value) continue
    set[`copy.${field}`] = value
    fields.push(field)
  }
  for (const field of Object.keys(account.copy) as DetailName[])
    if (!released.includes(field)) {
      unset.push(`copy.${field}`)
      withdrawn.push(field)
    }
  const known = new Set([...account.withdrawn, ...withdrawn])
  for (const field of released) known.delete(field)
  if (known.size !== account.withdrawn.length || withdrawn.length > 0) set.withdrawn = [...known]
  return { set, unset, fields, withdrawn }
}
