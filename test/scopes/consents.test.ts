import assert from 'node:assert/strict'
import { accountIdOf } from '../../src/accounts/index.ts'
import { type Consents, createConsents } from '../../src/scopes/index.ts'
import type { Database } from '../../src/storage/index.ts'
import { openTestDatabase } from '../world/database.ts'

describe('what a person allowed a partner application (P7)', () => {
  let database: Database
  let consents: Consents
  const ada = accountIdOf('games', 'ada')
  const given = (scopes: string[], account = ada, client = 'leaderboard') =>
    consents.give({ account, client, scopes, fields: [], policyVersion: '1' })

  beforeEach(async () => {
    database = await openTestDatabase()
    consents = createConsents(database.connection)
  })
  afterEach(() => database.close())

  it('is remembered for that account and that client alone', async () => {
    await given(['openid', 'profile'])
    const found = await consents.find(ada, 'leaderboard')
    assert.deepEqual(found?.scopes, ['openid', 'profile'])
    assert.equal(found?.policyVersion, '1')
    assert.ok((found?.at ?? 0) > 0)
    assert.equal(await consents.find(ada, 'another'), undefined)
    assert.equal(await consents.find(accountIdOf('mobile', 'ada'), 'leaderboard'), undefined)
    assert.equal(await consents.find(accountIdOf('games', 'tom'), 'leaderboard'), undefined)
  })

  it('grows by what is allowed later, also from two tabs at once', async () => {
    await given(['openid'])
    await Promise.all([given(['email']), given(['accounts.read'])])
    assert.deepEqual((await consents.find(ada, 'leaderboard'))?.scopes.toSorted(), ['accounts.read', 'email', 'openid'])
  })

  it('is gone when withdrawn, once or twice, and another’s stays', async () => {
    await given(['openid'])
    await given(['openid'], accountIdOf('games', 'tom'))
    await consents.withdraw(ada, 'leaderboard')
    await consents.withdraw(ada, 'leaderboard')
    assert.equal(await consents.find(ada, 'leaderboard'), undefined)
    assert.ok(await consents.find(accountIdOf('games', 'tom'), 'leaderboard'))
  })

  it('is listed for its account, and not for one whose id merely begins alike', async () => {
    await given(['openid'])
    await given(['openid'], ada, 'chess-club')
    await given(['openid'], accountIdOf('games', 'ada:2'))
    await given(['openid'], accountIdOf('games', 'ada2'))
    assert.deepEqual(
      (await consents.ofAccount(ada)).map(({ client }) => client),
      ['chess-club', 'leaderboard'],
    )
  })
})
