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

/**
 * `once`: when it is so, and by which id; raised again after a crash it is the same alarm and the same letter. `page`: of
 * the request that it is about, for whoever may work on it.
 */
export type RaiseAlert = (
  alarm: Omit<Alert, '_id' | 'at'>,
  once?: { at: number; id: string; page?: string },
) => Promise<void>

/** Which letter tells of it, and who: each by what they may, led to the first page of these that is theirs to see. */
const letterAbout = (what: Alert['what'], page: string | undefined): { kind: MailKind; pages: [Action, string][] } =>
  what === 'request-due'
    ? { kind: 'request-due', pages: [...(page ? [['requests', page] as [Action, string]] : []), watched] }
    : { kind: 'support-alarm', pages: [watched] }

const watched: [Action, string] = ['alarms', '/console/audit']

/**
 * Puts an alarm on record and writes to whoever watches over that company's support (T14), never to the one whom it is
 * about. The letter names nobody: who and whom is on the page that it leads to.
 */
export const createRaiseAlert =
  ({ looks, staff, company, send, issuer, log }: RaiseAlarmDeps): RaiseAlert =>
  async (alarm, once) => {
    await looks.raise(alarm, once)
    log.warn({ company: alarm.company, what: alarm.what }, 'an alarm of support')
    const { kind, pages } = letterAbout(alarm.what, once?.page)
    const values = {
      company: company(alarm.company)?.name ?? '',
      ...(kind === 'support-alarm' && { alarm: alarm.what }),
    }
    for (const { _id, ...member } of await staff.ofCompany(alarm.company)) {
      const [, page] = pages.find(([action]) => may(member, action, alarm.company)) ?? []
      if (_id !== alarm.agent && page !== undefined)
        await send({
          ...(once && { id: `alarm:${alarm.company}:${once.id}:${_id}` }),
          kind,
          to: _id,
          language: 'en',
          values: { ...values, url: issuer + page },
        })
    }
  }
