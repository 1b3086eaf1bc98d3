import type { PortalDeps } from './portal-deps.ts'
import type { Signed } from './portal-tools.ts'

type RecordDeps = Pick<PortalDeps, 'people' | 'accounts' | 'record' | 'enqueuePerson' | 'enqueueAccount'>

/** What somebody just did is in their history before the page that says so is shown; what follows of it is set off. */
export const createRecordOwn =
  ({ people, accounts, record, enqueuePerson, enqueueAccount }: RecordDeps) =>
  async ({ principal }: Pick<Signed, 'principal'>): Promise<void> => {
    if (principal.kind === 'person') {
      const person = await people.get(principal.person)
      if (person) await record.person(person, person.log)
      enqueuePerson(principal.person)
    } else {
      const account = await accounts.get(principal.account)
      if (account) await record.account(account, account.log)
      enqueueAccount(principal.account)
    }
  }
