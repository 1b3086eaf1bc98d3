import { ConfigurationError } from '../lib/config-issues.ts'
import type { Company, CompanyId } from './company.ts'

/**
 * A company that holds accounts can't vanish from the configuration: its people would lose them with nobody having
 * closed them (S4-10). `hasAccounts` is asked only of those that are gone.
 */
export const assertNoCompanyRemoved = async ({
  known,
  companies,
  hasAccounts,
}: {
  known: Iterable<CompanyId>
  companies: ReadonlyMap<CompanyId, Company>
  hasAccounts: (company: CompanyId) => Promise<boolean>
}): Promise<void> => {
  const issues = []
  for (const company of known)
    if (!companies.has(company) && (await hasAccounts(company)))
      issues.push({
        where: `companies/${company}.yaml`,
        says: `is gone, but ${company} has accounts: put the file back`,
      })
  if (issues.length > 0) throw new ConfigurationError(issues)
}
