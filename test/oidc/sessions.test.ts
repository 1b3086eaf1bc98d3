import assert from 'node:assert/strict'
import type { Person } from '../../src/people/index.ts'
import { createTestBrowser, type TestBrowser } from '../world/browser.ts'
import { asAccount, asPerson, aTestOidc, signedIn, type TestOidc } from '../world/oidc.ts'
import { aRelyingParty } from '../world/relying-party.ts'
import { slowly } from '../world/slow-database.ts'

const everywhere = ['mobile-store', 'mobile-cloud', 'games-arcade', 'pictures-cinema']

describe('one browser, several tabs', () => {
  let product: TestOidc
  before(async () => {
    product = await aTestOidc({ wrap: (connection) => slowly(connection, 5) })
  })
  after(() => product.close())

  const linkedEverywhere = async (): Promise<Person> => {
    const person = await product.aPerson()
    for (const company of ['mobile', 'games', 'pictures']) await product.link(person, company)
    return person
  }
  const portalSession = async (browser: TestBrowser) =>
    JSON.parse((await browser.visit(`${product.issuer}/account/session`)).text) as { uid?: string; fresh?: boolean }

  it('P5: eight tabs at once keep every service in the session, and each is told of the sign-out', async () => {
    for (let round = 0; round < 3; round++) {
      const person = await linkedEverywhere()
      const browser = createTestBrowser()
      const services = await Promise.all(everywhere.map((id) => aRelyingParty(product, id)))
      await services[0]!.travel(browser, () => signedIn(asPerson(person)))
      const tabs = await Promise.all(
        [...services, ...services].map((service) => service.travel(browser, () => undefined)),
      )
      for (const { visit, pages } of tabs) {
        assert.deepEqual(pages, [])
        assert.ok(new URL(visit.next!).searchParams.has('code'), visit.next)
      }
      const redeemed = await Promise.all(
        tabs.map(({ visit, asked }, n) => services[n % services.length]!.redeem(visit, asked)),
      )
      const sids = redeemed.map((tokens) => tokens.claims()?.sid)
      const [session, ...others] = await product.oidc.sessionsOf(asPerson(person))
      assert.deepEqual(others, [])
      assert.deepEqual(session!.services.map(({ clientId }) => clientId).sort(), [...everywhere].sort())
      assert.equal((await portalSession(browser)).uid, session!.uid)

      product.logouts.length = 0
      await browser.submit(`${product.issuer}/account/sign-out`, {})
      await product.oidc.tick()
      assert.deepEqual(product.logouts.map(({ service }) => service).sort(), [...everywhere].sort())
      assert.equal(new Set(product.logouts.map(({ payload }) => payload.sid)).size, everywhere.length)
      assert.deepEqual(new Set(sids), new Set(product.logouts.map(({ payload }) => payload.sid)))
    }
  })

  it('P5: eight tabs that sign in at once, each on its own page, end up in one session', async () => {
    const person = await linkedEverywhere()
    const browser = createTestBrowser()
    const services = await Promise.all(everywhere.map((id) => aRelyingParty(product, id)))
    await browser.visit(`${product.issuer}/account/session`)
    const tabs = await Promise.all(
      [...services, ...services].map(async (service) => {
        const asked = await service.request()
        return { service, asked, page: await browser.follow(asked.url.href, service.isBack) }
      }),
    )
    const backs = await Promise.all(
      tabs.map(async ({ service, page }) => {
        const finished = await browser.submit(page.url, { result: JSON.stringify(signedIn(asPerson(person))) })
        return browser.follow(finished.next!, service.isBack)
      }),
    )
    for (const visit of backs) assert.ok(new URL(visit.next!).searchParams.has('code'), visit.text)
    for (const [n, visit] of backs.entries()) await tabs[n]!.service.redeem(visit, tabs[n]!.asked)
    const sessions = await product.oidc.sessionsOf(asPerson(person))
    assert.equal(sessions.length, 1)
    assert.deepEqual(sessions[0]!.services.map(({ clientId }) => clientId).sort(), [...everywhere].sort())
    assert.equal((await portalSession(browser)).uid, sessions[0]!.uid)
  })

  it('P5: a request with a cookie that is not known any more does not sign the browser out', async () => {
    const person = await linkedEverywhere()
    const [browser, before] = [createTestBrowser(), createTestBrowser()]
    const service = await aRelyingParty(product, 'mobile-store')
    await service.travel(browser, () => signedIn(asPerson(person)))
    const stale = await before.visit((await service.request({ prompt: 'none' })).url.href, {
      headers: { cookie: `session-${product.port}=gone; session-${product.port}.sig=gone` },
    })
    assert.equal(stale.headers.getSetCookie().join(), '')
    assert.ok((await portalSession(browser)).uid)
  })

  it('§4: signing in gives the browser a new session id, and the one of before is dead at once', async () => {
    const person = await linkedEverywhere()
    const browser = createTestBrowser()
    const service = await aRelyingParty(product, 'mobile-store')
    await service.travel(browser, () => signedIn(asPerson(person)))
    const name = `session-${product.port}`
    const pair = () =>
      `${name}=${browser.cookie('localhost', name)}; ${name}.sig=${browser.cookie('localhost', `${name}.sig`)}`
    const stolen = pair()
    const probe = async (cookie: string) =>
      (await (await fetch(`${product.issuer}/account/session`, { headers: { cookie } })).json()) as { uid?: string }
    assert.ok((await probe(stolen)).uid)
    await browser.submit(`${product.issuer}/account/proven`, {})
    assert.notEqual(pair(), stolen)
    assert.equal((await probe(stolen)).uid, undefined)
    assert.ok((await probe(pair())).uid)
  })

  it('§4: a session id whose signature is missing or made up opens nothing', async () => {
    const person = await linkedEverywhere()
    const browser = createTestBrowser()
    const service = await aRelyingParty(product, 'mobile-store')
    await service.travel(browser, () => signedIn(asPerson(person)))
    const name = `session-${product.port}`
    const id = browser.cookie('localhost', name)!
    for (const cookie of [`${name}=${id}`, `${name}=${id}; ${name}.sig=AAAAAAAAAAAAAAAAAAAAAAAAAAA`]) {
      const response = await fetch(`${product.issuer}/account/session`, { headers: { cookie } })
      assert.deepEqual(await response.json(), {})
    }
  })

  it('T9: somebody else signing in ends the first one’s session, with sign-out at their services', async () => {
    const [first, second] = [await linkedEverywhere(), await linkedEverywhere()]
    const browser = createTestBrowser()
    const service = await aRelyingParty(product, 'mobile-store')
    await service.travel(browser, () => signedIn(asPerson(first)))
    product.logouts.length = 0
    const page = await service.travel(browser, () => undefined, { prompt: 'login' })
    const interaction = JSON.parse(page.visit.text) as { must?: unknown; uid: string }
    assert.deepEqual(interaction.must, asPerson(first))
    const refused = await browser.submit(page.visit.url, { result: JSON.stringify(signedIn(asPerson(second))) })
    assert.equal(refused.status, 409)
    await browser.submit(`${page.visit.url}/switch`, {})
    const finished = await browser.submit(page.visit.url, { result: JSON.stringify(signedIn(asPerson(second))) })
    const back = await browser.follow(finished.next!, service.isBack)
    assert.ok(new URL(back.next!).searchParams.has('code'))
    await product.oidc.tick()
    assert.deepEqual(
      product.logouts.map(({ service }) => service),
      ['mobile-store'],
    )
    assert.deepEqual(await product.oidc.sessionsOf(asPerson(first)), [])
    assert.equal((await product.oidc.sessionsOf(asPerson(second))).length, 1)
  })

  it('lets a separate account take the browser over from a person, and never reach another company', async () => {
    const person = await product.aPerson()
    await product.link(person, 'mobile')
    const separate = await product.aSeparateAccount('games')
    const browser = createTestBrowser()
    const [mobile, games] = [await aRelyingParty(product, 'mobile-store'), await aRelyingParty(product, 'games-arcade')]
    await mobile.travel(browser, () => signedIn(asPerson(person)))
    const switched = await games.travel(browser, () => signedIn(asAccount(separate)))
    assert.deepEqual(switched.pages, ['link'])
    const tokens = await games.redeem(switched.visit, switched.asked)
    assert.equal(tokens.claims()!.sub, separate.subject)
    assert.deepEqual(await product.oidc.sessionsOf(asPerson(person)), [])
    const elsewhere = await mobile.travel(browser, () => undefined)
    assert.deepEqual(elsewhere.pages, ['login'])
    assert.ok(JSON.parse(elsewhere.visit.text).reasons.includes('other_company'))
  })

  it('lists where somebody is signed in, and ends the others', async () => {
    const person = await linkedEverywhere()
    const service = await aRelyingParty(product, 'mobile-store')
    const [here, phone] = [
      createTestBrowser(),
      createTestBrowser('Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile'),
    ]
    await service.travel(here, () => signedIn(asPerson(person)))
    await service.travel(phone, () => signedIn(asPerson(person)))
    const sessions = await product.oidc.sessionsOf(asPerson(person))
    assert.deepEqual(sessions.map(({ device }) => device).sort(), ['Chrome, Android', 'Firefox, Linux'])
    const { uid } = await portalSession(here)
    await product.oidc.endOthers(asPerson(person), uid)
    assert.ok((await portalSession(here)).uid)
    assert.equal((await portalSession(phone)).uid, undefined)
  })

  it('§4: after a sign-out a shared browser gives the next person nothing of the first (CVE-2025-12390)', async () => {
    const [first, second] = [await linkedEverywhere(), await linkedEverywhere()]
    const browser = createTestBrowser()
    const service = await aRelyingParty(product, 'mobile-store')
    await service.travel(browser, () => signedIn(asPerson(first)))
    await browser.submit(`${product.issuer}/account/sign-out`, {})
    const { visit, asked } = await service.travel(browser, () => signedIn(asPerson(second)))
    const tokens = await service.redeem(visit, asked)
    const account = await product.links.accountAt(second._id, 'mobile')
    assert.equal(tokens.claims()!.sub, account!.subject)
    assert.deepEqual(await product.oidc.sessionsOf(asPerson(first)), [])
  })

  it('§4: a sign-in begun in one browser can’t be finished in another (CVE-2026-7507)', async () => {
    const service = await aRelyingParty(product, 'mobile-store')
    const [attacker, victim] = [createTestBrowser(), createTestBrowser()]
    const { visit } = await service.travel(attacker, () => undefined)
    assert.equal((await victim.visit(visit.url)).status, 410)
    const uid = new URL(visit.url).pathname.split('/')[2]
    assert.equal((await victim.visit(`${product.issuer}/auth/${uid}`)).status, 400)
  })
})
