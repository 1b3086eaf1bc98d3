import assert from 'node:assert/strict'
import { type Company, createPolicyRevisions } from '../../src/companies/index.ts'
import type { Database } from '../../src/storage/index.ts'
import { openTestDatabase } from '../world/database.ts'
import { aCompany } from '../world/group.ts'

describe('the revision of a release policy', () => {
  let database: Database
  beforeEach(async () => {
    database = await openTestDatabase()
  })
  afterEach(() => database.close())

  /** A process of its own on the same database. */
  const started = async (...companies: Company[]) => {
    const revisions = createPolicyRevisions(database.connection)
    await revisions.load(companies)
    return revisions
  }
  const games = aCompany({ id: 'games' })
  const shrunk = { ...games, release: { ...games.release, receives: ['name' as const] } }

  it('begins at 1 and stays the same through a restart', async () => {
    assert.equal((await started(games)).revisionOf('games'), 1)
    assert.equal((await started(games)).revisionOf('games'), 1)
  })

  it('rises when the policy changes, and rises again when it changes back: a copy never goes back (M8)', async () => {
    await started(games)
    assert.equal((await started(shrunk)).revisionOf('games'), 2)
    assert.equal((await started(games)).revisionOf('games'), 3)
  })

  it('does not rise for another order of the same details, nor for a better wording of the purpose', async () => {
    await started(games)
    const { release } = games
    const reworded = {
      ...release,
      receives: release.receives.toReversed(),
      purpose: { en: 'To run your games account.' },
    }
    assert.equal((await started({ ...games, release: reworded })).revisionOf('games'), 1)
  })

  it('is raised once by two processes that start with the same change, and both have it', async () => {
    await started(games)
    const processes = await Promise.all(Array.from({ length: 8 }, () => started(shrunk)))
    assert.deepEqual(
      processes.map((each) => each.revisionOf('games')),
      Array.from({ length: 8 }, () => 2),
    )
  })

  it('is begun once by two processes that start on an empty database', async () => {
    const processes = await Promise.all(Array.from({ length: 8 }, () => started(games)))
    for (const each of processes) assert.equal(each.revisionOf('games'), 1)
  })

  it('is each company’s own: a change at one leaves the others where they are', async () => {
    await started(games, aCompany({ id: 'mobile' }))
    const revisions = await started(shrunk, aCompany({ id: 'mobile' }))
    assert.deepEqual([revisions.revisionOf('games'), revisions.revisionOf('mobile')], [2, 1])
  })

  it('is not made up for a company that was never loaded', async () => {
    const revisions = await started(games)
    assert.throws(() => revisions.revisionOf('mobile'), /mobile/)
  })
})
