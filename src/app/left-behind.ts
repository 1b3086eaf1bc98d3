import { findWrongPhones } from '../accounts/index.ts'
import type { Activity } from '../activity/index.ts'
import type { Disclosures } from '../disclosures/index.ts'
import { findOvershared, findSecondAccounts, findUnnamedConsents } from '../links/index.ts'
import type { Floor } from './floor.ts'

type Takes<Find extends (deps: never) => unknown> = Parameters<Find>[0]

type Made = Omit<Takes<typeof findOvershared>, 'companies' | 'letPartnersHave' | 'agreedLater'> &
  Omit<Takes<typeof findUnnamedConsents>, 'letPartnersHave' | 'partnerOf'> &
  Omit<Takes<typeof findSecondAccounts>, 'index' | 'holdersOf' | 'companies'> &
  Omit<Takes<typeof findWrongPhones>, 'companies'> & {
    activity: Pick<Activity, 'agreedSince'>
    disclosures: Pick<Disclosures, 'letPartnersHave'>
    linkIndex: Takes<typeof findSecondAccounts>['index']
    authentication: Pick<Takes<typeof findSecondAccounts>, 'holdersOf'>
  }

/** What the faults of earlier versions left behind. */
export const createLeftBehind = (floor: Floor, made: Made) => {
  const { disclosures, authentication } = made
  const partnersAt = new Set([...floor.group.partners.values()].map((partner) => partner.company))
  const companies = [...floor.companies.keys()]
  return [
    findOvershared({
      ...made,
      companies: [...partnersAt],
      letPartnersHave: disclosures.letPartnersHave,
      agreedLater: made.activity.agreedSince,
    }),
    findUnnamedConsents({
      ...made,
      letPartnersHave: disclosures.letPartnersHave,
      partnerOf: (client) => floor.group.clients.get(client)?.partner?.id,
    }),
    ...findSecondAccounts({ ...made, index: made.linkIndex, holdersOf: authentication.holdersOf, companies }),
    findWrongPhones({ ...made, companies }),
  ]
}
