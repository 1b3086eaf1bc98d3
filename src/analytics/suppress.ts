/**
 * What of true counts may be told (S4-7); pure. A group under ten is withheld, and with it the smallest others until those
 * withheld are two groups and ten people at least: so no table, taken from a total or from another table, leaves a few.
 * What is told is rounded down, so that each figure stands for ten counts: nobody who counts some of it exactly can tell
 * that one to nine others are in it. Whoever is nine of a group themselves learns that it has somebody else, and neither how
 * many nor who: the price of telling a group of ten at all.
 */
import { type Answer, type Counted, fewest, groupTables, type Month } from './figures.ts'

const nothing: Answer = { figures: [], withheld: false }

export const suppress = (counts: ReadonlyMap<string, number>): Answer => {
  const rising = [...counts].filter(([, n]) => n > 0).sort(([a, n], [b, m]) => n - m || (a < b ? -1 : 1))
  let hidden = rising.filter(([, n]) => n < fewest).length
  // One small group alone is never ten: there are two at least.
  if (hidden > 0) while (hidden < rising.length && peopleIn(rising.slice(0, hidden)) < fewest) hidden += 1
  const figures = rising
    .slice(hidden)
    .map(([key, n]) => ({ key, people: n - (n % fewest) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
  return { figures, withheld: hidden > 0 }
}

const peopleIn = (groups: readonly [string, number][]): number => groups.reduce((sum, [, n]) => sum + n, 0)

type Tally = Map<string, number>
const add = (tally: Tally, keys: readonly string[]): void => {
  for (const key of new Set(keys)) tally.set(key, (tally.get(key) ?? 0) + 1)
}

/** Counts people one at a time and keeps none of them; what it answers in the end is all that is ever stored. */
export const createTally = () => {
  const group = Object.fromEntries(groupTables.map((table) => [table, new Map()])) as Record<string, Tally>
  const own = new Map<string, { people: Tally; service: Tally }>()
  const ofCompany = (company: string) => {
    const known = own.get(company) ?? { people: new Map(), service: new Map() }
    own.set(company, known)
    return known
  }

  return {
    add: ({ country, age, methods, services, companies, pairs }: Counted): void => {
      add(group.pair!, pairs)
      // Whoever only joined accounts signed in nowhere.
      if (companies.length === 0) return
      add(group.people!, ['all'])
      add(group.country!, [country])
      add(group.age!, [age])
      add(group.method!, methods)
      for (const company of companies) add(ofCompany(company).people, ['all'])
      for (const { company, service } of services) add(ofCompany(company).service, [service])
    },

    month: (): Month => ({
      group: Object.fromEntries(groupTables.map((table) => [table, suppress(group[table]!)])) as Month['group'],
      own: Object.fromEntries(
        [...own].map(([company, { people, service }]) => [
          company,
          { people: suppress(people), service: suppress(service) },
        ]),
      ),
    }),
  }
}

/** What one company's analyst is told of a month: the group's tables, and its own; nothing of another company's own. */
export const statisticsFor = (company: string, { group, own }: Month): CompanyStatistics => ({
  group,
  own: own[company] ?? { people: nothing, service: nothing },
})

export type CompanyStatistics = Pick<Month, 'group'> & { own: Month['own'][string] }
