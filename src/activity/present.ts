import type { AccountId } from '../accounts/index.ts'
import type { CompanyId } from '../companies/index.ts'
import type { DetailName } from '../details/index.ts'
import { isByHolder } from '../people/index.ts'
import type { ActivityEvent, EventKind, HowUsed } from './event.ts'

/** An event as its holder reads it. Which agent it was stays inside. */
export interface ShownEvent {
  id: string
  at: number
  kind: EventKind
  /** `support` and `company` are named by `company`. */
  by: 'you' | 'company' | 'support' | 'system'
  company?: CompanyId
  account?: AccountId
  changes: { field: DetailName; before: string | null; after: string | null }[]
  fields: DetailName[]
  reason?: string
  takesBack: boolean
  service?: string
  partner?: string
  how?: HowUsed
  /** Uses that followed each other: how many, and when the last was. */
  again?: { times: number; until: number }
  network?: string
  device?: string
  mail?: string
  about?: string
  act?: string
  role?: string
  case?: string
  op?: string
}

const againOf = ({ at, times = 1, until = at }: ActivityEvent): Pick<ShownEvent, 'again'> =>
  times > 1 ? { again: { times, until } } : {}

export const presentToHolder = (event: ActivityEvent): ShownEvent => {
  const { _id, at, kind, actor, changes = {}, fields = [], reason, undoes, company, account, service } = event
  return {
    id: _id,
    at,
    kind,
    by: isByHolder(actor) ? 'you' : actor.kind,
    changes: Object.entries(changes).map(([field, change]) => ({ field: field as DetailName, ...change })),
    fields,
    takesBack: undoes !== undefined,
    ...(company && { company }),
    ...(account && { account }),
    ...(reason && { reason }),
    ...(service && { service }),
    ...(event.partner && { partner: event.partner }),
    ...(event.how && { how: event.how }),
    ...againOf(event),
    ...(event.network && { network: event.network }),
    ...(event.device && { device: event.device }),
    ...(event.mail && { mail: event.mail }),
    ...(event.about && { about: event.about }),
    ...(event.act && { act: event.act }),
    ...(event.role && { role: event.role }),
    ...(event.case && { case: event.case }),
    ...(event.op && { op: event.op }),
  }
}
