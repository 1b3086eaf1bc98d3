import type { Account } from '../accounts/index.ts'
import type { Log } from '../lib/log.ts'
import { type PeopleStore, signInAddresses } from '../people/index.ts'
import type { LookStore } from './look-store.ts'
import type { Staff } from './staff.ts'

/** An agent looks at so many people in an hour before their lead hears of it. */
export const peoplePerHour = 60
/** So many agents at one account on one day are unusual. */
export const agentsPerAccount = 4

/** Notices unusual access (T14): it raises an alarm for the lead, and hinders nobody who does their work. */
export const createWatch = ({ people, looks, log }: { people: PeopleStore; looks: LookStore; log: Log }) => {
  const raise = async (staff: Staff, account: Account, what: 'many-people' | 'own-record' | 'much-looked-at') => {
    await looks.raise({ company: staff.company, what, agent: staff._id, account: account._id })
    log.warn({ company: staff.company, what }, 'unusual access by support')
  }

  return {
    looked: async (staff: Staff, account: Account): Promise<void> => {
      const [seen, agents] = await Promise.all([
        looks.peopleOf(staff._id, account._id),
        looks.agentsAt(account._id, staff._id),
      ])
      if (seen.fresh && seen.count === peoplePerHour + 1) await raise(staff, account, 'many-people')
      if (agents.fresh && agents.count === agentsPerAccount) await raise(staff, account, 'much-looked-at')
      const person = account.link ? await people.get(account.link.person) : null
      const addresses = [account.copy.email, account.signIn?.address, ...(person ? signInAddresses(person) : [])]
      if (seen.fresh && addresses.includes(staff._id)) await raise(staff, account, 'own-record')
    },
  }
}

export type Watch = ReturnType<typeof createWatch>
