import assert from 'node:assert/strict'
import {
  codeStatus,
  goodUntil,
  isProvenNow,
  isRenewable,
  type Lifetime,
  longestOf,
  readCode,
  secondClickWithin,
} from '../../src/credentials/verification.ts'
import { minute, second } from '../../src/lib/clock.ts'
import { isAppError } from '../../src/lib/errors.ts'

describe('a verification', () => {
  const open: Lifetime = { state: 'open', expiresAt: 15 * minute, endsAt: 60 * minute, renewals: 0 }
  const spent = (state: Lifetime['state']): Lifetime => ({ ...open, state, spentAt: minute })

  it('H1: proves while it is open, and no longer than its code is good', () => {
    assert.equal(codeStatus(open, 0), 'open')
    assert.equal(codeStatus(open, 15 * minute - 1), 'open')
    assert.equal(codeStatus(open, 15 * minute), 'spent')
    assert.equal(codeStatus({ ...open, expiresAt: 70 * minute }, 60 * minute), 'spent')
  })

  it('H1: that is not open proves nothing, but to the second of two clicks within 30 seconds', () => {
    assert.equal(secondClickWithin, 30 * second)
    for (const state of ['proven', 'completing', 'done'] as const) {
      assert.equal(codeStatus(spent(state), minute + 30 * second), 'again', state)
      assert.equal(codeStatus(spent(state), minute + 30 * second + 1), 'spent', state)
      assert.equal(codeStatus({ ...open, state }, minute), 'spent', `${state}, and nobody knows since when`)
    }
  })

  it('H1: of before this rule is void', () => {
    for (const state of ['open', 'completing', 'done'] as const)
      assert.equal(codeStatus({ state, expiresAt: 15 * minute, spentAt: 0 }, 1), 'spent')
  })

  it('H1: opens what follows it once its code came, for minutes', () => {
    assert.ok(isProvenNow({ state: 'proven', expiresAt: 15 * minute }, minute))
    assert.ok(!isProvenNow({ state: 'proven', expiresAt: 15 * minute }, 15 * minute))
    for (const state of ['open', 'completing', 'done'] as const) assert.ok(!isProvenNow({ state, expiresAt: 5 }, 1))
  })

  it('U5: is sent again three times at most, also after its code ran out, and never past its end', () => {
    assert.ok(isRenewable(open, 59 * minute))
    assert.ok(!isRenewable(open, 60 * minute))
    assert.ok(isRenewable({ ...open, renewals: 2 }, 0))
    assert.ok(!isRenewable({ ...open, renewals: 3 }, 0))
    assert.ok(!isRenewable(spent('proven'), 2 * minute))
  })

  it('U5: another code has fifteen minutes of its own, within the hour; within half of it for an address', () => {
    assert.equal(goodUntil(14 * minute, longestOf('registration')), 29 * minute)
    assert.equal(goodUntil(50 * minute, longestOf('registration')), 60 * minute)
    for (const kind of ['address-change', 'own-address']) assert.equal(longestOf(kind), 30 * minute)
  })

  it('U5: what cannot be right is told as that', () => {
    assert.equal(readCode(' １２３-456 '), '123456')
    for (const typed of ['', '12345', '1234567', 'abcdef', '1'.repeat(100)])
      assert.throws(
        () => readCode(typed),
        (error) => isAppError(error, 'code-malformed'),
      )
  })
})
