import { z } from 'zod'
import { type Answer, ages, type CompanyStatistics, type Figure, groupTables } from '../analytics/index.ts'
import { asFile, csvOf, fields, type Route } from '../http/index.ts'
import { formatMonth, formatNumber } from '../i18n/index.ts'
import type { Staff } from '../staff/index.ts'
import { barChart, lineChart } from './chart.ts'
import { type ConsoleContext, type ConsoleDeps, row } from './console-deps.ts'
import type { StaffGuard } from './staff-guard.ts'

const asked = z.object({
  month: fields.word(7).transform((month) => (month && /^\d{4}-\d{2}$/.test(month) ? month : undefined)),
})
const columns = ['month', 'scope', 'table', 'group', 'people'] as const

/** How many people, never who (S4-7, S3-b): the group's tables, which may be published, and the company's own. */
export const statisticsRoutes = (guard: StaffGuard, { analytics, config }: ConsoleDeps): Route[] => {
  const { companies, services } = config.group

  /** As a page of some language calls a group of people. */
  const nameOf = ({ page }: ConsoleContext, table: string, key: string, country: (code: string) => string): string => {
    if (table === 'people') return page.t('console.statistics.all')
    if (table === 'country') return key === 'unknown' ? page.t('console.statistics.unknown') : country(key)
    if (table === 'age') return page.t(`console.statistics.ages.${key}`)
    if (table === 'method') return page.t(`console.statistics.methods.${key}`)
    if (table === 'service') return services.get(key)?.name ?? key
    return key
      .split('+')
      .map((id) => companies.get(id)?.name ?? id)
      .join(' + ')
  }

  const show = async (ctx: ConsoleContext, staff: Staff, asksFor: string | undefined): Promise<void> => {
    const { language } = ctx.page
    const written = (people: number) => formatNumber(language, people)
    const { months, month, statistics } = await analytics.statisticsFor(staff, asksFor)
    const course = (scope: 'publishable' | 'own') => {
      const told = months
        .map((each) => ({ month: each.month, people: scope === 'own' ? each.own : each.group }))
        .map((each) => ({
          ...each,
          name: formatMonth(language, each.month),
          label: formatMonth(language, each.month, { short: true }),
        }))
        .reverse()
      const most = Math.max(0, ...told.map(({ people = 0 }) => people))
      if (told.length < 2 || most === 0) return undefined
      const chart = lineChart(told, written)
      return { months: told, first: told[0]?.name, last: told.at(-1)?.name, most: written(most), chart }
    }
    guard.show(ctx, staff, 'statistics', 'console/statistics', {
      months: months.map((each) => ({ value: each.month, label: formatMonth(language, each.month) })),
      month,
      sections: (statistics ? sectionsOf(statistics) : []).map((each) => ({ ...each, course: course(each.scope) })),
      namedOf: (table: string, figures: Figure[], country: (code: string) => string) =>
        inOrder(table, figures).map(({ key, people }) => ({ name: nameOf(ctx, table, key, country), people })),
      written,
      // One figure alone has nothing to stand beside.
      barsOf: (named: { name: string; people: number }[]) => (named.length > 1 ? barChart(named, written) : undefined),
    })
  }

  return [
    row({
      method: 'GET',
      path: '/console/statistics',
      right: 'statistics',
      query: asked,
      handler: (ctx, staff, { query }) => show(ctx, staff, query.month),
    }),
    row({
      method: 'GET',
      path: '/console/statistics.json',
      right: 'statistics',
      query: asked,
      handler: async (ctx, staff, { query }) => {
        const { month, statistics } = await analytics.statisticsFor(staff, query.month)
        const body =
          month && statistics ? { month, publishable: statistics.group, own: { [staff.company]: statistics.own } } : {}
        asFile(ctx, 'application/json', nameFor(month, 'json'), `${JSON.stringify(body, null, 1)}\n`)
      },
    }),
    row({
      method: 'GET',
      path: '/console/statistics.csv',
      right: 'statistics',
      query: asked,
      handler: async (ctx, staff, { query }) => {
        const { month = '', statistics } = await analytics.statisticsFor(staff, query.month)
        const lines = (statistics ? sectionsOf(statistics) : []).flatMap(({ scope, tables }) =>
          tables.flatMap(({ table, answer: { figures, withheld } }) => [
            ...figures.map(({ key, people }) => ({ month, scope, table, group: key, people: String(people) })),
            ...(withheld ? [{ month, scope, table, group: 'withheld', people: '' }] : []),
          ]),
        )
        asFile(ctx, 'text/csv; charset=utf-8', nameFor(month, 'csv'), csvOf(columns, lines))
      },
    }),
  ]
}

/** Ages by age, all else by how many; what nobody knows stands last. */
const inOrder = (table: string, figures: Figure[]): Figure[] =>
  figures.toSorted(
    (a, b) =>
      Number(a.key === 'unknown') - Number(b.key === 'unknown') ||
      (table === 'age' ? placeOf(a) - placeOf(b) : b.people - a.people),
  )

const placeOf = ({ key }: Figure): number => (ages as readonly string[]).indexOf(key)

const nameFor = (month: string | undefined, kind: string): string => `statistics-${month || 'none'}.${kind}`

const sectionsOf = ({
  group,
  own,
}: CompanyStatistics): { scope: 'publishable' | 'own'; tables: { table: string; answer: Answer }[] }[] => [
  { scope: 'publishable', tables: groupTables.map((table) => ({ table, answer: group[table] })) },
  {
    scope: 'own',
    tables: [
      { table: 'people', answer: own.people },
      { table: 'service', answer: own.service },
    ],
  },
]
