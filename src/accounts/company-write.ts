import type { Company } from '../companies/index.ts'
import { type DetailName, detailsOfClaims } from '../details/index.ts'
import { AppError } from '../lib/errors.ts'
import type { byCompany, bySupport } from '../people/index.ts'
import { type Account, type Intent, mayChange } from './account.ts'
import type { AccountMutation } from './accounts-store.ts'
import { writeCopy } from './separate-profile.ts'
import { releasedTo } from './sharing-rules.ts'

/** Fields no company changes by itself: proof and a second pair of eyes stand before them (threats T17). */
export const guardedDetails: readonly DetailName[] = ['birthDate', 'country']

type Whose = Pick<Account, 'link'>
type Writer = Pick<Company, 'release'>

/**
 * Whoever may not have a detail of a linked account does not change it either: it would be changed at every other company
 * too (S4-4). `field-not-shared` (403), naming the field.
 */
export const assertShared = (account: Whose, company: Writer, fields: readonly DetailName[]): void => {
  const shared = account.link ? releasedTo(account, company) : fields
  for (const field of fields)
    if (!shared.includes(field)) throw new AppError('forbidden', 'field-not-shared', { values: { field } })
}

/** Refuses what a company may not write, naming the field: `field-not-writable`, `field-not-shared` (403), `field-guarded` (409). */
export const assertWritable = (account: Whose, company: Writer, fields: readonly DetailName[]): void => {
  const writable = detailsOfClaims(company.release.writes)
  for (const field of fields) {
    if (!writable.includes(field)) throw new AppError('forbidden', 'field-not-writable', { values: { field } })
    assertShared(account, company, [field])
    if (guardedDetails.includes(field)) throw new AppError('conflict', 'field-guarded', { values: { field } })
  }
}

/**
 * A company's write of basic details commits on its account alone (model M11): its own line changes now; for a linked
 * account the change travels on as an intent, for a separate one it is the copy at once.
 */
export const companyWrites = (
  account: Account,
  write: Pick<Intent, 'changes' | 'actor' | 'reason' | 'at'> & {
    op: string
    source: typeof byCompany | typeof bySupport
  },
): AccountMutation | undefined => {
  if (!mayChange(account)) return undefined
  const { op, changes, actor, source, reason, at } = write
  if (!account.link) return writeCopy(account, { op, kind: 'company-wrote', changes, actor, reason, at })
  const set: Record<string, unknown> = {}
  for (const { field, value } of changes) set[`own.${field}`] = value
  const said = { source: source(account.company, account.link.id), ...(reason && { reason }) }
  set[`intents.${op}`] = { n: account.n + 1, changes, actor, at, ...said } satisfies Intent
  const fields = changes.map(({ field }) => field)
  return { set, log: [{ op, kind: 'company-wrote', at, actor, epoch: account.epoch, fields, reason }] }
}
