import assert from 'node:assert/strict'
import { assertNoCompanyRemoved, createPolicyRevisions } from '../../src/companies/index.ts'
import { ConfigurationError } from '../../src/lib/config-issues.ts'
import { openTestDatabase } from '../world/database.ts'
import { aCompany } from '../world/group.ts'

describe('a company that is gone from the configuration', () => {
  const mobile = aCompany({ id: 'mobile' })
  const companies = new Map([['mobile', mobile]])

  it('ends the start when it has accounts, with the file to put back', async () => {
    await assert.rejects(
      assertNoCompanyRemoved({ known: ['mobile', 'games'], companies, hasAccounts: async (id) => id === 'games' }),
      (error) =>
        error instanceof ConfigurationError &&
        error.message === 'companies/games.yaml is gone, but games has accounts: put the file back',
    )
  })

  it('may go when it never had an account', async () => {
    await assertNoCompanyRemoved({ known: ['mobile', 'games'], companies, hasAccounts: async () => false })
  })

  it('is remembered by every database that was once started with it', async () => {
    const database = await openTestDatabase()
    const before = createPolicyRevisions(database.connection)
    await before.load([mobile, aCompany({ id: 'games' })])
    const after = createPolicyRevisions(database.connection)
    await after.load([mobile])
    assert.deepEqual((await after.knownCompanies()).toSorted(), ['games', 'mobile'])
    await database.close()
  })
})
