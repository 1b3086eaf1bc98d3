import type { Audit } from '../audit/index.ts'
import { AppError } from '../lib/errors.ts'
import { may, roleFor, type Staff } from '../staff/index.ts'
import type { AccessLog } from './access-log.ts'
import { actorOf } from './enter-case.ts'

export interface CloseAlarmDeps {
  looks: Pick<AccessLog, 'openAlarm' | 'closeAlarm'>
  audit: Pick<Audit, 'append'>
}

/**
 * A lead has looked into an alarm and says what came of it: in the audit, before it is closed. Never whoever it is about
 * (T14). AppError `staff-not-yours`, `alarm-not-open` (conflict) for one of another company as for one that is closed,
 * `alarm-about-oneself` (conflict).
 */
export const createCloseAlarm =
  ({ looks, audit }: CloseAlarmDeps) =>
  async (staff: Staff, id: string, why: string): Promise<void> => {
    if (!may(staff, 'alarms', staff.company)) throw new AppError('forbidden', 'staff-not-yours')
    const alarm = await looks.openAlarm(staff.company, id)
    if (!alarm) throw new AppError('conflict', 'alarm-not-open', { values: { field: 'alarm' } })
    if (alarm.agent === staff._id) throw new AppError('conflict', 'alarm-about-oneself', { values: { field: 'alarm' } })
    await audit.append({
      ...actorOf(staff),
      role: roleFor(staff, 'alarms') ?? 'none',
      action: 'alarm-closed',
      outcome: alarm.what,
      reason: why,
      ...(alarm.account && { account: alarm.account }),
    })
    await looks.closeAlarm(alarm._id, staff._id)
  }
