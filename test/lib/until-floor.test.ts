import assert from 'node:assert/strict'
import { untilFloor } from '../../src/lib/until-floor.ts'

describe('an answer that takes as long as always', () => {
  it('H10: is never there a fraction of a millisecond sooner', async () => {
    const took = async (floor: number): Promise<number> => {
      const began = performance.now()
      await untilFloor(began, floor)
      return performance.now() - began - floor
    }
    const floors = Array.from({ length: 400 }, (_, i) => 5 + i / 40)
    const left = await Promise.all(floors.map(took))
    assert.deepEqual(
      left.filter((more) => more < 0),
      [],
    )
  })
})
