import assert from 'node:assert/strict'
import * as client from 'openid-client'
import { now } from '../../src/lib/clock.ts'
import type { Person } from '../../src/people/index.ts'
import { createTestBrowser } from '../world/browser.ts'
import { asPerson, aTestOidc, signedIn, type TestOidc } from '../world/oidc.ts'
import { aRelyingParty } from '../world/relying-party.ts'

describe('when something ends, its tokens are dead', () => {
  let product: TestOidc
  before(async () => {
    product = await aTestOidc()
  })
  after(() => product.close())

  const tokensAt = async (person: Person, id: string, browser = createTestBrowser()) => {
    const service = await aRelyingParty(product, id)
    const { visit, asked } = await service.travel(browser, () => signedIn(asPerson(person)))
    return { service, browser, tokens: await service.redeem(visit, asked), asked }
  }
  type Held = Awaited<ReturnType<typeof tokensAt>>
  const userinfo = async ({ tokens }: Held) =>
    (await fetch(`${product.issuer}/me`, { headers: { authorization: `Bearer ${tokens.access_token}` } })).status
  const refresh = ({ service, tokens }: Held) => client.refreshTokenGrant(service.config, tokens.refresh_token!)
  const isDead = async (held: Held): Promise<void> => {
    assert.equal(await userinfo(held), 401)
    await assert.rejects(refresh(held), { error: 'invalid_grant' })
    const asked = await client.tokenIntrospection(held.service.config, held.tokens.access_token)
    assert.deepEqual(asked, { active: false })
  }
  const actor = (person: Person) => ({ kind: 'person', id: person._id }) as const

  it('G5: an unlink kills that company’s tokens before anything is swept, and no other’s', async () => {
    const person = await product.aPerson()
    const account = await product.link(person, 'games')
    await product.link(person, 'mobile')
    const browser = createTestBrowser()
    const [games, mobile] = [
      await tokensAt(person, 'games-arcade', browser),
      await tokensAt(person, 'mobile-store', browser),
    ]
    await product.links.unlink(person._id, 'games', {
      keep: 'before',
      actor: actor(person),
    })
    await isDead(games)
    assert.equal(await userinfo(mobile), 200)

    product.logouts.length = 0
    await product.oidc.endAccount(account._id)
    await product.oidc.tick()
    assert.deepEqual(
      product.logouts.map(({ service }) => service),
      ['games-arcade'],
    )
    assert.deepEqual((await games.service.travel(browser, () => undefined)).pages, ['link'])
    assert.deepEqual((await mobile.service.travel(browser, () => undefined)).pages, [])
  })

  it('M12: linked again, the old tokens stay dead', async () => {
    const person = await product.aPerson()
    await product.link(person, 'mobile')
    const held = await tokensAt(person, 'mobile-store')
    await product.links.unlink(person._id, 'mobile', {
      keep: 'now',
      actor: actor(person),
    })
    await product.link(person, 'mobile')
    await isDead(held)
  })

  it('T2: a recovery or a new password ends sessions and tokens everywhere, and a half-done sign-in', async () => {
    const person = await product.aPerson()
    await product.link(person, 'mobile')
    const held = await tokensAt(person, 'mobile-store')
    const service = await aRelyingParty(product, 'mobile-store')
    const attacker = createTestBrowser()
    const { visit } = await service.travel(attacker, () => undefined)
    const finished = await attacker.submit(visit.url, { result: JSON.stringify(signedIn(asPerson(person))) })

    const current = (await product.people.get(person._id))!
    await product.people.commit(current, {
      set: { credentialEpoch: current.credentialEpoch + 1, credentialsChangedAt: now() },
      log: [],
    })
    await isDead(held)
    const session = JSON.parse((await held.browser.visit(`${product.issuer}/account/session`)).text)
    assert.deepEqual(session, {})
    // Proven before the recovery, resumed after it: no session newer than the recovery comes of it.
    const resumed = await attacker.follow(finished.next!, service.isBack)
    assert.match(new URL(resumed.url).pathname, /^\/sign-in\//)
    assert.ok(JSON.parse(resumed.text).reasons.includes('epoch'))
  })

  it('T2: whoever changed the password stays signed in with the proof they just gave', async () => {
    const person = await product.aPerson()
    await product.link(person, 'mobile')
    const { browser, service } = await tokensAt(person, 'mobile-store')
    const current = (await product.people.get(person._id))!
    await product.people.commit(current, { set: { credentialEpoch: 2, credentialsChangedAt: now() }, log: [] })
    await browser.submit(`${product.issuer}/account/proven?epoch=2`, {})
    const session = JSON.parse((await browser.visit(`${product.issuer}/account/session`)).text)
    assert.deepEqual(session.principal, asPerson(person))
    const { visit, asked, pages } = await service.travel(browser, () => undefined)
    assert.deepEqual(pages, [])
    assert.ok((await service.redeem(visit, asked)).access_token)
  })

  it('CVE-2026-1609: nobody refreshes, redeems or asks with the tokens of somebody who is gone', async () => {
    const person = await product.aPerson()
    await product.link(person, 'mobile')
    const held = await tokensAt(person, 'mobile-store')
    const service = await aRelyingParty(product, 'mobile-store')
    const unredeemed = await service.travel(held.browser, () => undefined)
    const current = (await product.people.get(person._id))!
    await product.people.commit(current, { set: { status: 'erasing' }, log: [] })
    await isDead(held)
    await assert.rejects(service.redeem(unredeemed.visit, unredeemed.asked), { error: 'invalid_grant' })
    const again = await service.travel(held.browser, () => undefined)
    assert.deepEqual(again.pages, ['login'])
    assert.ok(JSON.parse(again.visit.text).reasons.includes('person_gone'))
  })

  /** Every state in which somebody is not to be let in, and how it is reached. */
  const gone: Record<string, (person: Person, account: string) => Promise<unknown>> = {
    'their sign-in is being erased': (person) => product.people.commit(person, { set: { status: 'erasing' }, log: [] }),
    'their sign-in is erased': (person) =>
      product.people.commit(person, { set: { status: 'erased', fields: {} }, log: [] }),
    'their credentials are new': (person) =>
      product.people.commit(person, { set: { credentialEpoch: 2, credentialsChangedAt: now() + 1000 }, log: [] }),
    'the account is closing': (_person, id) =>
      product.accounts.change(id, ({ epoch }) => ({ set: { status: 'closing', epoch: epoch + 1 } })),
    'the account is closed': (_person, id) =>
      product.accounts.change(id, ({ epoch }) => ({ set: { status: 'closed', epoch: epoch + 1, link: null } })),
    'the account is unlinked': (person) =>
      product.links.unlink(person._id, 'mobile', { keep: 'now', actor: actor(person) }),
    'the company holds the account for misused': (_person, id) =>
      product.accounts.change(id, () => ({ set: { fraud: { at: now(), case: 'c', agent: 'a' } } })),
  }
  for (const [what, end] of Object.entries(gone))
    it(`CVE-2026-16103, CVE-2025-53942: ${what}: no grant of any kind lets them in`, async () => {
      const person = await product.aPerson()
      const account = await product.link(person, 'mobile')
      const held = await tokensAt(person, 'mobile-store')
      const service = await aRelyingParty(product, 'mobile-store')
      const unredeemed = await service.travel(held.browser, () => undefined)
      const halfway = await service.travel(createTestBrowser(), () => undefined)
      await end((await product.people.get(person._id))!, account._id)

      await isDead(held)
      await assert.rejects(service.redeem(unredeemed.visit, unredeemed.asked), { error: 'invalid_grant' })
      const silent = await service.travel(held.browser, () => undefined, { prompt: 'none' })
      assert.ok(['login_required', 'access_denied'].includes(service.errorOf(silent.visit) ?? ''), what)
      const again = await service.travel(held.browser, () => undefined)
      assert.ok(again.pages.length > 0 || service.errorOf(again.visit) === 'access_denied', what)
      assert.equal(new URL(halfway.visit.url).searchParams.get('code'), null)
    })

  it('G5: an account that is closing gives no token, and its person is asked before anything goes on', async () => {
    const person = await product.aPerson()
    const account = await product.link(person, 'mobile')
    const held = await tokensAt(person, 'mobile-store')
    await product.accounts.change(account._id, ({ epoch }) => ({ set: { status: 'closing', epoch: epoch + 1 } }))
    await isDead(held)
    assert.deepEqual((await held.service.travel(held.browser, () => undefined)).pages, ['link'])
  })

  it('a session’s tokens die with it', async () => {
    const person = await product.aPerson()
    await product.link(person, 'mobile')
    const held = await tokensAt(person, 'mobile-store')
    await held.browser.submit(`${product.issuer}/account/sign-out`, {})
    await isDead(held)
  })

  it('A 10.4.9: a revoked refresh token takes its access tokens with it; a revoked access token goes alone', async () => {
    const person = await product.aPerson()
    await product.link(person, 'mobile')
    const held = await tokensAt(person, 'mobile-store')
    await client.tokenRevocation(held.service.config, held.tokens.access_token)
    assert.equal(await userinfo(held), 401)
    const tokens = await refresh(held)
    await client.tokenRevocation(held.service.config, tokens.refresh_token!)
    assert.equal(await userinfo({ ...held, tokens: tokens as Held['tokens'] }), 401)
  })
})
