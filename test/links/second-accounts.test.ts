import assert from 'node:assert/strict'
import { createLinkIndex, findSecondAccounts } from '../../src/links/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { readable } from '../world/pages.ts'
import { aVisitor } from '../world/visitor.ts'

describe('second accounts that the faults U2 and U3 left behind (L)', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp()
  })
  after(() => app.close())

  const kinds = () =>
    findSecondAccounts({
      accounts: app.features.accounts,
      index: createLinkIndex(app.database.connection),
      holdersOf: app.features.authentication.holdersOf,
      companies: [...app.config.group.companies.keys()],
    })
  const second = async (person: string) => {
    const company = app.config.group.companies.get('games')!
    const actor = { kind: 'person' as const, id: person }
    return app.features.links.linkNewAccount(person, { company, actor, policyVersion: '1', shown: [], second: true })
  }

  it('U2: are counted, and put back in sight of their person at a word; nothing of the accounts changes', async () => {
    const [u2] = kinds()
    const person = await app.aPerson({ links: ['games'] })
    const first = person.accounts.games ?? ''
    await app.features.links.unlink(person.id, 'games', { keep: 'now', actor: { kind: 'person', id: person.id } })
    const other = await second(person.id)
    await app.settled()
    assert.equal(await u2?.count(), 0, 'what is made now stays in sight')
    // As earlier versions left it.
    await app.database.connection
      .collection('links')
      .updateOne({ _id: `${person.id}:games` as never }, { $unset: { former: '' } })
    assert.equal(await u2?.count(), 1)
    const before = [await app.account(first), await app.account(other._id)]
    assert.equal(await u2?.mend?.(), 1)
    assert.equal(await u2?.mend?.(), 0)
    assert.deepEqual([await app.account(first), await app.account(other._id)], before)
    const visitor = aVisitor(app.issuer)
    await visitor.signIn(person)
    assert.match(
      readable(await visitor.page('/account/services')),
      /Accounts you have unlinked.*Another account at Games/,
    )
  })

  it('U3: are counted where a separate account has the address of somebody with a second one there', async () => {
    const [, u3] = kinds()
    assert.equal(await u3?.count(), 0)
    const own = await app.aSeparateAccount('games')
    await app.aPerson({ email: own.email, links: ['games'] })
    await app.aSeparateAccount('games')
    assert.equal(await u3?.count(), 1)
    assert.equal(u3?.mend, undefined)
  })
})
