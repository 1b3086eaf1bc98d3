import assert from 'node:assert/strict'
import { createLease, type Database, type Lease } from '../../src/storage/index.ts'
import { openTestDatabase } from '../world/database.ts'

describe('who of several processes looks for what falls due (M16)', () => {
  let database: Database
  let at: number
  beforeEach(async () => {
    database = await openTestDatabase()
    at = 0
  })
  afterEach(() => database.close())

  const aProcess = (): Lease => createLease({ connection: database.connection, name: 'test', monotonic: () => at })
  /** Of each of them, asked every second from now on. */
  const heldFor = async (seconds: number, leases: Lease[]): Promise<boolean[][]> => {
    const seen: boolean[][] = []
    for (let passed = 0; passed < seconds; passed++) {
      seen.push(await Promise.all(leases.map((lease) => lease.isHeld())))
      at += 1000
    }
    return seen
  }

  it('is one of any that ask at once, and stays it while it asks', async () => {
    const all = Array.from({ length: 8 }, aProcess)
    const seen = await heldFor(60, all)
    const first = seen[0]!.indexOf(true)
    assert.ok(first >= 0)
    for (const each of seen)
      assert.deepEqual(
        each,
        all.map((_, i) => i === first),
      )
  })

  it('is another ten seconds after it died, and not before', async () => {
    const [one, ...others] = Array.from({ length: 4 }, aProcess)
    await heldFor(5, [one!])
    await heldFor(1, others)
    const seen = await heldFor(20, others)
    const next = seen.at(-1)!.indexOf(true)
    assert.ok(next >= 0)
    assert.deepEqual(
      seen,
      seen.map((_, second) => others.map((_, i) => i === next && second >= 9)),
    )
  })

  it('is one alone again soon after it stood still for long and another took its place', async () => {
    const [one, other] = [aProcess(), aProcess()]
    await heldFor(1, [one])
    await heldFor(20, [other])
    assert.deepEqual((await heldFor(4, [one, other])).at(-1), [false, true])
  })

  it('is another at once after it ended in order', async () => {
    const [one, other] = [aProcess(), aProcess()]
    await heldFor(2, [one, other])
    await one.release()
    at += 1000
    assert.equal(await other.isHeld(), true)
    // Whoever does not hold it gives nothing away.
    await one.release()
    assert.equal(await aProcess().isHeld(), false)
  })
})
