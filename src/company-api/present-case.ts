import { fields } from '../http/index.ts'
import { addressOfCase, caseOfAddress, nameOf, type SeenCase } from '../support/index.ts'
import { atCompany } from './authorize.ts'

export const caseParams = atCompany.extend({ id: fields.segment(200).transform(caseOfAddress) })

/** A case as a ticket system reads it: what its level shows, and nothing in place of what it does not. */
export const presentCase = (
  { case: seen, state, provenUntil, account, details, services }: SeenCase,
  issuer: string,
) => {
  const id = addressOfCase(seen._id)
  return {
    id,
    case: nameOf(seen),
    askedBy: seen.askedBy,
    state,
    ...(provenUntil && { provenUntil: iso(provenUntil) }),
    url: `${issuer}/console/cases/${id}`,
    found: account !== undefined,
    ...(account && { account: { ...account, ...datesOf(account) } }),
    ...(details && { basicDetails: details.values, writable: details.writable, ...waitingIn(seen) }),
    ...(services && { linkedServices: services }),
  }
}

/** What is proposed and not made yet: the person approves it, or a second agent agrees at the console. */
const waitingIn = ({ guarded }: SeenCase['case']) =>
  guarded && { waiting: { field: guarded.field, value: guarded.value, by: guarded.by, at: iso(guarded.at) } }

const iso = (at: number): string => new Date(at).toISOString()

/** Instants as JSON carries them; inside they are numbers. */
const datesOf = (account: NonNullable<SeenCase['account']>) => ({
  ...(account.linkedSince !== undefined && { linkedSince: iso(account.linkedSince) }),
  ...(account.behindSince !== undefined && { behindSince: iso(account.behindSince) }),
  deliveries: account.deliveries.map((each) => ({ ...each, at: iso(each.at) })),
  signIns: account.signIns.map((each) => ({ ...each, at: iso(each.at) })),
  changes: account.changes.map((each) => ({ ...each, at: iso(each.at) })),
  hindrances: account.hindrances.map(({ until, since, ...each }) => ({
    ...each,
    ...(until && { until: iso(until) }),
    ...(since && { since: iso(since) }),
  })),
  attempts: account.attempts.map((each) => ({ ...each, at: iso(each.at) })),
  devices: account.devices.map((each) => ({ ...each, seenAt: iso(each.seenAt) })),
})
