import {
  type Account,
  type AccountId,
  type AccountMutation,
  type AccountsStore,
  type AssertAskerStill,
  chooseSharing,
  type Purposes,
  pauseSharing,
  resumeSharing,
} from '../accounts/index.ts'
import type { Company } from '../companies/index.ts'
import { now } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { randomId } from '../lib/ids.ts'
import type { Actor } from '../people/index.ts'

export interface ShareDeps {
  accounts: Pick<AccountsStore, 'change' | 'get'>
  assertAskerStill: AssertAskerStill
  /** Breaks off what is on the wire to an account's services, and waits until nothing of before is (M6). */
  afterLeaving: (account: Account) => Promise<Account>
  enqueueAccount: (id: AccountId) => void
}

/** Who chooses, about which link: as its page showed it. */
interface Chosen {
  link: string
  actor: Actor
}

/**
 * What a person lets a linked company have, and when nothing more is told to it: decided on the account, whose document
 * decides what flows (M1). Acknowledged once nothing that is on the wire says otherwise. AppError `link-changed` (conflict).
 */
export const createShare = ({ accounts, assertAskerStill, afterLeaving, enqueueAccount }: ShareDeps) => {
  const decide = async (
    id: AccountId,
    { link, actor }: Chosen,
    rule: (seen: Account, choice: Chosen & { op: string; at: number }) => AccountMutation | undefined,
  ): Promise<void> => {
    await assertAskerStill()
    const choice = { link, actor, op: randomId(), at: now() }
    const changed = await accounts.change(id, (seen) => {
      if (seen.link?.id !== link || seen.leaving) throw new AppError('conflict', 'link-changed')
      return rule(seen, choice)
    })
    // Also when it stood so already: whoever asked before may have died here.
    const account = changed ?? (await accounts.get(id))
    if (account) await afterLeaving(account)
    enqueueAccount(id)
  }

  return {
    choose: (id: AccountId, company: Company, chosen: Chosen, purposes: Purposes): Promise<void> =>
      decide(id, chosen, (seen, choice) => chooseSharing(seen, company, { ...choice, ...purposes })),
    pause: (id: AccountId, chosen: Chosen): Promise<void> => decide(id, chosen, pauseSharing),
    resume: (id: AccountId, chosen: Chosen): Promise<void> => decide(id, chosen, resumeSharing),
  }
}

export type Share = ReturnType<typeof createShare>
