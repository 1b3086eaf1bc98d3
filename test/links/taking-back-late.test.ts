import assert from 'node:assert/strict'
import { asAccount, asPerson, isLinkedTo } from '../../src/accounts/index.ts'
import { policyInForce } from '../../src/companies/index.ts'
import { type AdjustableClock, day, hour, minute } from '../../src/lib/clock.ts'
import type { TestApp } from '../world/app.ts'
import { aTimedApp } from '../world/timed-app.ts'

const ownPassword = 'seven copper lanterns humming'

describe('what follows a change that was taken back, however late (H4, H27)', () => {
  let app: TestApp
  let clock: AdjustableClock
  beforeEach(async () => {
    ;({ app, clock } = await aTimedApp())
  })
  afterEach(() => app.close())

  const give = (account: string, scopes: string[]) =>
    app.features.consents.give({
      account: account as Parameters<typeof app.features.consents.give>[0]['account'],
      client: 'leaderboard',
      scopes,
      fields: [],
      policyVersion: '1',
    })
  const allowed = async (account: string) =>
    (await app.features.consents.ofAccount(account as Parameters<typeof app.account>[0])).flatMap(
      ({ scopes }) => scopes,
    )
  const link = (person: string, id: string) => {
    const company = app.config.group.companies.get(id)!
    const request = { company, policyVersion: policyInForce(company).version, shown: [] }
    return app.features.links.linkNewAccount(person, { ...request, actor: { kind: 'person', id: person } })
  }

  /** The sign-in is moved by a thief, who closes and allows; its owner takes it back, and the process dies there. */
  const takenBack = async () => {
    const { addressChanges, closures } = app.features
    const { id, email, accounts } = await app.aPerson({ links: ['games', 'mobile'] })
    const handle = await addressChanges.begin(asPerson(id), `thief-${email}`)
    await addressChanges.complete(asPerson(id), handle, await app.code(`thief-${email}`))
    await app.settled()
    const [games, mobile] = [accounts.games!, accounts.mobile!]
    const actor = { kind: 'person', id } as const
    clock.advance(minute)
    await give(games, ['openid'])
    await closures.close(await app.account(mobile), { kind: 'at-once' }, actor)
    clock.advance(minute)
    const [former] = (await app.features.people.get(id))?.takeBacks ?? []
    assert.ok(former)
    await addressChanges.takeBack(asPerson(id), former)
    return { id, actor, games, mobile }
  }

  it('H4: undoes what the thief began, and nothing that the owner began once they had a password again', async () => {
    const { id, actor, games, mobile } = await takenBack()
    clock.advance(minute)
    await app.features.credentials.setPassword(asPerson(id), { password: ownPassword, how: 'recovered' })
    clock.advance(minute)
    const pictures = (await link(id, 'pictures'))._id
    await give(pictures, ['openid'])
    await give(games, ['openid', 'profile'])
    await app.features.closures.close(await app.account(games), { kind: 'after-grace', days: 14 }, actor)
    assert.ok(
      (await app.features.people.get(id))?.log.some(({ since }) => since !== undefined),
      'not looked at yet',
    )
    await app.settled()
    assert.equal(isLinkedTo(await app.account(mobile), id), true, 'the thief’s closure is called off')
    assert.equal(isLinkedTo(await app.account(pictures), id), true, 'the owner’s link stands')
    assert.deepEqual(await allowed(pictures), ['openid'])
    assert.deepEqual(await allowed(games), ['profile'], 'of one that both allowed, the owner’s part')
    assert.equal((await app.account(games)).status, 'closing', 'the owner’s own closure goes on')
    clock.advance(14 * day + hour)
    await app.settled()
    assert.equal((await app.account(games)).status, 'closed')
  })

  it('H4: what came in after the commit under the thief’s password goes as well, while nobody has another', async () => {
    const { id, games, mobile } = await takenBack()
    clock.advance(minute)
    await give(games, ['openid', 'profile'])
    await app.settled()
    assert.deepEqual(await allowed(games), [])
    assert.equal(isLinkedTo(await app.account(mobile), id), true)
  })

  it('H27: at a separate account as well: its holder’s own word since then stands', async () => {
    for (const cameBack of [true, false]) {
      const { addressChanges, credentials } = app.features
      const { account, email } = await app.aSeparateAccount('games')
      const handle = await addressChanges.begin(asAccount(account), `thief-${email}`)
      await addressChanges.complete(asAccount(account), handle, await app.code(`thief-${email}`))
      await app.settled()
      clock.advance(minute)
      await give(account, ['openid'])
      clock.advance(minute)
      const [former] = (await app.account(account)).takeBacks ?? []
      assert.ok(former)
      await addressChanges.takeBack(asAccount(account), former)
      clock.advance(minute)
      if (cameBack) await credentials.setPassword(asAccount(account), { password: ownPassword, how: 'recovered' })
      await give(account, ['profile'])
      await app.settled()
      assert.deepEqual(await allowed(account), cameBack ? ['profile'] : [], String(cameBack))
    }
  })
})
