import { detailsOfClaims } from '../details/index.ts'
import type { ConfigIssueAt } from '../lib/config-issues.ts'
import type { Company, Operator } from './company.ts'
import { isOutside } from './territory.ts'

/**
 * What one setting demands of another. Takes what could be read: where a part is faulty, only the rules on that part
 * wait for its mending.
 */
export const companyIssues = (company: Partial<Company>): ConfigIssueAt[] => [
  ...controllerIssues(company),
  ...transferIssues(company),
  ...releaseIssues(company),
  ...repeated(company.ownFields?.map((field) => field.id) ?? [], ['ownFields'], 'own field'),
  ...repeated(company.messages?.map(({ id }) => id) ?? [], ['messages'], 'message'),
]

export const controllerIssues = ({
  country,
  representatives,
  policy,
}: Partial<Company | Operator>): ConfigIssueAt[] => {
  const issues = repeated(policy?.map((each) => each.version) ?? [], ['policy'], 'version')
  if (country === undefined || representatives === undefined || !isOutside(country)) return issues
  for (const [region, name] of [
    ['eu', 'the European Union (GDPR Art. 27)'],
    ['uk', 'the United Kingdom (UK GDPR Art. 27)'],
  ] as const)
    if (!representatives[region])
      issues.push({
        path: ['representatives', region],
        says: `is missing for a company in ${country}: write name and address of its representative in ${name}`,
      })
  return issues
}

/** `whose`: who stands in that country. */
export const transferIssues = (
  { country, transfer }: Pick<Partial<Company>, 'country' | 'transfer'>,
  whose = 'company',
): ConfigIssueAt[] => {
  if (country === undefined) return []
  if (isOutside(country) && !transfer)
    return [
      {
        path: ['transfer'],
        says: `is missing for a ${whose} in ${country} (S5): write adequacy, standard-contractual-clauses or binding-corporate-rules`,
      },
    ]
  if (!isOutside(country) && transfer)
    return [
      { path: ['transfer'], says: `is said of a ${whose} in ${country}, inside the EEA and the UK: leave it out` },
    ]
  return []
}

const releaseIssues = ({ release }: Partial<Company>): ConfigIssueAt[] => {
  if (!release) return []
  const { receives, writes, requires, scopes, purposes = [] } = release
  const received = detailsOfClaims(receives)
  return [
    ...repeated(receives, ['release', 'receives'], 'detail'),
    ...repeated(scopes, ['release', 'scopes'], 'scope'),
    ...repeated(
      purposes.map(({ id }) => id),
      ['release', 'purposes'],
      'purpose',
    ),
    ...purposes.flatMap((each, i) =>
      each.receives.flatMap((claim, at) =>
        receives.includes(claim)
          ? []
          : [
              {
                path: ['release', 'purposes', i, 'receives', at],
                says: `"${claim}" is not received: write it in receives of the policy too, or take it out here`,
              },
            ],
      ),
    ),
    ...receives.flatMap((claim, i) =>
      purposes.length === 0 || purposes.some((each) => each.receives.includes(claim))
        ? []
        : [{ path: ['release', 'receives', i], says: `"${claim}" is for none of the purposes: write it in one` }],
    ),
    ...writes.flatMap((claim, i) =>
      receives.includes(claim)
        ? []
        : [
            {
              path: ['release', 'writes', i],
              says: `"${claim}" may be changed but not received: write it in receives too, or take it out here`,
            },
          ],
    ),
    ...requires.flatMap((field, i) =>
      received.includes(field)
        ? []
        : [
            {
              path: ['release', 'requires', i],
              says: `"${field}" is required but not received: write its claim in receives, or take it out here`,
            },
          ],
    ),
  ]
}

const repeated = (names: readonly string[], path: (string | number)[], what: string): ConfigIssueAt[] =>
  names.flatMap((name, i) =>
    names.indexOf(name) < i ? [{ path: [...path, i], says: `"${name}" is a ${what} twice: write it once` }] : [],
  )
