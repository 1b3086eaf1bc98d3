import assert from 'node:assert/strict'
import { createAnalytics } from '../../src/analytics/index.ts'
import { type AdjustableClock, adjustableClock, day, minute, now } from '../../src/lib/clock.ts'
import { createSecretBox } from '../../src/lib/secret-box.ts'
import type { Database } from '../../src/storage/index.ts'
import { beforeEachOperation } from '../world/around-storage.ts'
import { openTestDatabase } from '../world/database.ts'
import { Died } from '../world/dying.ts'

type Deps = Parameters<typeof createAnalytics>[0]
type Staff = Parameters<ReturnType<typeof createAnalytics>['statisticsFor']>[0]

const analyst = (company: string) => ({ company, roles: ['analyst'], status: 'active' }) as unknown as Staff

describe('counting people as things happen', () => {
  let clock: AdjustableClock
  let database: Database
  /** Operations until the process dies; undefined: it lives. */
  let left: number | undefined
  let objecting: Set<string>
  let linked: Set<string>
  /** When accounts that are not linked were left. */
  let leftAt: number | undefined
  /** What happens just before a row is written. */
  let beforeWrite: () => void
  let analytics: ReturnType<typeof createAnalytics>

  beforeEach(async () => {
    clock = adjustableClock()
    // A month's beginning, so that no test meets its end.
    const today = new Date(now())
    clock.advance(Date.UTC(today.getUTCFullYear(), today.getUTCMonth() + 1, 2) - now())
    left = undefined
    objecting = new Set()
    linked = new Set()
    leftAt = undefined
    beforeWrite = () => {}
    database = await openTestDatabase()
    const connection = beforeEachOperation(database.connection, (operation, collection) => {
      if (operation === 'updateOne' && collection === 'statisticsCounted') beforeWrite()
      if (left === undefined) return
      if (left <= 0) throw new Died()
      left -= 1
    })
    const objection = (account: string) => ({ _id: account, objections: { analytics: { at: 1, n: 1 } } })
    analytics = createAnalytics({
      connection,
      box: createSecretBox([Buffer.alloc(32, 7)]),
      accounts: {
        get: async (_id: string) => ({
          _id,
          link: linked.has(_id) ? { person: _id.split(':')[1] } : null,
          left: { at: leftAt },
        }),
      },
      choose: {
        choicesOf: async (account: { _id: string }) => ({
          account,
          own: objecting.has(account._id) ? objection(account._id) : undefined,
          person: undefined,
        }),
      },
      readPrincipal: async () => ({ isGone: false, details: { country: 'SE', birthDate: '1990-02-03' } }),
      links: { accountsOf: async (person: string) => [{ _id: `mobile:${person}`, company: 'mobile' }] },
    } as unknown as Deps)
  })
  afterEach(async () => {
    await database.close()
    clock.reset()
  })

  const used = async (n: number, asksNotToBeTracked = false) =>
    analytics.used({
      principal: { kind: 'person', person: `p${n}` },
      account: `games:p${n}`,
      company: 'games',
      service: 'games-arcade',
      how: 'password',
      asksNotToBeTracked,
    })
  const tenPeople = async () => {
    for (let n = 0; n < 10; n += 1) await used(n)
  }
  const rowsOf = (name: string) => database.connection.collection(name).find({}).toArray()
  /** What analysts of the games company read once this month is over. */
  const monthLater = async () => {
    clock.advance(31 * day)
    await analytics.sweep()
    return (await analytics.statisticsFor(analyst('games'))).statistics
  }

  it('S4-7: tells a month when it is over, and has destroyed by then its key and who was counted', async () => {
    await tenPeople()
    await used(3)
    await analytics.linked({ _id: 'games:p1', company: 'games' } as never, 'p1')
    const counted = await rowsOf('statisticsCounted')
    assert.equal(counted.length, 10)
    assert.doesNotMatch(JSON.stringify([counted, await rowsOf('statisticsKeys')]), /[a-z]:p\d|"p\d"/)
    await analytics.sweep()
    assert.deepEqual(await analytics.statisticsFor(analyst('games')), { months: [] })
    const told = await monthLater()
    assert.deepEqual(told?.group.people, { figures: [{ key: 'all', people: 10 }], withheld: false })
    assert.deepEqual(told?.group.age.figures, [{ key: '30-44', people: 10 }])
    assert.deepEqual(told?.group.pair, { figures: [], withheld: true })
    assert.deepEqual(told?.own.service.figures, [{ key: 'games-arcade', people: 10 }])
    assert.doesNotMatch(JSON.stringify((await analytics.statisticsFor(analyst('mobile'))).statistics), /games-arcade/)
    for (const name of ['statisticsCounted', 'statisticsKeys']) assert.deepEqual(await rowsOf(name), [], name)
    assert.doesNotMatch(JSON.stringify(await rowsOf('statistics')), /p\d|:9/)
  })

  it('S4-7: leaves out at the count whoever objects, and whose browser asks not to be tracked', async () => {
    objecting.add('games:p9')
    for (let n = 0; n < 12; n += 1) await used(n, n === 8)
    assert.equal((await rowsOf('statisticsCounted')).length, 10)
    await analytics.leaveOut({ kind: 'person', person: 'p0' })
    assert.deepEqual((await monthLater())?.group.people, { figures: [], withheld: true })
  })

  it('S4-7: whoever goes to and fro is looked at once in ten minutes, and anew after an objection and its end', async () => {
    let writes = 0
    beforeWrite = () => {
      writes += 1
    }
    for (let times = 0; times < 3; times += 1) await used(1)
    assert.equal(writes, 1)
    await analytics.leaveOut({ kind: 'person', person: 'p1' })
    await used(1)
    assert.equal(writes, 2)
    assert.equal((await rowsOf('statisticsCounted')).length, 1)
    clock.advance(10 * minute)
    await used(1)
    assert.equal(writes, 3)
    objecting.add('games:p2')
    for (let times = 0; times < 2; times += 1) await used(2)
    objecting.delete('games:p2')
    await used(2)
    assert.equal(writes, 4)
  })

  describe('somebody who signed in to a separate account, and joins it', () => {
    const separately = (n: number) =>
      analytics.used({
        principal: { kind: 'account', account: `games:p${n}` } as never,
        account: `games:p${n}`,
        company: 'games',
        service: 'games-arcade',
        how: 'password',
        asksNotToBeTracked: false,
      })
    const join = (n: number) => {
      linked.add(`games:p${n}`)
      return analytics.linked({ _id: `games:p${n}`, company: 'games' } as never, `p${n}` as never)
    }

    it('H35: is one, in whatever they were counted in under either', async () => {
      for (let n = 0; n < 9; n += 1) await used(n)
      await separately(3)
      await join(3)
      await separately(20)
      await join(20)
      await join(20)
      assert.equal((await rowsOf('statisticsCounted')).length, 10)
      const told = await monthLater()
      assert.deepEqual(told?.group.people.figures, [{ key: 'all', people: 10 }])
      assert.deepEqual(told?.group.country.figures, [{ key: 'SE', people: 10 }])
      assert.deepEqual(told?.own.service.figures, [{ key: 'games-arcade', people: 10 }])
    })

    it('H35: is one, should they join it while they are counted', async () => {
      beforeWrite = () => linked.add('games:p1')
      await separately(1)
      await analytics.leaveOut({ kind: 'person', person: 'p1' } as never)
      assert.deepEqual(await rowsOf('statisticsCounted'), [])
    })

    it('H35: who leaves it again is counted under it from the next month on', async () => {
      for (let n = 0; n < 9; n += 1) await used(n)
      leftAt = now()
      await separately(3)
      assert.equal((await rowsOf('statisticsCounted')).length, 9)
      clock.advance(31 * day)
      await separately(3)
      assert.equal((await rowsOf('statisticsCounted')).length, 10)
    })

    it('H35: nine are never told as ten', async () => {
      for (let n = 0; n < 9; n += 1) await used(n)
      await separately(3)
      await join(3)
      assert.deepEqual((await monthLater())?.group.people, { figures: [], withheld: true })
    })

    it('H35: is one in the month before too, while that is not counted up, and wherever the process dies', async () => {
      for (let operations = 0, died = true; died; operations += 1) {
        linked.clear()
        await monthLater()
        await separately(1)
        clock.advance(31 * day)
        await separately(1)
        left = operations
        died = await join(1).then(
          () => false,
          (error: unknown) => {
            assert.ok(error instanceof Died)
            return true
          },
        )
        left = undefined
        await join(1)
        assert.equal((await rowsOf('statisticsCounted')).length, 2, `died before ${operations}`)
        await analytics.leaveOut({ kind: 'person', person: 'p1' } as never)
        assert.deepEqual(await rowsOf('statisticsCounted'), [])
      }
    })

    it('H35: is in no row, should they object while they are joined', async () => {
      await separately(1)
      beforeWrite = () => objecting.add('games:p1')
      await join(1)
      assert.deepEqual(await rowsOf('statisticsCounted'), [])
    })
  })

  it('S4-7: an objection while somebody is being counted leaves no row', async () => {
    beforeWrite = () => objecting.add('games:p1')
    await used(1)
    assert.deepEqual(await rowsOf('statisticsCounted'), [])
  })

  it('S4-7: whoever objects once a month is over, and before it is counted up, is not in its figures', async () => {
    await tenPeople()
    clock.advance(31 * day)
    await analytics.leaveOut({ kind: 'person', person: 'p0' })
    await analytics.sweep()
    const { statistics: told } = await analytics.statisticsFor(analyst('games'))
    assert.deepEqual(told?.group.people, { figures: [], withheld: true })
  })

  it('S4-7: a joined account counts as a pair only where its person objects at neither company', async () => {
    const join = (n: number) => analytics.linked({ _id: `games:p${n}`, company: 'games' } as never, `p${n}`)
    objecting.add('mobile:p10')
    for (let n = 0; n < 11; n += 1) await join(n)
    const told = await monthLater()
    assert.deepEqual(told?.group.pair.figures, [{ key: 'games+mobile', people: 10 }])
    assert.deepEqual(told?.group.people, { figures: [], withheld: false })
  })

  it('S4-7: closes a month whole wherever its process dies, and again changes nothing', async () => {
    for (let operations = 0; ; operations += 1) {
      await tenPeople()
      clock.advance(31 * day)
      left = operations
      const died = await analytics.sweep().then(
        () => false,
        (error: unknown) => {
          assert.ok(error instanceof Died)
          return true
        },
      )
      left = undefined
      await analytics.sweep()
      const { statistics: told } = await analytics.statisticsFor(analyst('games'))
      assert.deepEqual(told?.group.people.figures, [{ key: 'all', people: 10 }], `died before ${operations}`)
      for (const name of ['statisticsCounted', 'statisticsKeys']) assert.deepEqual(await rowsOf(name), [])
      if (!died) break
    }
  })

  it('S4-7: tells nobody but a company’s analysts, and no month that is not closed', async () => {
    for (const roles of [['support'], ['support-lead'], ['privacy'], ['developer'], ['administrator'], []])
      await assert.rejects(
        analytics.statisticsFor({ ...analyst('games'), roles } as never),
        /staff-not-yours/,
        String(roles),
      )
    await assert.rejects(analytics.statisticsFor({ ...analyst('games'), status: 'ended' }), /staff-not-yours/)
    await assert.rejects(analytics.statisticsFor(analyst('games'), '2020-01'), /month-not-closed/)
  })
})
