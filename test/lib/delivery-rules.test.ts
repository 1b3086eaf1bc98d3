import assert from 'node:assert/strict'
import fc from 'fast-check'
import { day, hour, minute, second } from '../../src/lib/clock.ts'
import { isRefusal, isStill, nextTry, pauseAfter } from '../../src/lib/delivery-rules.ts'

/** What letters, sign-outs and events have in common on their way out. */
describe('the rules of what is sent to others', () => {
  it('W16: nobody who failed is left alone for longer than the bound, however often', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), (failures) => {
        const pause = pauseAfter(failures, 10 * minute)
        assert.ok(pause >= second / 2 && pause <= 10 * minute)
        const least = Math.min(10 * minute, second * 2 ** Math.min(failures - 1, 20)) / 2
        assert.ok(pause >= least)
      }),
    )
  })

  it('Q11: a lease from before the clock was set back holds nobody up', () => {
    const at = 1_000_000
    assert.equal(isStill(at + second, 10 * second, at), true)
    assert.equal(isStill(at, 10 * second, at), false)
    assert.equal(isStill(at - second, 10 * second, at), false)
    assert.equal(isStill(at + day, 10 * second, at), false)
  })

  it('W16: what was refused is tried as often as is said, or until it would come too late', () => {
    const asked = 1_000_000
    const waits = [10 * second, minute]
    const tried = (tries: number, more: object, now = asked) => nextTry({ waits, ...more }, { tries, at: asked }, now)
    assert.equal(tried(0, {}), asked + 10 * second)
    assert.equal(tried(1, {}), asked + minute)
    assert.equal(tried(2, {}), undefined)
    assert.equal(tried(7, { repeats: true }), asked + minute)
    assert.equal(tried(7, { repeats: true, lasts: day }, asked + day - minute), asked + day)
    assert.equal(tried(7, { repeats: true, lasts: day }, asked + day - second), undefined)
    assert.equal(tried(0, { lasts: hour }, asked + hour), undefined)
  })

  it('C4: an answer stands; one that asks for patience, or no answer, does not', () => {
    assert.deepEqual([200, 302, 400, 404, 408, 410, 429, 500, 503, 0].filter(isRefusal), [400, 404, 410])
  })
})
