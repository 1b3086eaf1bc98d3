import assert from 'node:assert/strict'
import { companyWrites } from '../../src/accounts/index.ts'
import { byCompany, changeDetails, detailsOf } from '../../src/people/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'

const grace = { kind: 'after-grace', days: 7 } as const

/** Moments that the storms over the guarantees found, each told by itself. */
describe('a moment that hardly ever comes', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp()
  })
  after(() => app.close())

  const actorOf = (id: string) => ({ kind: 'person' as const, id })

  const gamesWrites = async (id: string, value: string) => {
    const wrote = await app.features.accounts.change(id, (account) =>
      companyWrites(account, {
        op: `write-${value}`,
        changes: [{ field: 'givenName', value }],
        actor: { kind: 'company', company: 'games', epoch: account.epoch },
        source: byCompany,
        at: 1,
      }),
    )
    assert.ok(wrote)
    return wrote
  }

  it('takes back what a company said before days of grace that were broken off, when the link ends (G7)', async () => {
    const { closures, links, reconciler } = app.features
    const { id, accounts, now } = await app.aPerson({ links: ['games', 'mobile'] })
    const games = accounts.games ?? ''
    await gamesWrites(games, 'Gamer')
    await app.settled()
    assert.equal(detailsOf(await now()).givenName, 'Gamer')
    const closing = await closures.close(await app.account(games), grace, actorOf(id))
    await closures.comeBack(closing, actorOf(id))
    await links.unlink(id, 'games', { keep: 'before', actor: actorOf(id) })
    await reconciler.enqueuePerson(id)
    assert.equal(detailsOf(await now()).givenName, 'Ada')
    assert.equal((await app.account(accounts.mobile ?? '')).copy.givenName, 'Ada')
  })

  it('brings an account whose person came back in step, though whoever should do it died (G2)', async () => {
    const { closures, people } = app.features
    const { id, accounts } = await app.aPerson({ links: ['games'] })
    const closing = await closures.close(await app.account(accounts.games ?? ''), grace, actorOf(id))
    const changes = [{ field: 'givenName' as const, value: 'Later' }]
    await changeDetails(people, id, { source: 'person', actor: actorOf(id), changes })
    await app.settled()
    assert.equal((await app.account(closing._id)).copy.givenName, 'Ada')
    await closures.comeBack(closing, actorOf(id))
    await app.settled()
    assert.equal((await app.account(closing._id)).copy.givenName, 'Later')
  })

  it('closes no account that its person unlinked, and somebody linked, between the click and the closing (G6)', async () => {
    const { closures, links } = app.features
    const { id, accounts } = await app.aPerson({ links: ['games'] })
    const clicked = await app.account(accounts.games ?? '')
    await links.unlink(id, 'games', { keep: 'now', actor: actorOf(id) })
    await assert.rejects(closures.close(clicked, { kind: 'at-once' }, actorOf(id)), { code: 'not-open' })
    assert.equal((await app.account(clicked._id)).status, 'open')
  })

  it('loses nothing that was written while the end of a sign-in was begun and came to nothing (G1)', async () => {
    const { people, erasePerson, reconciler } = app.features
    const { accounts, now } = await app.aPerson({ links: ['games'] })
    await people.commit(await now(), { set: { status: 'erasing' }, log: [] })
    await gamesWrites(accounts.games ?? '', 'Meanwhile')
    await reconciler.enqueueAccount(accounts.games ?? '')
    await erasePerson.settle(await now())
    await app.settled()
    assert.equal((await now()).status, 'active')
    assert.equal(detailsOf(await now()).givenName, 'Meanwhile')
    assert.equal((await app.account(accounts.games ?? '')).copy.givenName, 'Meanwhile')
  })
})
