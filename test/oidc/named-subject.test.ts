import assert from 'node:assert/strict'
import * as client from 'openid-client'
import type { Person } from '../../src/people/index.ts'
import { createTestBrowser, type TestBrowser } from '../world/browser.ts'
import { asPerson, aTestOidc, signedIn, type TestOidc } from '../world/oidc.ts'
import { aRelyingParty, type RelyingParty } from '../world/relying-party.ts'

describe('a request that names whom it wants to hear of (R8)', () => {
  let product: TestOidc
  let games: RelyingParty
  before(async () => {
    product = await aTestOidc()
    games = await aRelyingParty(product, 'games-arcade')
  })
  after(() => product.close())

  const aPlayer = async () => {
    const person = await product.aPerson()
    return { person, account: await product.link(person, 'games') }
  }

  /** An ID token of theirs, from another browser. */
  const tokenOf = async (person: Person) => {
    const { visit, asked } = await games.travel(createTestBrowser(), () => signedIn(asPerson(person)))
    const tokens = await games.redeem(visit, asked)
    return { idToken: tokens.id_token ?? '', sub: tokens.claims()?.sub ?? '' }
  }

  const naming = {
    id_token_hint: ({ idToken }: { idToken: string }) => ({ id_token_hint: idToken }),
    'claims.id_token.sub.value': ({ sub }: { sub: string }) => ({
      claims: JSON.stringify({ id_token: { sub: { value: sub } } }),
    }),
  }

  for (const [by, parameters] of Object.entries(naming)) {
    it(`R8: by ${by}, somebody else who signs in is login_required: no code of theirs, and the page once`, async () => {
      const [{ person: ada }, { person: bo }] = [await aPlayer(), await aPlayer()]
      const more = parameters(await tokenOf(ada))
      const { visit, pages } = await games.travel(createTestBrowser(), () => signedIn(asPerson(bo)), more)
      assert.deepEqual(pages, ['login'])
      assert.equal(games.errorOf(visit), 'login_required')
      const unlinked = await product.aPerson()
      const other = await games.travel(createTestBrowser(), () => signedIn(asPerson(unlinked)), more)
      assert.deepEqual(other.pages, ['login'])
      assert.equal(games.errorOf(other.visit), 'login_required')
    })

    it(`R8: by ${by}, whoever is named signs in, also where somebody else was signed in`, async () => {
      const [{ person: ada, account }, { person: bo }] = [await aPlayer(), await aPlayer()]
      const more = parameters(await tokenOf(ada))
      const browser: TestBrowser = createTestBrowser()
      await games.travel(browser, () => signedIn(asPerson(bo)))
      const { visit, asked, pages } = await games.travel(browser, () => signedIn(asPerson(ada)), more)
      assert.deepEqual(pages, ['login'])
      assert.equal((await games.redeem(visit, asked)).claims()?.sub, account.subject)
      assert.deepEqual((await games.travel(browser, () => undefined, more)).pages, [], 'and is not asked again')
    })
  }

  it('R8: pushed beforehand it is held to the same', async () => {
    const [{ person: ada }, { person: bo }] = [await aPlayer(), await aPlayer()]
    const { idToken } = await tokenOf(ada)
    const asked = await games.request({ id_token_hint: idToken })
    const pushed = await client.buildAuthorizationUrlWithPAR(games.config, asked.url.searchParams)
    const browser = createTestBrowser()
    const page = await browser.follow(pushed.href, games.isBack)
    const finished = await browser.submit(page.url, { result: JSON.stringify(signedIn(asPerson(bo))) })
    assert.equal(games.errorOf(await browser.follow(finished.next ?? '', games.isBack)), 'login_required')
  })
})
