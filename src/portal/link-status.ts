import type { Account, Principal } from '../accounts/index.ts'
import type { CompanyId } from '../companies/index.ts'
import type { Service } from '../services/index.ts'
import type { PortalDeps } from './portal-deps.ts'
import { showStatus } from './present-services.ts'

/** As many tellings as say since when something waits. */
const looksBack = 50

/** How an account stands with its holder's details, and since when; the same on every page that says so. */
export const createLinkStatus = ({ config, disclosures }: Pick<PortalDeps, 'config' | 'disclosures'>) => {
  // Grouped once: a group may have thousands of services.
  const services = Map.groupBy(config.group.services.values(), ({ company }) => company)
  const servicesOf = (company: CompanyId): Service[] => services.get(company) ?? []

  return {
    servicesOf,
    statusOf: async (account: Account, principal: Principal): Promise<ReturnType<typeof showStatus>> => {
      const recipients = servicesOf(account.company).flatMap(({ id, events }) => (events ? [id] : []))
      const rows = account.link ? await disclosures.ofAccount(account._id, looksBack) : []
      return showStatus({ account, principal, recipients, rows })
    },
  }
}
