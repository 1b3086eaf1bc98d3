import assert from 'node:assert/strict'
import { day, iso } from '../../src/lib/clock.ts'
import { deadlineOf } from '../../src/rights-requests/deadline.ts'

describe('the time to answer (GDPR Art. 12(3), Regulation 1182/71 Art. 3)', () => {
  const lastDay = (received: string, months: number, paused = 0) =>
    iso(deadlineOf({ receivedAt: Date.parse(received), months, paused }))

  it('S9: ends with the day of the same date, or the last day of a month that has none', () => {
    assert.equal(lastDay('2026-03-12T09:00:00Z', 1), '2026-04-12T23:59:59.999Z')
    assert.equal(lastDay('2026-03-12T00:00:00Z', 1), '2026-04-12T23:59:59.999Z')
    assert.equal(lastDay('2026-01-31T23:00:00Z', 1), '2026-02-28T23:59:59.999Z')
    assert.equal(lastDay('2028-01-31T12:00:00Z', 1), '2028-02-29T23:59:59.999Z')
    assert.equal(lastDay('2026-01-31T12:00:00Z', 3), '2026-04-30T23:59:59.999Z')
    assert.equal(lastDay('2026-11-29T12:00:00Z', 3), '2027-02-28T23:59:59.999Z')
  })

  it('S9: whole days for which proof was outstanding are added, and a Sunday is not waited out', () => {
    assert.equal(lastDay('2026-03-12T09:00:00Z', 1, 2.9 * day), '2026-04-14T23:59:59.999Z')
    assert.equal(lastDay('2026-10-29T09:00:00Z', 1), '2026-11-29T23:59:59.999Z')
  })
})
