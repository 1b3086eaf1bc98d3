import { type Account, type AccountId, type AccountsStore, sendingFor, sendLeasesOpenUntil } from '../accounts/index.ts'
import type { CompanyId } from '../companies/index.ts'
import { assertSignedInStill } from '../lib/browser-binding.ts'
import { now } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { randomId } from '../lib/ids.ts'
import { type Actor, dropSource, heldBy, isTakenBack, type PeopleStore, type PersonId } from '../people/index.ts'
import { conflict, retryOnConflict } from '../storage/index.ts'
import type { AccountsHeld } from './accounts-held.ts'
import type { LinkIndex } from './link-index.ts'
import { beginLeaving, type KeptDetails, leave } from './link-rules.ts'

export interface EndLinkDeps {
  people: PeopleStore
  accounts: AccountsStore
  index: LinkIndex
  /** Makes the intents of an account on its person, before the account leaves (G1). */
  applyIntents: (account: Account) => Promise<unknown>
  /** Breaks off sends of this account that are on the wire in this process. */
  abortSends: (account: AccountId) => void
}

/** How a link ends, and what follows; every step may be done again by whoever comes next. */
export const createEndLink = (deps: EndLinkDeps, { accountAt }: Pick<AccountsHeld, 'accountAt'>) => {
  const { people, accounts, index } = deps

  /**
   * Ends a link (S4-1, S4-8, G5, G7). Acknowledged only when no send of the old epoch is on the wire any more; what
   * follows (dropping the company's say from the person, the index) is idempotent and finished by whoever comes next.
   * While a change of the person's address may be taken back, whoever is signed in ends what is shared and leaves the
   * rest until then (H4); `byLetter`: it is the mailbox of before that asks.
   */
  const unlink = async (
    person: PersonId,
    company: CompanyId,
    { keep, actor, byLetter = false }: { keep: KeptDetails; actor: Actor; byLetter?: boolean },
  ): Promise<Account> => {
    const op = randomId()
    const left = await retryOnConflict(async () => {
      const holder = byLetter ? null : await people.get(person)
      assertSignedInStill(holder)
      const held = holder ? heldBy(holder, now()) : undefined
      const account = await accountAt(person, company)
      if (!account) throw new AppError('not-found', 'not-linked')
      if (Object.keys(account.intents).length > 0) {
        await deps.applyIntents(account)
        return conflict
      }
      if (held && account.leaving) return account
      const end = { op, person, keep, at: now(), actor, byLetter }
      const changed = await accounts.change(account._id, (seen) => {
        if (Object.keys(seen.intents).length > 0) return undefined
        return held && holder
          ? beginLeaving(seen, { ...end, until: held.until, under: holder.credentialEpoch })
          : leave(seen, end)
      })
      return changed ?? conflict
    })
    return afterLeaving(left)
  }

  /** Ends for good what was held back, once nothing can be taken back any more, or puts it off; the account then. */
  const leaveDue = async (account: Account): Promise<Account> => {
    const { link, leaving } = account
    if (!link || !leaving) return account
    const person = await people.get(link.person)
    // Whoever took it back, or the next look at it, begins it again: it is not final meanwhile (H4).
    if (person && isTakenBack(person, leaving)) return account
    const held = person ? heldBy(person, now()) : undefined
    const { op, keep, actor } = leaving
    const end = { op, person: link.person, keep, at: now(), actor }
    const changed = await accounts.change(account._id, (seen) => {
      if (seen.leaving?.op !== op) return undefined
      if (!held) return leave(seen, end)
      return seen.leaving.until === held.until ? undefined : { set: { 'leaving.until': held.until } }
    })
    return changed && !changed.link ? afterLeaving(changed) : (changed ?? account)
  }

  /** What follows an unlink or a closure; safe to run again at any time. */
  const afterLeaving = async (account: Account): Promise<Account> => {
    deps.abortSends(account._id)
    await sendsAreOver(account._id)
    await completeSplit(account)
    if (account.left) {
      const entry = await index.find(account.left.person, account.company)
      if (entry?.state === 'active' && entry.account === account._id) await index.settle(entry, 'ended')
    }
    return (await accounts.get(account._id)) ?? account
  }

  /** No turn lasts longer, whatever the clock does meanwhile. */
  const sendsAreOver = async (id: AccountId): Promise<void> => {
    for (const since = performance.now(); performance.now() - since < sendingFor; ) {
      const account = await accounts.get(id)
      if (!account || sendLeasesOpenUntil(account, now()) === 0) return
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  const completeSplit = async ({ _id, split }: Account): Promise<void> => {
    if (!split) return
    await dropSource(people, split.person, split)
    await accounts.change(_id, (account) => (account.split?.op === split.op ? { unset: ['split'] } : undefined))
  }

  return { unlink, leaveDue, afterLeaving }
}
