import assert from 'node:assert/strict'
import type { PrincipalId } from '../../src/accounts/index.ts'
import { type AdjustableClock, adjustableClock, day, hour, minute, second } from '../../src/lib/clock.ts'
import type { OidcDeps } from '../../src/oidc/index.ts'
import { createTestBrowser, type TestBrowser } from '../world/browser.ts'
import { asPerson, aTestOidc, signedIn, type TestOidc } from '../world/oidc.ts'
import { aRelyingParty, type RelyingParty } from '../world/relying-party.ts'

describe('how long and how often somebody is signed in (§4)', () => {
  let product: TestOidc
  let clock: AdjustableClock
  let service: RelyingParty
  const crowdedOut: { principal: PrincipalId; device?: string }[] = []
  const used: Parameters<NonNullable<OidcDeps['onUse']>>[0][] = []
  before(async () => {
    clock = adjustableClock()
    product = await aTestOidc({
      deps: { onSessionEvicted: (ended) => void crowdedOut.push(ended), onUse: (use) => void used.push(use) },
    })
    service = await aRelyingParty(product, 'mobile-store')
  })
  after(async () => {
    clock.reset()
    await product.close()
  })

  const aLinkedPerson = async () => {
    const person = await product.aPerson()
    await product.link(person, 'mobile')
    return person
  }
  const isSignedIn = async (browser: TestBrowser): Promise<boolean> => {
    const session = JSON.parse((await browser.visit(`${product.issuer}/account/session`)).text) as { uid?: string }
    return session.uid !== undefined
  }
  const signIn = async (person: Awaited<ReturnType<typeof aLinkedPerson>>, browser = createTestBrowser()) => {
    const { visit, asked } = await service.travel(browser, () => signedIn(asPerson(person)))
    return { browser, visit, asked }
  }

  it('nobody who stays away for two weeks, and nobody for longer than thirty days, however often they come', async () => {
    const person = await aLinkedPerson()
    const [away, often] = [await signIn(person), await signIn(person)]
    clock.advance(13 * day)
    assert.ok(await isSignedIn(often.browser))
    clock.advance(2 * day)
    assert.ok(!(await isSignedIn(away.browser)), 'after two weeks without a look')
    assert.ok(await isSignedIn(often.browser))
    clock.advance(13 * day)
    assert.ok(await isSignedIn(often.browser))
    clock.advance(3 * day)
    assert.ok(!(await isSignedIn(often.browser)), 'after thirty days')
    assert.deepEqual((await service.travel(often.browser, () => undefined)).pages, ['login'])
  })

  it('no more than twenty sessions of one person: the one not used for longest ends, and they are told', async () => {
    const person = await aLinkedPerson()
    const browsers: TestBrowser[] = []
    for (let nth = 0; nth < 20; nth++) {
      browsers.push((await signIn(person)).browser)
      clock.advance(second)
    }
    await isSignedIn(browsers[0]!)
    clock.advance(6 * minute)
    assert.ok(await isSignedIn(browsers[0]!), 'used again: not the oldest any more')
    assert.deepEqual(crowdedOut, [])
    await signIn(person)
    await product.oidc.tick()
    const living = await product.oidc.sessionsOf(asPerson(person))
    assert.equal(living.length, 20)
    assert.deepEqual(
      crowdedOut.map(({ principal, device }) => [principal, device]),
      [[asPerson(person), 'Firefox, Linux']],
    )
    assert.ok(await isSignedIn(browsers[0]!))
    assert.ok(!(await isSignedIn(browsers[1]!)))
  })

  it('everybody who signs in at the same moment is on record', async () => {
    used.length = 0
    const people = await Promise.all(Array.from({ length: 6 }, aLinkedPerson))
    await Promise.all(people.map((person) => signIn(person)))
    await product.oidc.tick()
    assert.deepEqual(
      new Set(used.map(({ principal }) => JSON.stringify(principal))),
      new Set(people.map((person) => JSON.stringify(asPerson(person)))),
    )
  })

  it('§1: a code that waited for more than a minute, and an access token of more than ten, are worth nothing', async () => {
    const person = await aLinkedPerson()
    const { browser, visit, asked } = await signIn(person)
    clock.advance(66 * second)
    await assert.rejects(service.redeem(visit, asked), { error: 'invalid_grant' })
    const again = await service.travel(browser, () => undefined)
    const { access_token, expires_in } = await service.redeem(again.visit, again.asked)
    assert.ok((expires_in ?? 0) <= 600)
    const userinfo = async () =>
      (await fetch(`${product.issuer}/me`, { headers: { authorization: `Bearer ${access_token}` } })).status
    assert.equal(await userinfo(), 200)
    clock.advance(11 * minute)
    assert.equal(await userinfo(), 401)
  })

  it('§4: a sign-in that was begun an hour ago is over', async () => {
    const browser = createTestBrowser()
    const { visit } = await service.travel(browser, () => undefined)
    assert.equal((await browser.visit(visit.url)).status, 200)
    clock.advance(hour + minute)
    assert.equal((await browser.visit(visit.url)).status, 410)
  })
})
