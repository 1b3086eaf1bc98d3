import assert from 'node:assert/strict'
import { epochSeconds } from '../../src/lib/clock.ts'
import { createTestBrowser, handedOver, type TestBrowser } from '../world/browser.ts'
import { asAccount, asPerson, aTestOidc, signedIn, type TestOidc } from '../world/oidc.ts'
import { aRelyingParty, type RelyingParty } from '../world/relying-party.ts'

describe('asked silently (`prompt=none`)', () => {
  let product: TestOidc
  let games: RelyingParty
  before(async () => {
    product = await aTestOidc()
    games = await aRelyingParty(product, 'games-arcade')
  })
  after(() => product.close())

  /** Everything a service gets to see, and every header of the answer but those that differ between any two. */
  const answerTo = async (service: RelyingParty, browser: TestBrowser, more: Record<string, string> = {}) => {
    const asked = await service.request({ prompt: 'none', ...more })
    const visit = await browser.visit(asked.url.href)
    const parameters = handedOver(visit)
    assert.equal(parameters.get('state'), asked.state)
    parameters.delete('state')
    const varying = new Set(['date', 'location', 'content-length', 'x-request-id'])
    return {
      status: visit.status,
      parameters: parameters.toString(),
      headers: [...visit.headers].filter(([name]) => !varying.has(name)),
    }
  }
  const signedInAt = async (id: string, company?: string) => {
    const person = await product.aPerson()
    if (company) await product.link(person, company)
    const browser = createTestBrowser()
    await (await aRelyingParty(product, id)).travel(browser, () =>
      signedIn(asPerson(person), { provenAt: epochSeconds() - 100 }),
    )
    return { person, browser }
  }

  it('T19: a company learns nothing of a person who is linked elsewhere: byte for byte the answer for nobody', async () => {
    const nobody = await answerTo(games, createTestBrowser())
    assert.match(nobody.parameters, /error=login_required/)
    const { browser } = await signedInAt('mobile-store', 'mobile')
    const cases: Record<string, string>[] = [{}, { max_age: '100000' }, { max_age: '1' }, { scope: 'openid' }]
    for (const more of cases)
      assert.deepEqual(await answerTo(games, browser, more), await answerTo(games, createTestBrowser(), more))
  })

  it('T19: a hint of another person, or a demand for one, is answered as for nobody', async () => {
    const { browser } = await signedInAt('mobile-store', 'mobile')
    const claims = JSON.stringify({ id_token: { sub: { value: 'somebody' } } })
    assert.deepEqual(await answerTo(games, browser, { claims }), await answerTo(games, createTestBrowser(), { claims }))
  })

  it('T19: a separate account of one company is nobody at another', async () => {
    const separate = await product.aSeparateAccount('mobile')
    const browser = createTestBrowser()
    const mobile = await aRelyingParty(product, 'mobile-store')
    await mobile.travel(browser, () => signedIn(asAccount(separate)))
    assert.deepEqual(await answerTo(games, browser), await answerTo(games, createTestBrowser()))
  })

  it('T19: a partner application is not told that the browser’s person has an account at its company', async () => {
    const partner = await aRelyingParty(product, 'leaderboard')
    const { browser } = await signedInAt('games-arcade', 'games')
    assert.deepEqual(await answerTo(partner, browser), await answerTo(partner, createTestBrowser()))
  })

  it('P4: a session that ran out with its credentials is nobody’s', async () => {
    const { person, browser } = await signedInAt('games-arcade', 'games')
    await product.people.commit(person, { set: { credentialEpoch: 2 }, log: [] })
    assert.deepEqual(await answerTo(games, browser), await answerTo(games, createTestBrowser()))
  })

  it('H10: every refusal without a page takes as long as always and touches no cookie', async () => {
    const { browser } = await signedInAt('mobile-store', 'mobile')
    const mobile = await aRelyingParty(product, 'mobile-store')
    const refusals: [RelyingParty, Record<string, string>][] = [
      [games, {}],
      [mobile, { scope: 'openid accounts.write' }],
      [mobile, { claims: JSON.stringify({ id_token: { sub: { value: 'somebody' } } }) }],
      [mobile, { resource: 'https://nobody.example/api' }],
    ]
    for (const [service, more] of refusals) {
      const asked = await service.request({ prompt: 'none', ...more })
      const begun = performance.now()
      const visit = await browser.visit(asked.url.href)
      assert.match(visit.next ?? '', /error=/, JSON.stringify(more))
      assert.ok(performance.now() - begun >= 60, JSON.stringify(more))
      const cookies = visit.headers.getSetCookie().filter((each) => !each.startsWith('browser'))
      assert.deepEqual(cookies, [], JSON.stringify(more))
    }
  })

  it('lets a linked person in without a page, and makes neither a link nor a consent', async () => {
    const { person, browser } = await signedInAt('mobile-store', 'mobile')
    const cloud = await aRelyingParty(product, 'mobile-cloud')
    const asked = await cloud.request({ prompt: 'none' })
    const tokens = await cloud.redeem(await browser.visit(asked.url.href), asked)
    assert.equal(tokens.claims()!.sub, (await product.links.accountAt(person._id, 'mobile'))!.subject)
    await answerTo(games, browser)
    assert.equal(await product.links.accountAt(person._id, 'games'), undefined)
  })
})
