import { type Held, heldBy, isProven, type Person, undoWithin } from '../people/index.ts'
import type { Account } from './account.ts'

/**
 * Until when what cannot be undone at an account waits, because somebody may still take back that whoever is signed in
 * came to it (H4): a change of the address that signs in, the person's or the account's own; or, where an account from
 * before is to end for good, the link that took its own sign-in. undefined: nothing waits. Pure.
 */
export const heldAt = (account: Account, person: Person | null, at: number): Held | undefined =>
  heldBy(person ?? account, at)

export const closureHeldAt = (account: Account, person: Person | null, at: number): Held | undefined =>
  heldAt(account, person, at) ?? linkHeld(account, person, at)

/**
 * What keeps an account from being begun again: it was ended before somebody else may have come, so that its return is
 * the owner's alone. Pure.
 */
export const returnHeldAt = (account: Account, person: Person | null, at: number): Held | undefined => {
  const held = heldAt(account, person, at)
  const endedAt = account.closing?.since ?? account.leaving?.since
  return held && endedAt !== undefined && endedAt < held.since ? held : undefined
}

/** Whoever linked it may not be who holds it (T18): for three days its former address may undo the link. */
const linkHeld = ({ link }: Account, person: Person | null, at: number): Held | undefined => {
  if (!link?.formerAddress || !person || isProven(person, link.formerAddress) || at - link.since > undoWithin)
    return undefined
  return { address: link.formerAddress, since: link.since, until: link.since + undoWithin }
}
