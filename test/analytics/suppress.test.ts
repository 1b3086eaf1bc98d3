import assert from 'node:assert/strict'
import fc from 'fast-check'
import {
  type Answer,
  type Counted,
  createTally,
  groupTables,
  type Month,
  statisticsFor,
  suppress,
} from '../../src/analytics/index.ts'

const counts = (given: Record<string, number>) => new Map(Object.entries(given))

/** Skewed, so that groups of a few stand beside large ones. */
const of = <const Value>(...weighted: [Value, number][]) =>
  fc.oneof(...weighted.map(([value, weight]) => ({ arbitrary: fc.constant(value), weight })))
const services = [
  { company: 'games', service: 'games-store' },
  { company: 'games', service: 'games-forum' },
  { company: 'mobile', service: 'mobile-store' },
  { company: 'power', service: 'power-pages' },
] as const
const person: fc.Arbitrary<Counted> = fc
  .record({
    country: of(['SE', 60], ['NO', 20], ['IS', 3], ['JP', 1]),
    age: of(['30-44', 40], ['65-plus', 8], ['under-18', 2], ['unknown', 1]),
    methods: fc.subarray(['password', 'code', 'session', 'device'] as const, { minLength: 1 }),
    services: fc.subarray([...services]),
    pairs: fc.subarray(['games+mobile', 'mobile+power']),
  })
  .map((each) => ({ ...each, companies: [...new Set(each.services.map(({ company }) => company))] }))
const people = fc.array(person, { maxLength: 120, size: 'max' })

const monthOf = (all: readonly Counted[]): Month => {
  const tally = createTally()
  for (const each of all) tally.add(each)
  return tally.month()
}

/** Every table of a month, with the true people behind each of its groups, and those of the whole it is a part of. */
const tablesOf = (all: readonly Counted[], month: Month) => {
  const signedIn = all.filter(({ companies }) => companies.length > 0)
  const keysOf: Record<string, (each: Counted) => readonly string[]> = {
    people: () => ['all'],
    country: ({ country }) => [country],
    age: ({ age }) => [age],
    method: ({ methods }) => methods,
    pair: ({ pairs }) => pairs,
  }
  const group = groupTables.map((table) => ({
    table,
    answer: month.group[table],
    keysOf: keysOf[table]!,
    whole: table === 'pair' ? all : signedIn,
  }))
  const own = Object.entries(month.own).flatMap(([company, { people: everybody, service }]) => {
    const whole = signedIn.filter(({ companies }) => companies.includes(company))
    const theirs = (each: Counted) =>
      each.services.filter((reached) => reached.company === company).map((reached) => reached.service)
    return [
      { table: `${company} people`, answer: everybody, keysOf: () => ['all'], whole },
      { table: `${company} service`, answer: service, keysOf: theirs, whole },
    ]
  })
  return [...group, ...own]
}

describe('figures that may be told (S4-7)', () => {
  it('S4-7: leave out a group of fewer than ten, and tell the others in tens', () => {
    assert.deepEqual(suppress(counts({ a: 10, b: 29, c: 147 })), {
      figures: [
        { key: 'a', people: 10 },
        { key: 'b', people: 20 },
        { key: 'c', people: 140 },
      ],
      withheld: false,
    })
    assert.deepEqual(suppress(counts({ a: 9 })), { figures: [], withheld: true })
    assert.deepEqual(suppress(counts({})), { figures: [], withheld: false })
  })

  it('S4-7: leave out with a small group the smallest other, so that no total gives it back', () => {
    assert.deepEqual(suppress(counts({ a: 9, b: 40, c: 30 })), { figures: [{ key: 'b', people: 40 }], withheld: true })
    assert.deepEqual(suppress(counts({ a: 4, b: 4, c: 30, d: 50 })).figures, [{ key: 'd', people: 50 }])
    assert.deepEqual(suppress(counts({ a: 6, b: 7, c: 30 })).figures, [{ key: 'c', people: 30 }])
    assert.deepEqual(suppress(counts({ a: 3, b: 40 })), { figures: [], withheld: true })
  })

  it('S4-7: of one person nothing is told, however often they signed in and wherever', () => {
    const one: Counted = {
      country: 'SE',
      age: '30-44',
      methods: ['password', 'session', 'device'],
      services,
      companies: ['games', 'mobile', 'power'],
      pairs: ['games+mobile'],
    }
    for (const { answer } of tablesOf([one], monthOf([one]))) assert.deepEqual(answer.figures, [])
  })

  it('S4-7: no figure is of fewer than ten, and what is withheld of a table is ten people of two groups at least', () => {
    fc.assert(
      fc.property(people, (all) => {
        for (const { answer, keysOf, whole, table } of tablesOf(all, monthOf(all))) {
          const countOf = (key: string) => whole.filter((each) => keysOf(each).includes(key)).length
          const told = new Set(answer.figures.map(({ key }) => key))
          for (const { key, people: figure } of answer.figures) {
            const truly = countOf(key)
            assert.ok(truly >= 10 && figure % 10 === 0 && figure <= truly && truly < figure + 10, `${table} ${key}`)
          }
          const hidden = [...new Set(whole.flatMap(keysOf))].filter((key) => !told.has(key))
          assert.equal(answer.withheld, hidden.length > 0)
          if (told.size === 0 || hidden.length === 0) continue
          const sum = hidden.reduce((before, key) => before + countOf(key), 0)
          assert.ok(hidden.length >= 2 && sum >= 10, `${table}: ${hidden} are ${sum}`)
        }
      }),
      { numRuns: 150 },
    )
  })

  /** What figures say of the true number: each stands for ten. */
  const span = (figures: readonly { people: number }[]) => {
    const low = figures.reduce((sum, each) => sum + each.people, 0)
    return { low, high: low + 9 * figures.length }
  }
  const isAFew = ({ low, high }: { low: number; high: number }) => Math.max(low, 0) >= 1 && high <= 9

  it('S4-7: no total less any rows of any table, and no row less what a company counts itself, comes to one to nine', () => {
    fc.assert(
      fc.property(people, (all) => {
        const month = monthOf(all)
        const tables = tablesOf(all, month)
        const totals = tables.filter(({ table }) => table.endsWith('people')).flatMap(({ answer }) => answer.figures)
        const subsetsOf = ({ figures }: Answer) =>
          Array.from({ length: 2 ** figures.length }, (_, bits) => figures.filter((_figure, at) => bits & (1 << at)))
        for (const total of totals)
          for (const { answer, table } of tables)
            for (const rows of subsetsOf(answer).filter(({ length }) => length > 0)) {
              const [whole, part] = [span([total]), span(rows)]
              const difference = { low: whole.low - part.high, high: whole.high - part.low }
              assert.ok(!isAFew(difference), `${total.people} less ${table} ${JSON.stringify(rows)}`)
            }
        // Whoever knows a number of the people in a figure exactly: their own customers.
        for (const { people: figure } of tables.flatMap(({ answer }) => answer.figures))
          for (let known = 0; known <= figure + 9; known += 1)
            assert.ok(!isAFew({ low: figure - known, high: figure + 9 - known }), `${figure} less ${known}`)
      }),
      { numRuns: 100 },
    )
  })

  it('S4-7: a company is told nothing of another’s own', () => {
    const all = Array.from({ length: 30 }, () => ({
      country: 'SE',
      age: '30-44' as const,
      methods: ['session' as const],
      services: [services[0], services[2]],
      companies: ['games', 'mobile'],
      pairs: [],
    }))
    const told = JSON.stringify(statisticsFor('games', monthOf(all)))
    assert.match(told, /games-store/)
    assert.doesNotMatch(told, /mobile/)
  })
})
