import assert from 'node:assert/strict'
import { asAccount, asPerson } from '../../src/accounts/index.ts'
import { type AdjustableClock, minute } from '../../src/lib/clock.ts'
import type { TestApp } from '../world/app.ts'
import { movedAddress } from '../world/moved-address.ts'
import { fieldsOf, readable } from '../world/pages.ts'
import { aTimedApp } from '../world/timed-app.ts'
import { aTokenClient } from '../world/tokens.ts'
import { asTyped, aTraveller } from '../world/traveller.ts'
import { aVisitor } from '../world/visitor.ts'

const scope = 'openid profile email offline_access'

describe('what partners’ applications were allowed by a thief (H27)', () => {
  let app: TestApp
  let clock: AdjustableClock
  beforeEach(async () => {
    ;({ app, clock } = await aTimedApp())
  })
  afterEach(() => app.close())

  const { undoPath, move } = movedAddress(() => app)
  /** As a thief’s press was kept before it waited for the former address (H4), or as one that outran it. */
  const give = (account: string, scopes: string[], client = 'leaderboard') =>
    app.features.consents.give({
      account: account as Parameters<typeof app.features.consents.give>[0]['account'],
      client,
      scopes,
      fields: scopes.includes('email')
        ? ['givenName', 'familyName', 'birthDate', 'email']
        : ['givenName', 'familyName'],
      policyVersion: '1',
    })
  const allowed = async (account: string) =>
    (await app.features.consents.ofAccount(account as Parameters<typeof app.account>[0])).map(
      ({ client, scopes, fields }) => [client, scopes.toSorted().join(' '), fields?.toSorted().join(' ')],
    )

  const theft = async () => {
    const { id, email, password, accounts } = await app.aPerson({ links: ['games'] })
    const games = accounts.games!
    clock.advance(minute)
    await give(games, ['openid'], 'another')
    clock.advance(minute)
    const thief = aVisitor(app.issuer)
    await thief.signIn({ email, password })
    await move(thief, `thief-${email}`)
    clock.advance(minute)
    return { id, email, games, as: { email: `thief-${email}`, password } }
  }

  it('H27: whoever takes their address back ends them: tokens, claims and the consent; the one from before stays', async () => {
    const { email, games, as } = await theft()
    await give(games, scope.split(' '))
    const traveller = aTraveller(app)
    const back = await traveller.act(await traveller.go('leaderboard', { scope }), '', asTyped(as))
    const partner = aTokenClient(app)
    const tokens = await partner.redeemed('leaderboard', back)
    assert.equal(await partner.userinfo(tokens), 200)

    assert.match(readable(await aVisitor(app.issuer).act(await undoPath(email, 'address-changed'))), /Undone/)
    assert.equal(await partner.userinfo(tokens), 401)
    assert.equal(await partner.refreshed('leaderboard', tokens), 400)
    assert.deepEqual(await allowed(games), [['another', 'openid', 'familyName givenName']])
  })

  it('H27: of one that a thief widened, what the person had allowed before stays, also where it was allowed again', async () => {
    const { id, email, password, accounts } = await app.aPerson({ links: ['games'] })
    const games = accounts.games!
    await give(games, ['openid', 'profile'])
    clock.advance(minute)
    const thief = aVisitor(app.issuer)
    await thief.signIn({ email, password })
    await move(thief, `thief-${email}`)
    clock.advance(minute)
    await give(games, ['openid', 'profile', 'email'])
    await aVisitor(app.issuer).act(await undoPath(email, 'address-changed'))
    assert.deepEqual(await allowed(games), [['leaderboard', 'openid profile', 'familyName givenName']])
    const trail = await app.database.connection.collection('events').countDocuments({ kind: 'application-withdrawn' })
    assert.equal(trail, 1, id)
  })

  it('H27: it follows from the log where a crash came between', async () => {
    const { id, email, games } = await theft()
    await give(games, ['openid', 'profile'])
    const person = await app.features.people.get(id as Parameters<typeof app.features.people.get>[0])
    const former = person?.takeBacks?.find(({ address }) => address === email)
    assert.ok(former)
    await app.features.addressChanges.takeBack(asPerson(person!._id), former)
    await app.settled()
    assert.deepEqual(await allowed(games), [['another', 'openid', 'familyName givenName']])
  })

  it('H27: a separate account’s holder who takes the address back ends them, and from the log as well', async () => {
    for (const crashed of [false, true]) {
      const { account, email, password } = await app.aSeparateAccount('games')
      clock.advance(minute)
      await give(account, ['openid'], 'another')
      clock.advance(minute)
      const thief = aVisitor(app.issuer)
      await thief.signInAt('games-arcade', `${app.urlOf('games-arcade')}/callback`, { email, password })
      await move(thief, `thief-${email}`)
      clock.advance(minute)
      await give(account, ['openid', 'profile'])
      const [former] = (await app.account(account)).takeBacks ?? []
      assert.ok(former)
      if (crashed) await app.features.addressChanges.takeBack(asAccount(account), former)
      else await aVisitor(app.issuer).act(await undoPath(email, 'address-changed'))
      if (crashed) await app.settled()
      assert.deepEqual(await allowed(account), [['another', 'openid', 'familyName givenName']], String(crashed))
    }
  })

  it('H27: whose account was linked by somebody else takes the link back, and what that one allowed with it', async () => {
    for (const unlinks of [false, true]) {
      const own = await app.aSeparateAccount('games', { details: { birthDate: '1990-02-03', familyName: 'Berg' } })
      clock.advance(minute)
      await give(own.account, ['openid'], 'another')
      clock.advance(minute)
      const thief = await app.aPerson()
      const visitor = aVisitor(app.issuer)
      await visitor.signIn(thief)
      const preview = await visitor.act('/account/services/link/games', own)
      const action = '/account/services/link/games/preview'
      assert.ok((await visitor.submit(app.issuer + action, fieldsOf(preview, action))).next)
      assert.equal((await app.account(own.account)).link?.person, thief.id)
      clock.advance(minute)
      const traveller = aTraveller(app)
      const allow = await traveller.act(await traveller.go('leaderboard', { scope }), '', asTyped(thief))
      const back = await traveller.act(allow, '/consent')
      const partner = aTokenClient(app)
      const tokens = await partner.redeemed('leaderboard', back)
      assert.equal((await allowed(own.account)).length, 2)
      if (unlinks) await visitor.send('/account/services/games/unlink', { keep: 'now' })
      await aVisitor(app.issuer).act(await undoPath(own.email, 'account-linked'))
      assert.deepEqual(await allowed(own.account), [['another', 'openid', 'familyName givenName']], String(unlinks))
      assert.equal(await partner.userinfo(tokens), 401)
    }
  })
})
