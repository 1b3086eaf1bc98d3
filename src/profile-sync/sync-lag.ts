import type { AccountsStore } from '../accounts/index.ts'
import { now, second } from '../lib/clock.ts'
import type { PeopleStore } from '../people/index.ts'

/**
 * Seconds since the oldest change that is not in every copy, or of which somebody is not told, whatever that waits for; 0
 * when there is none.
 */
export const syncLag = async (people: PeopleStore, accounts: AccountsStore): Promise<number> => {
  const [[person], account] = await Promise.all([people.due(now(), 1), accounts.waitsSince()])
  const since = [person?.due && Number(person.due.split('|')[1]), account].filter((time) => typeof time === 'number')
  return since.length > 0 ? Math.max(0, (now() - Math.min(...since)) / second) : 0
}
