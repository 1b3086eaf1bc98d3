import type { Account, ReadHolder } from '../accounts/index.ts'
import { day, hour } from '../lib/clock.ts'
import { keyPart } from '../lib/ids.ts'
import type { Agent } from '../staff/index.ts'
import type { AccessLog } from './access-log.ts'
import type { RaiseAlert } from './raise-alert.ts'

/** An agent looks at so many people in an hour before their lead hears of it. */
export const peoplePerHour = 60
/** So many agents at one account on one day are unusual. */
export const agentsPerAccount = 4

interface AccessMonitorDeps {
  readHolder: ReadHolder
  looks: AccessLog
  raiseAlert: RaiseAlert
}

/** Notices unusual access (T14): it raises an alarm for the lead, and hinders nobody who does their work. */
export const createAccessMonitor = ({ readHolder, looks, raiseAlert }: AccessMonitorDeps) => {
  const raise = (staff: Agent, account: Account, what: 'many-people' | 'own-record' | 'much-looked-at') =>
    raiseAlert({ company: staff.company, what, agent: staff._id, account: account._id })

  const isOwn = async (staff: Agent, account: Account): Promise<boolean> => {
    const addresses = [account.copy.email, ...(await readHolder(account)).addresses]
    if (!addresses.includes(staff._id)) return false
    return looks.isFirst(`own:${keyPart(staff._id)}:${keyPart(account._id)}`, hour)
  }

  return {
    looked: async (staff: Agent, account: Account): Promise<void> => {
      const [seen, agents] = await Promise.all([
        looks.peopleOf(staff._id, account._id),
        looks.agentsAt(account._id, staff._id),
      ])
      if (seen > peoplePerHour && (await looks.isFirst(`people:${keyPart(staff._id)}`, hour)))
        await raise(staff, account, 'many-people')
      if (agents >= agentsPerAccount && (await looks.isFirst(`agents:${keyPart(account._id)}`, day)))
        await raise(staff, account, 'much-looked-at')
      if (await isOwn(staff, account)) await raise(staff, account, 'own-record')
    },
  }
}

export type AccessMonitor = ReturnType<typeof createAccessMonitor>
