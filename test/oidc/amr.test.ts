import assert from 'node:assert/strict'
import { createTestBrowser } from '../world/browser.ts'
import { asPerson, aTestOidc, signedIn, type TestOidc } from '../world/oidc.ts'
import { aRelyingParty } from '../world/relying-party.ts'

describe('what let somebody in, as services are told (S4-7, RFC 8176)', () => {
  let product: TestOidc
  before(async () => {
    product = await aTestOidc()
  })
  after(() => product.close())

  it('S4-7: a password, or a code by email; one method at a time, which stays while the session goes on', async () => {
    const person = await product.aPerson()
    await product.link(person, 'games')
    const service = await aRelyingParty(product, 'games-arcade')
    const browser = createTestBrowser()
    const amrOf = async (method?: 'pwd' | 'otp', more: Record<string, string> = {}) => {
      const answer = () => ({ ...signedIn(asPerson(person)), ...(method && { method }) })
      const { visit, asked } = await service.travel(browser, answer, more)
      const claims = (await service.redeem(visit, asked)).claims()
      assert.equal(claims?.acr, 'urn:unified-sign-in:acr:password')
      return claims?.amr
    }
    assert.deepEqual(await amrOf('otp'), ['otp'])
    assert.deepEqual(await amrOf(), ['otp'], 'nothing was asked')
    assert.deepEqual(await amrOf('pwd', { prompt: 'login' }), ['pwd'])
    assert.deepEqual(await amrOf(undefined, { prompt: 'login' }), ['pwd'])
  })
})
