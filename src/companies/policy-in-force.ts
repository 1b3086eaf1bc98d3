import type { Company, PolicyVersion } from './company.ts'

/** A company's policies, the newest first; the first of them is in force, the others stay readable (S0). */
export const policiesNewestFirst = ({ policy }: Pick<Company, 'policy'>): PolicyVersion[] =>
  policy.toSorted((a, b) => b.date.localeCompare(a.date))

export const policyInForce = (company: Pick<Company, 'policy'>): PolicyVersion => {
  const [newest] = policiesNewestFirst(company)
  if (!newest) throw new Error('a company without a policy passed the check of the configuration')
  return newest
}
