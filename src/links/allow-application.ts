import type { Account } from '../accounts/index.ts'
import { assertNotHeld, type PeopleStore } from '../people/index.ts'
import type { Consents } from '../scopes/index.ts'

interface AllowDeps {
  people: Pick<PeopleStore, 'get'>
  consents: Pick<Consents, 'give'>
}

/**
 * *Allow* for a partner's application (S3-c), whichever page or device it is asked at. While a change of the address that
 * signs in may be taken back, it needs a code at the former one (H4). AppError `former-address-first` (conflict).
 */
export const createAllowApplication =
  ({ people, consents }: AllowDeps) =>
  async (account: Account, given: Omit<Parameters<Consents['give']>[0], 'account'>): Promise<void> => {
    assertNotHeld(account.link ? await people.get(account.link.person) : account)
    await consents.give({ ...given, account: account._id })
  }

export type AllowApplication = ReturnType<typeof createAllowApplication>
