import assert from 'node:assert/strict'
import { type AdjustableClock, adjustableClock, hour, now, second } from '../../src/lib/clock.ts'
import { padded } from '../../src/lib/ids.ts'
import { createChangeRows, reachesBackTo } from '../../src/preferences/change-rows-store.ts'
import type { Database } from '../../src/storage/index.ts'
import { openTestDatabase } from '../world/database.ts'

describe('the stream of changes, as it is kept (S6-a)', () => {
  let clock: AdjustableClock
  let database: Database
  let changes: ReturnType<typeof createChangeRows>
  before(async () => {
    clock = adjustableClock()
    database = await openTestDatabase()
    changes = createChangeRows(database.connection)
  })
  after(async () => {
    clock.reset()
    await database.close()
  })

  const change = (n: number) => changes.add({ company: 'games', account: `games:${n}` })
  /** As a company reads it: page by page, from its last mark. */
  const readFrom = async (mark: string, limit: number) => {
    const told = new Set<string>()
    for (let cursor = mark; ; ) {
      const { rows, next, isMore } = await changes.since('games', cursor, limit)
      for (const { account } of rows) told.add(account)
      assert.ok(next >= cursor, 'a mark never goes back')
      if (!isMore) return { told, next }
      assert.notEqual(next, cursor, 'whoever is told that there is more comes further')
      cursor = next
    }
  }

  it('S6-a: what comes to be seen late is told, also where a page is full of what happened just now', async () => {
    const from = padded(now())
    clock.advance(second)
    const late = now()
    clock.advance(second)
    for (let n = 0; n < 7; n += 1) await change(n)
    const first = await readFrom(from, 3)
    await database.connection
      .collection('audienceChanges')
      .insertOne({ _id: `games:${padded(late)}:late`, account: 'games:late', at: late } as never)
    clock.advance(hour)
    const then = await readFrom(first.next, 3)
    const told = new Set([...first.told, ...then.told])
    assert.deepEqual([...told].sort(), [...Array.from({ length: 7 }, (_, n) => `games:${n}`), 'games:late'])
  })

  it('S6-a: pages go on within what is settled, and each account is told', async () => {
    const from = padded(now())
    for (let n = 0; n < 8; n += 1) {
      clock.advance(second)
      await change(n)
    }
    clock.advance(hour)
    const { told, next } = await readFrom(from, 3)
    assert.equal(told.size, 8)
    assert.equal((await readFrom(next, 3)).told.size, 0)
  })

  it('S6-a: a mark of a time that has not come is none of ours', () => {
    assert.equal(reachesBackTo(padded(now())), true)
    assert.equal(reachesBackTo(padded(now() + hour)), false)
    assert.equal(reachesBackTo('999999999999999'), false)
  })
})
