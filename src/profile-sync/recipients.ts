import type { CompanyId } from '../companies/index.ts'
import type { Group } from '../services/index.ts'
import type { Recipient } from './deliver-events.ts'

type RecipientsOf = (company: CompanyId) => readonly Recipient[]

/** The services of each company that are told of its accounts; grouped once: a group may have thousands. */
export const createRecipients = ({ services }: Pick<Group, 'services'>): RecipientsOf => {
  const all = [...services.values()].flatMap(({ id, name, company, events }) =>
    events ? [{ id, name, company, ...events }] : [],
  )
  const byCompany = Map.groupBy(all, ({ company }) => company)
  return (company) => byCompany.get(company) ?? []
}
