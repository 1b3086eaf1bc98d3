import type { AccountFence, SharingFence } from '../accounts/index.ts'
import { type JournalLine, journalName } from '../lib/journal.ts'
import type { PersonFence } from '../people/index.ts'
import type { Objection } from '../preferences/index.ts'
import type { RequestFence } from '../rights-requests/index.ts'
import type { StaffFence } from '../staff/index.ts'

/** What a journal says, by whom it is about; of each, oldest first. */
export interface Fences {
  ofPerson: (id: string) => readonly PersonFence[]
  ofAccount: (id: string) => readonly AccountFence[]
  ofStaff: (id: string) => readonly StaffFence[]
  /** How sharing by a link stood when it was last chosen; undefined: it never was. */
  sharingBy: (link: string) => SharingFence | undefined
  /** What was objected to, by whom. */
  objectionsOf: (principal: string) => readonly Objection[]
  /** How a request ended, and that what was written in it is gone. */
  ofRequest: (id: string) => readonly RequestFence[]
  /** The last era that it tells of. */
  era: number
}

/** The same lines in any order, however often, say the same. */
export const fencesOf = (lines: readonly JournalLine[], key: Uint8Array): Fences => {
  const people = new Map<string, PersonFence[]>()
  const accounts = new Map<string, AccountFence[]>()
  const staff = new Map<string, StaffFence[]>()
  const sharing = new Map<string, SharingFence[]>()
  const choices = new Map<string, { objection: Objection }[]>()
  const requests = new Map<string, RequestFence[]>()
  let era = 0
  const add = <T>(to: Map<string, T[]>, name: unknown, line: JournalLine) => {
    if (typeof name === 'string') to.set(name, [...(to.get(name) ?? []), line as unknown as T])
  }
  for (const line of lines) {
    add(people, line.person, line)
    add(accounts, line.account, line)
    add(staff, line.staff, line)
    add(sharing, line.sharing, line)
    add(choices, line.choices, line)
    add(requests, line.request, line)
    if (typeof line.era === 'number') era = Math.max(era, line.era)
  }
  for (const list of people.values()) list.sort((a, b) => a.credentialEpoch - b.credentialEpoch)
  for (const list of accounts.values()) list.sort((a, b) => a.epoch - b.epoch || a.credentialEpoch - b.credentialEpoch)
  for (const list of staff.values()) list.sort((a, b) => a.epoch - b.epoch)
  for (const list of sharing.values()) list.sort((a, b) => a.at - b.at)
  return {
    ofPerson: (id) => people.get(journalName(key, 'person', id)) ?? [],
    ofAccount: (id) => accounts.get(journalName(key, 'account', id)) ?? [],
    ofStaff: (id) => staff.get(journalName(key, 'staff', id)) ?? [],
    sharingBy: (id) => sharing.get(journalName(key, 'sharing', id))?.at(-1),
    objectionsOf: (id) => (choices.get(journalName(key, 'choices', id)) ?? []).map(({ objection }) => objection),
    ofRequest: (id) => requests.get(journalName(key, 'request', id)) ?? [],
    era,
  }
}
