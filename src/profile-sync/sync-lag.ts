import type { AccountsStore } from '../accounts/index.ts'
import { now, second } from '../lib/clock.ts'
import type { PeopleStore } from '../people/index.ts'

/** Seconds since the oldest change that is not in every copy, or not told, was due; 0 when nothing is. */
export const syncLag = async (people: PeopleStore, accounts: AccountsStore): Promise<number> => {
  const [[person], oldest] = await Promise.all([people.due(now(), 1), accounts.oldestDue()])
  const since = [person?.due, oldest].filter((due) => due !== undefined).map((due) => Number(due.split('|')[1]))
  return since.length > 0 ? Math.max(0, (now() - Math.min(...since)) / second) : 0
}
