import assert from 'node:assert/strict'
import { type AdjustableClock, adjustableClock, minute } from '../../src/lib/clock.ts'
import { createUndoOffers, undoWithin } from '../../src/people/index.ts'
import type { Database } from '../../src/storage/index.ts'
import { openTestDatabase } from '../world/database.ts'

const offer = { kind: 'details', person: 'ada', op: 'change-1' } as const

describe('the link by which a mail takes something back (S4-3)', () => {
  let database: Database
  let clock: AdjustableClock
  let offers: ReturnType<typeof createUndoOffers>
  beforeEach(async () => {
    clock = adjustableClock()
    database = await openTestDatabase()
    offers = createUndoOffers(database.connection, new Uint8Array(32).fill(1))
  })
  afterEach(async () => {
    clock.reset()
    await database.close()
  })

  it('is the same for the same mail, is kept as a digest only, and says what it takes back', async () => {
    const token = await offers.offer('event-1', offer)
    assert.equal(await offers.offer('event-1', offer), token)
    assert.notEqual(await offers.offer('event-2', offer), token)
    assert.deepEqual(await offers.find(token), offer)
    const stored = JSON.stringify(await database.connection.collection('undoOffers').find({}).toArray())
    assert.ok(!stored.includes(token))
    for (const wrong of ['', `${token}x`, token.toLowerCase(), '{"$gt":""}'])
      assert.equal(await offers.find(wrong), undefined)
  })

  it('is good once, whoever clicks at the same moment', async () => {
    const token = await offers.offer('event-1', offer)
    const spent = await Promise.all(Array.from({ length: 20 }, () => offers.spend(token)))
    assert.equal(spent.filter(Boolean).length, 1)
    assert.equal(await offers.find(token), undefined)
    // Written once more by a drain that runs twice: what was spent stays spent.
    assert.equal(await offers.offer('event-1', offer), token)
    assert.equal(await offers.find(token), undefined)
  })

  it('is good for 72 hours and then is gone', async () => {
    const token = await offers.offer('event-1', offer)
    clock.advance(undoWithin - minute)
    assert.deepEqual(await offers.find(token), offer)
    clock.advance(minute)
    assert.equal(await offers.find(token), undefined)
    await offers.sweep()
    assert.equal(await database.connection.collection('undoOffers').countDocuments({}), 0)
  })
})
