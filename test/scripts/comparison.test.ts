import assert from 'node:assert/strict'
import { comparisonTable, medianOf, ratioOf } from '../../scripts/bench/comparison.ts'

describe('what a run of two builds and the bare library says', () => {
  it('takes the middle of the rounds', () => {
    assert.equal(medianOf([9, 1, 2]), 2)
    assert.equal(medianOf([4, 1, 2, 100]), 3)
    assert.equal(medianOf([7]), 7)
    assert.ok(Number.isNaN(medianOf([])))
  })

  it('compares within each round, so that a slow moment of the machine weighs on both sides', () => {
    assert.deepEqual(ratioOf([1, 20, 3], [2, 40, 4]), { median: 0.5, least: 0.5, most: 0.75 })
  })

  it('says for each operation this ÷ other and bare ÷ this, and nothing of what the library does not do', () => {
    const table = comparisonTable({
      at: '2026-01-02',
      people: 10,
      otherPeople: 1000,
      seconds: 1,
      rounds: 3,
      compared: [
        { name: 'refresh', unit: 'ms', ours: [0.5, 1, 0.5], other: [1, 1, 1], bare: [0.25, 0.25, 0.25] },
        { name: 'profile change', unit: 'ms', ours: [20, 22, 24], other: [10, 11, 12] },
      ],
    })
    assert.ok(table.includes('with 10 people (1000 in the other), '), table)
    assert.ok(table.includes('| refresh, ms | 0.500 | 1.00 | 0.250 | 0.50 (0.50–1.00) | 0.50 (0.25–0.50) |'), table)
    assert.ok(table.includes('| profile change, ms | 22.0 | 11.0 | – | 2.00 (2.00–2.00) | – |'), table)
  })
})
