import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Config } from '../../src/config/settings.ts'
import { openDatabase } from '../../src/storage/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { aConfig } from '../world/group.ts'

/** The group, with Games receiving no more than this. */
const gamesReceives = (receives: string[]): Partial<Config> => {
  const { group } = aConfig()
  const games = group.companies.get('games')
  assert.ok(games)
  const companies = new Map(group.companies).set('games', {
    ...games,
    release: { ...games.release, receives: games.release.receives.filter((claim) => receives.includes(claim)) },
  })
  return { group: { ...group, companies } }
}

describe('a company that changes its release policy (M8) @embedded', () => {
  let dataDir: string
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'policy-'))
  })
  afterEach(() => rmSync(dataDir, { recursive: true, force: true }))

  const running = async <T>(config: Partial<Config>, what: (app: TestApp) => Promise<T>): Promise<T> => {
    const database = await openDatabase({ dataDir })
    const app = await aTestApp({ database, config })
    try {
      await app.features.applyPolicies()
      await app.settled()
      return await what(app)
    } finally {
      await app.close()
      await database.close()
    }
  }

  it('holds in no account what it may not receive any more, after the next start; no other company notices', async () => {
    const { person, before } = await running({}, async (app) => {
      const person = await app.aPerson({ links: ['games', 'mobile'] })
      const before = await app.account(person.accounts.mobile ?? '')
      assert.equal((await app.account(person.accounts.games ?? '')).copy.birthDate, '1990-02-03')
      return { person, before }
    })
    const seq = await running(gamesReceives(['name', 'email']), async (app) => {
      const { copy, seq } = await app.account(person.accounts.games ?? '')
      assert.deepEqual(Object.keys(copy).sort(), ['email', 'familyName', 'givenName'])
      assert.deepEqual((await app.account(person.accounts.mobile ?? '')).copy, before.copy)
      return seq
    })
    // Started once more with the same policy there is nothing to do, and nothing is told again (G3).
    await running(gamesReceives(['name', 'email']), async (app) => {
      assert.equal((await app.account(person.accounts.games ?? '')).seq, seq)
    })
  })

  it('has its copies cut before the first of them is told, whatever was still to be told', async () => {
    const games = await running({}, async (app) => (await app.aPerson({ links: ['games'] })).accounts.games ?? '')
    const database = await openDatabase({ dataDir })
    const app = await aTestApp({ database, config: gamesReceives(['name', 'email']) })
    await app.features.reconciler.enqueueAccount(games)
    const { copy, withdrawn, seq } = await app.account(games)
    assert.deepEqual(Object.keys(copy).sort(), ['email', 'familyName', 'givenName'])
    assert.ok(withdrawn.includes('birthDate'))
    assert.equal(seq, 2)
    await app.close()
    await database.close()
  })

  it('is left for the next start by whoever is stopped meanwhile, who ends at once and in order', async () => {
    const games = await running({}, async (app) => (await app.aPerson({ links: ['games'] })).accounts.games ?? '')
    const database = await openDatabase({ dataDir })
    const app = await aTestApp({ database, config: gamesReceives(['name', 'email']) })
    await app.app.stop()
    await app.features.applyPolicies()
    assert.ok('birthDate' in (await app.account(games)).copy)
    await database.close()
    await running(gamesReceives(['name', 'email']), async (next) => {
      assert.ok(!('birthDate' in (await next.account(games)).copy))
    })
  })
})
