import { now } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { randomId } from '../lib/ids.ts'
import type { Actor } from '../people/index.ts'
import type { Account, AccountId } from './account.ts'
import type { AccountsStore } from './accounts-store.ts'
import type { AssertAskerStill } from './still-signed-in.ts'

/** A company's own fields as a form has them: what each is to be, and what the page had shown. */
interface CustomAttributesChange {
  values: Readonly<Record<string, string>>
  /** Absent: it was not shown, and what stands is taken for it. */
  was: (id: string) => string | undefined
  actor: Actor
  /** Asked of the account as it is when it is written. */
  may: (seen: Account) => boolean
}

interface HolderChoicesDeps {
  accounts: Pick<AccountsStore, 'change'>
  assertAskerStill: AssertAskerStill
  enqueueAccount: (id: AccountId) => void
}

/** What whoever holds an account, or left it, decides about it alone; nothing of it goes to any other company. */
export const createHolderChoices = ({ accounts, assertAskerStill, enqueueAccount }: HolderChoicesDeps) => ({
  /** AppError `not-open`, `detail-changed-meanwhile` (conflict), `interaction-expired` (gone). */
  changeCustomAttributes: async (id: AccountId, { values, was, actor, may }: CustomAttributesChange): Promise<void> => {
    const op = randomId()
    await assertAskerStill()
    await accounts.change(id, (seen) => {
      if (!may(seen)) throw new AppError('conflict', 'not-open')
      const changed = changedOf(values, was, seen.ownData)
      if (changed.length === 0) return undefined
      return {
        set: Object.fromEntries(changed.map(([field, value]) => [`ownData.${field}`, value])),
        log: [{ op, kind: 'own-data-changed', at: now(), actor, epoch: seen.epoch }],
      }
    })
    enqueueAccount(id)
  },

  /** An account that somebody left is off their own list; it stays where it is. */
  takeOffList: async (id: AccountId, may: (seen: Account) => boolean): Promise<void> => {
    await assertAskerStill()
    await accounts.change(id, (seen) => (may(seen) ? { set: { 'left.unlisted': true } } : undefined))
  },

  /** Linking was offered; it is not offered by itself again. */
  noteLinkOffered: async (id: AccountId): Promise<void> => {
    await accounts.change(id, (seen) =>
      seen.offeredLinkAt === undefined ? { set: { offeredLinkAt: now() } } : undefined,
    )
  },
})

export type HolderChoices = ReturnType<typeof createHolderChoices>

/**
 * What a form changed of what it was rendered with: a stale one takes nothing back that another tab changed in another
 * field, and is told where both changed the same (model M10).
 */
const changedOf = (
  values: CustomAttributesChange['values'],
  was: CustomAttributesChange['was'],
  ownData: Account['ownData'],
) =>
  Object.entries(values).filter(([id, value]) => {
    const current = ownData[id] ?? ''
    const shown = was(id) ?? current
    if (value === shown || value === current) return false
    if (shown !== current)
      throw new AppError('conflict', 'detail-changed-meanwhile', { values: { field: `own.${id}` } })
    return true
  })
