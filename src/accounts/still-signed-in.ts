import { askingNow, assertSignedInStill } from '../lib/browser-binding.ts'
import type { PeopleStore } from '../people/index.ts'
import type { AccountId } from './account.ts'
import type { AccountsStore } from './accounts-store.ts'

interface Deps {
  people: Pick<PeopleStore, 'get'>
  accounts: Pick<AccountsStore, 'get'>
}

/**
 * `assertSignedInStill` for an act that writes on no document of whoever signed in, and so reads theirs first: on an
 * account that a person holds, or in a case of support. Nobody signed in asks: nothing to hold against. AppError
 * `interaction-expired` (gone).
 */
export const createAssertAskerStill =
  ({ people, accounts }: Deps) =>
  async (): Promise<void> => {
    const id = askingNow()?.signedInAs()?.id
    if (id === undefined) return
    assertSignedInStill((await people.get(id)) ?? (await accounts.get(id as AccountId)))
  }

export type AssertAskerStill = ReturnType<typeof createAssertAskerStill>
