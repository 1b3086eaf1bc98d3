import type { Company, CompanyId } from '../companies/index.ts'
import type { Log } from '../lib/log.ts'
import type { Mailer, MailKind } from '../mail/index.ts'
import type { Action, StaffStore } from '../staff/index.ts'
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

/** `once`: when it is so, and by which id; raised again after a crash it is the same alarm and the same letter. */
export type RaiseAlert = (alarm: Omit<Alert, '_id' | 'at'>, once?: { at: number; id: string }) => Promise<void>

/** Who is told, by which letter, and where it leads; a request that waits is also its desk's. */
const letterAbout = (what: Alert['what']): { kind: MailKind; to: Action[]; page: string } =>
  what === 'request-due'
    ? { kind: 'request-due', to: ['alarms', 'requests'], page: '/console/requests' }
    : { kind: 'support-alarm', to: ['alarms'], page: '/console/audit' }

/**
 * Puts an alarm on record and writes to whoever watches over that company's support (T14), never to the one whom it is
 * about. The letter names nobody: who and whom is on the page that it leads to.
 */
export const createRaiseAlert =
  ({ looks, staff, company, send, issuer, log }: RaiseAlarmDeps): RaiseAlert =>
  async (alarm, once) => {
    await looks.raise(alarm, once)
    log.warn({ company: alarm.company, what: alarm.what }, 'an alarm of support')
    const { kind, to, page } = letterAbout(alarm.what)
    const values = {
      company: company(alarm.company)?.name ?? '',
      ...(kind === 'support-alarm' && { alarm: alarm.what }),
      url: issuer + page,
    }
    for (const { _id, ...member } of await staff.ofCompany(alarm.company))
      if (_id !== alarm.agent && to.some((action) => may(member, action, alarm.company)))
        await send({
          ...(once && { id: `alarm:${alarm.company}:${once.id}:${_id}` }),
          kind,
          to: _id,
          language: 'en',
          values,
        })
  }
