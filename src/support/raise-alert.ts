import type { Company, CompanyId } from '../companies/index.ts'
import type { Log } from '../lib/log.ts'
import type { Mailer } from '../mail/index.ts'
import type { StaffStore } from '../staff/index.ts'
import { may } from '../staff/index.ts'
import type { AccessLog, Alert } from './access-log.ts'

interface RaiseAlarmDeps {
  looks: Pick<AccessLog, 'raise'>
  staff: Pick<StaffStore, 'ofCompany'>
  company: (id: CompanyId) => Company | undefined
  send: Mailer['send']
  issuer: string
  log: Log
}

export type RaiseAlert = (alarm: Omit<Alert, '_id' | 'at'>) => Promise<void>

/**
 * Puts an alarm on record and writes to whoever watches over that company's support (T14), never to the one whom it is
 * about. The letter names nobody: who and whom is on the page that it leads to.
 */
export const createRaiseAlert =
  ({ looks, staff, company, send, issuer, log }: RaiseAlarmDeps): RaiseAlert =>
  async (alarm) => {
    await looks.raise(alarm)
    log.warn({ company: alarm.company, what: alarm.what }, 'unusual access by support')
    const values = { company: company(alarm.company)?.name ?? '', alarm: alarm.what, url: `${issuer}/console/audit` }
    for (const member of await staff.ofCompany(alarm.company))
      if (member.status === 'active' && member._id !== alarm.agent && may(member, 'alarms', alarm.company))
        await send({ kind: 'support-alarm', to: member._id, language: 'en', values })
  }
