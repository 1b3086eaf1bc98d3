import assert from 'node:assert/strict'
import { asAccount, asPerson } from '../../src/accounts/index.ts'
import { createTally } from '../../src/analytics/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { anAuthorization } from '../world/browser.ts'
import { aDesk, staffPassword, totpNow } from '../world/desk.ts'
import { documentOf, fieldsOf, readable, testIds, tokenOf } from '../world/pages.ts'
import { aVisitor } from '../world/visitor.ts'

describe('statistics of a running group', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp()
  })
  after(() => app.close())

  const rows = () => app.database.connection.collection('statisticsCounted').find({}).toArray()
  /** Behind the answer to the browser: looked at until it is there. */
  const until = async (isSo: () => Promise<boolean>): Promise<void> => {
    while (!(await isSo())) await new Promise(setImmediate)
  }

  it('S4-7: counts a sign-in behind its answer, none of a browser that objects, and forgets who objects or goes', async () => {
    const person = await app.aPerson({ links: ['games', 'mobile'] })
    const other = await app.aPerson({ links: ['games', 'mobile'] })
    assert.equal((await rows()).length, 2, 'each is counted for the accounts they joined')
    assert.ok((await rows()).every(({ country }) => country === undefined))
    const visitor = aVisitor(app.issuer)
    await visitor.signIn(person)
    const callback = (service: string) => `${app.urlOf(service)}/callback`
    const start = `${app.issuer}/auth?${anAuthorization('games-arcade', callback('games-arcade'))}`
    const answer = await visitor.visit(start, { headers: { 'sec-gpc': '1' } })
    assert.match(answer.next ?? '', /code=/)
    const usesOf = (account = '') => app.features.activity.lastUses(account)
    await until(async () => Object.keys(await usesOf(person.accounts.games)).length === 1)
    await visitor.goTo('mobile-store', callback('mobile-store'))
    await until(async () => (await rows()).some(({ country }) => country === 'SE'))
    const [row] = (await rows()).filter(({ country }) => country === 'SE')
    const counted = Object.keys(row?.in as object).map(decodeURIComponent)
    assert.deepEqual(counted.filter((each) => each.startsWith('company')).sort(), ['company|mobile'])
    assert.ok(!JSON.stringify(row).includes(person.id))

    await app.features.choose.object(asPerson(person.id), 'analytics', true)
    assert.equal((await rows()).length, 1)
    const actor = { kind: 'person', id: other.id } as const
    for (const company of ['games', 'mobile'])
      await app.features.links.unlink(other.id, company, { keep: 'before', actor })
    await app.features.erasePerson.erase(other.id)
    await app.settled()
    assert.deepEqual(await rows(), [])
  })

  it('S4-7: an objection reaches what was counted of an account while it was separate, whichever comes first', async () => {
    const { features } = app
    for (const objectsFirst of [false, true]) {
      const before = (await rows()).length
      const [person, { account }] = [await app.aPerson(), await app.aSeparateAccount('games')]
      const use = { company: 'games', service: 'games-arcade', how: 'password', asksNotToBeTracked: false } as const
      await features.analytics.used({ ...use, principal: asAccount(account), account })
      assert.equal((await rows()).length, before + 1)
      const object = () => features.choose.object(asPerson(person.id), 'analytics', true)
      if (objectsFirst) await object()
      const { epoch, credentialEpoch } = await app.account(account)
      await features.links.linkExistingAccount(person.id, {
        company: app.config.group.companies.get('games')!,
        actor: { kind: 'person', id: person.id },
        policyVersion: '1',
        shown: [],
        account,
        epoch,
        keep: [],
        proven: { person: (await person.now()).credentialEpoch, account: credentialEpoch },
      })
      await app.settled()
      if (!objectsFirst) await object()
      assert.equal((await rows()).length, before, `objects ${objectsFirst ? 'first' : 'then'}`)
    }
  })

  it('H35: somebody who links an account that they signed in to is one, and who unlinks it in that month too', async () => {
    const { features } = app
    const before = (await rows()).length
    const [person, { account }] = [await app.aPerson(), await app.aSeparateAccount('games')]
    const use = {
      company: 'games',
      service: 'games-arcade',
      account,
      how: 'password',
      asksNotToBeTracked: false,
    } as const
    await features.analytics.used({ ...use, principal: asAccount(account) })
    await features.analytics.used({ ...use, principal: asPerson(person.id) })
    assert.equal((await rows()).length, before + 2)
    const { epoch, credentialEpoch } = await app.account(account)
    const company = app.config.group.companies.get('games')!
    const actor = { kind: 'person', id: person.id } as const
    const proven = { person: (await person.now()).credentialEpoch, account: credentialEpoch }
    const shown = { company, actor, policyVersion: '1', shown: [] }
    await features.links.linkExistingAccount(person.id, { ...shown, account, epoch, keep: [], proven })
    await app.settled()
    assert.equal((await rows()).length, before + 1)
    await features.links.unlink(person.id, 'games', { keep: 'before', actor })
    await app.settled()
    await features.analytics.used({ ...use, principal: asAccount(account), how: 'code' })
    assert.equal((await rows()).length, before + 1)
  })

  /** What each chart draws: the length of its bars, and how high its points stand, in people by its own axis. */
  const chartsIn = (page: { text: string }): Record<string, number[]> =>
    Object.fromEntries(
      documentOf(page)
        .querySelectorAll('svg.chart')
        .map((chart) => {
          const [title, text] = (chart.getAttribute('aria-labelledby') ?? '').split(' ')
          for (const id of [title, text]) assert.ok(chart.querySelector(`#${id}`)?.textContent.trim(), String(id))
          assert.equal(chart.getAttribute('role'), 'img')
          const number = (each: { getAttribute: (name: string) => string | undefined } | undefined, name: string) =>
            Number(each?.getAttribute(name))
          const [bars, points] = [chart.querySelectorAll('rect.mark'), chart.querySelectorAll('circle.mark')]
          const isLine = points.length > 0
          const grid = chart.querySelectorAll('line.grid').map((each) => number(each, isLine ? 'y1' : 'x1'))
          const ticks = chart
            .querySelectorAll('text.tick')
            .map((tick) => Number(tick.textContent))
            .slice(0, grid.length)
          const [first = 0, last = 0] = [grid[0], grid.at(-1)]
          const perUnit = ((ticks.at(-1) ?? 0) - (ticks[0] ?? 0)) / (last - first)
          const drawn = isLine ? points.map((each) => number(each, 'cy')) : bars.map((each) => number(each, 'width'))
          const people = drawn.map((at) => Math.round((ticks[0] ?? 0) + (at - first) * perUnit))
          // Of a month of which nothing is told the line has a gap.
          const path = chart.querySelector('path')?.getAttribute('d')
          if (path) assert.equal(path.match(/M/g)?.length, 2, path)
          return [title?.replace('-title', '') ?? '', people.toSorted((a, b) => a - b)]
        }),
    )

  it('S3-b: shows an analyst what may be published and what is their company’s alone, as page, JSON and CSV', async () => {
    const tally = createTally()
    const one = { country: 'SE', age: '30-44' as const, methods: ['session' as const], pairs: ['games+mobile'] }
    const services = [
      { company: 'games', service: 'games-arcade' },
      { company: 'mobile', service: 'mobile-store' },
    ]
    const both = { ...one, services, companies: ['games', 'mobile'] }
    for (let n = 0; n < 47; n += 1) tally.add(both)
    for (let n = 0; n < 23; n += 1) tally.add({ ...both, country: 'NO' })
    const month = { ...tally.month(), _id: '2026-05' }
    const earlier = (_id: string, people: number) => {
      const before = createTally()
      for (let n = 0; n < people; n += 1) before.add(both)
      return { ...before.month(), _id }
    }
    const months = [month, earlier('2026-04', 5), earlier('2026-03', 35), earlier('2026-02', 20)]
    await app.database.connection.collection('statistics').insertMany(months as never[])

    const member = await aDesk(app).aMember('games', 'analyst')
    const visitor = aVisitor(app.issuer)
    const asked = await visitor.visit(`${app.issuer}/console/statistics`)
    const to = new URL(asked.next ?? '')
    const sent = await visitor.act(
      to.pathname + to.search,
      { email: member._id, password: staffPassword },
      '/console/sign-in',
    )
    const { to: onward = '' } = fieldsOf(sent, '/console/sign-in/code')
    const code = { csrf: tokenOf(sent), code: totpNow(), to: onward }
    const landed = await visitor.submit(`${app.issuer}/console/sign-in/code`, code)
    assert.equal(new URL(landed.next ?? '').pathname, '/console/statistics')

    for (const [language, people] of [
      ['en', 'Sweden'],
      ['sv', 'Sverige'],
      ['ja', 'スウェーデン'],
    ]) {
      const page = await visitor.visit(`${app.issuer}/console/statistics`, {
        headers: { 'accept-language': language! },
      })
      assert.equal(page.status, 200)
      assert.match(readable(page), new RegExp(people!))
      assert.equal(testIds(page, 'figure').length, 8)
      assert.deepEqual(chartsIn(page), {
        'publishable-months': [20, 30, 70],
        'publishable-country': [20, 40],
        'own-months': [20, 30, 70],
      })
      assert.match(testIds(page, 'statistics-own')[0] ?? '', /70/)
    }
    const json = JSON.parse((await visitor.page('/console/statistics.json?month=2026-05')).text)
    assert.deepEqual(json.publishable.pair.figures, [{ key: 'games+mobile', people: 70 }])
    assert.deepEqual(Object.keys(json.own), ['games'])
    const csv = await visitor.page('/console/statistics.csv')
    assert.match(csv.headers.get('content-disposition') ?? '', /statistics-2026-05\.csv/)
    assert.match(csv.text, /^month,scope,table,group,people\r\n/)
    assert.match(csv.text, /2026-05,own,service,games-arcade,70\r\n/)
    assert.doesNotMatch(csv.text, /mobile-store/)
    assert.equal((await visitor.page('/console/statistics?month=2020-01')).status, 404)
  })
})
