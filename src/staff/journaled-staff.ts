import { type Journal, journalName } from '../lib/journal.ts'
import type { Staff } from './staff.ts'
import type { StaffStore } from './staff-store.ts'

/** What no restored backup may give back to somebody on staff (model M15). */
export interface StaffFence {
  /** Digest of the id. */
  staff: string
  /** Where; absent in lines of before it was written. */
  company?: string
  epoch: number
  status: Staff['status']
  roles: readonly string[]
}

const bindingOf = (key: Uint8Array, { _id, company, epoch, status, roles }: Staff): StaffFence => ({
  staff: journalName(key, 'staff', _id),
  company,
  epoch,
  status,
  roles: [...roles],
})

/** Every change of access is in the journal before it is acknowledged. */
export const journaledStaff = (staff: StaffStore, journal: Journal, key: Uint8Array): StaffStore => ({
  ...staff,
  commit: async (member, set) => {
    const saved = await staff.commit(member, set)
    if (saved && set.epoch !== undefined) await journal.write({ ...bindingOf(key, saved) })
    return saved
  },
})

/** Staff carry no log that a drain could make good from after a crash: those of a company are written down at a start. */
export const journalStaff = async (
  staff: Pick<StaffStore, 'ofCompany'>,
  company: string,
  journal: Journal,
  key: Uint8Array,
): Promise<void> => {
  for (const member of await staff.ofCompany(company))
    if (member.status !== 'invited') await journal.write({ ...bindingOf(key, member) })
}
