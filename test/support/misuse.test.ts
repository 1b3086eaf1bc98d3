import assert from 'node:assert/strict'
import { aTestApp, type TestApp } from '../world/app.ts'
import { handedOver } from '../world/browser.ts'
import { aDesk, type Desk, refuses } from '../world/desk.ts'
import { aTokenClient, type TokenClient } from '../world/tokens.ts'
import { asTyped, aTraveller, type Traveller } from '../world/traveller.ts'

describe('misuse of an account or a device', () => {
  let app: TestApp
  let desk: Desk
  let redeemed: TokenClient['redeemed']
  let refreshed: TokenClient['refreshed']
  before(async () => {
    app = await aTestApp({ offline: true })
    desk = aDesk(app)
    ;({ redeemed, refreshed } = aTokenClient(app))
  })
  after(() => app.close())

  const signedIn = async (who: { email: string; password: string }, client: string, traveller = aTraveller(app)) => {
    const back = await traveller.act(await traveller.go(client, { scope: 'openid offline_access' }), '', asTyped(who))
    return { traveller, back }
  }

  const toldAt = async (traveller: Traveller, client: string) => traveller.told(await traveller.go(client))
  const devicesIn = async (agent: Parameters<Desk['seeCase']['see']>[0], id: string) =>
    (await desk.seeCase.see(agent, id)).account?.devices ?? []

  it('ends what a marked device has at that company and lets it in there with nobody’s account; elsewhere nothing changes (S2-b, S4-8)', async () => {
    const [person, relative] = [
      await app.aPerson({ links: ['games', 'mobile'] }),
      await app.aPerson({ links: ['games', 'mobile'] }),
    ]
    const { traveller, back } = await signedIn(person, 'games-arcade')
    const held = await redeemed('games-arcade', back)
    const atMobile = await redeemed(
      'mobile-store',
      await traveller.go('mobile-store', { scope: 'openid offline_access' }),
    )
    const { traveller: phone } = await signedIn(person, 'games-arcade')
    await app.settled()
    app.told.length = 0

    const [agent, other] = [await desk.aMember('games', 'support'), await desk.aMember('mobile', 'support')]
    const [id, there] = [await desk.aProvenCase(agent, person.email), await desk.aProvenCase(other, person.email)]
    const seen = await devicesIn(agent, id)
    assert.equal(seen.length, 2)
    const device = seen[1]?.id ?? ''
    assert.ok(!(await devicesIn(other, there)).some((each) => each.id === device), 'each company has names of its own')
    await assert.rejects(() => desk.actOnAccount.act(other, there, 'device-marked', device), refuses('device-unknown'))
    await desk.actOnAccount.act(agent, id, 'device-marked', device)
    await app.settled()

    assert.equal(await refreshed('games-arcade', held), 400)
    assert.equal(await toldAt(traveller, 'games-arcade'), 'access_denied')
    assert.equal(await toldAt(phone, 'games-arcade'), 'code')
    assert.equal(await toldAt(traveller, 'mobile-store'), 'code')
    assert.equal(await refreshed('mobile-store', atMobile), 200)
    assert.deepEqual(
      app.told.filter(({ kind }) => kind === 'backchannel-logout').map(({ service }) => service),
      ['games-arcade'],
    )
    await traveller.act(await traveller.go('mobile-store', { prompt: 'login' }), '', asTyped(relative))
    assert.equal(await toldAt(traveller, 'games-arcade'), 'access_denied')
    await signedIn(relative, 'games-arcade')
    assert.deepEqual(
      (await devicesIn(agent, id)).map(({ isMarked }) => isMarked),
      [false, true],
    )
    assert.ok((await desk.readBy(person.id)).some(({ act, company }) => act === 'device-marked' && company === 'games'))

    await desk.actOnAccount.act(agent, id, 'device-cleared', device)
    assert.equal(await toldAt(traveller, 'games-arcade'), 'code')
    assert.equal(await refreshed('games-arcade', held), 400, 'what ended stays ended')
  })

  it('is marked by who has proven the caller, or by a lead on what the company itself saw; by nobody else', async () => {
    const person = await app.aPerson({ links: ['games'] })
    await signedIn(person, 'games-arcade')
    await app.settled()
    const [agent, lead] = [await desk.aMember('games', 'support'), await desk.aMember('games', 'support-lead')]
    const id = await desk.aCase(agent, person.email)
    const [device] = await devicesIn(agent, id)
    for (const act of ['marked-fraudulent', 'device-marked'] as const) {
      await assert.rejects(() => desk.actOnAccount.act(agent, id, act, device?.id), refuses('case-caller-not-proven'))
      await desk.actOnAccount.act(lead, id, act, device?.id)
    }
    await assert.rejects(() => desk.actOnAccount.act(lead, id, 'device-marked', '$ne'), refuses('device-unknown'))
    const { back } = await signedIn(person, 'games-arcade')
    assert.equal(handedOver(back).get('error'), 'access_denied')
  })

  it('leaves no key good that outlived its session, once sessions are ended or the account is marked', async () => {
    for (const act of ['sessions-ended', 'marked-fraudulent'] as const) {
      const person = await app.aPerson({ links: ['games', 'mobile'] })
      const { traveller, back } = await signedIn(person, 'games-arcade')
      const held = await redeemed('games-arcade', back)
      const other = await redeemed(
        'mobile-store',
        await traveller.go('mobile-store', { scope: 'openid offline_access' }),
      )
      for (const name of ['sessions', 'session-uses']) await app.database.connection.collection(name).deleteMany({})
      const lead = await desk.aMember('games', 'support-lead')
      const id = await desk.aCase(lead, person.email)
      await desk.actOnAccount.act(lead, id, act)
      assert.equal(await refreshed('games-arcade', held), 400, act)
      assert.equal(await refreshed('mobile-store', other), 200, act)
    }
  })

  it('goes on at once after ended sessions, by signing in again', async () => {
    const person = await app.aPerson({ links: ['games'] })
    const { traveller } = await signedIn(person, 'games-arcade')
    const agent = await desk.aMember('games', 'support')
    await desk.actOnAccount.act(agent, await desk.aCase(agent, person.email), 'sessions-ended')
    const held = await redeemed('games-arcade', await traveller.go('games-arcade', { scope: 'openid offline_access' }))
    assert.equal(await refreshed('games-arcade', held), 200)
  })
})
