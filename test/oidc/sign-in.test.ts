import assert from 'node:assert/strict'
import * as client from 'openid-client'
import { createTestBrowser } from '../world/browser.ts'
import { asPerson, aTestOidc, signedIn, type TestOidc } from '../world/oidc.ts'
import { aRelyingParty } from '../world/relying-party.ts'

describe('signing in at a service', () => {
  let product: TestOidc
  before(async () => {
    product = await aTestOidc()
  })
  after(() => product.close())

  it('gives a linked person back with the account’s own subject and only what was asked, scoped and released', async () => {
    const person = await product.aPerson()
    const account = await product.link(person, 'games')
    const service = await aRelyingParty(product, 'games-arcade')
    const browser = createTestBrowser()
    const { visit, asked, pages } = await service.travel(browser, () => signedIn(asPerson(person)))
    assert.deepEqual(pages, ['login'])
    const tokens = await service.redeem(visit, asked)
    const claims = tokens.claims()!
    assert.equal(claims.sub, account.subject)
    assert.equal(claims.acr, 'urn:unified-sign-in:acr:password')
    assert.ok(typeof claims.auth_time === 'number')
    assert.deepEqual(claims.amr, ['pwd'])
    const info = await client.fetchUserInfo(service.config, tokens.access_token, account.subject)
    assert.equal(info.given_name, 'Ada')
    assert.equal(info.email_verified, true)
    assert.equal(info.birthdate, '1990-01-02')
    assert.equal(info.phone_number, undefined)
  })

  it('OIDC Core 5.5: claims asked for by name come as well, in the ID token too, within what the company may receive', async () => {
    const person = await product.aPerson()
    await product.link(person, 'games')
    const service = await aRelyingParty(product, 'games-arcade')
    const claims = { id_token: { email: null }, userinfo: { given_name: { essential: true }, phone_number: null } }
    const more = { scope: 'openid', claims: JSON.stringify(claims) }
    const { visit, asked } = await service.travel(createTestBrowser(), () => signedIn(asPerson(person)), more)
    const tokens = await service.redeem(visit, asked)
    assert.equal(tokens.claims()!.email, person.fields.email?.person?.value)
    const { sub, ...info } = await client.fetchUserInfo(service.config, tokens.access_token, tokens.claims()!.sub)
    assert.deepEqual([info, typeof sub], [{ given_name: 'Ada' }, 'string'])
  })

  it('S3-c: a partner application gets no claim by name that it was not allowed', async () => {
    const person = await product.aPerson()
    const account = await product.link(person, 'games')
    const partner = await aRelyingParty(product, 'leaderboard')
    await product.consents.give({
      account: account._id,
      client: 'leaderboard',
      scopes: ['openid'],
      fields: [],
      policyVersion: '1',
    })
    const more = { scope: 'openid', claims: JSON.stringify({ userinfo: { email: null, given_name: null } }) }
    const { visit, asked } = await partner.travel(createTestBrowser(), () => signedIn(asPerson(person)), more)
    const tokens = await partner.redeem(visit, asked)
    const info = await client.fetchUserInfo(partner.config, tokens.access_token, tokens.claims()!.sub)
    assert.deepEqual(Object.keys(info), ['sub'])
  })

  it('H1: takes no proof that was given under other credentials than those of now', async () => {
    const person = await product.aPerson()
    await product.link(person, 'games')
    const service = await aRelyingParty(product, 'games-arcade')
    for (const credentialEpoch of [0, 2]) {
      const proof = signedIn(asPerson(person), { credentialEpoch })
      const { visit } = await service.travel(createTestBrowser(), () => proof)
      assert.deepEqual([visit.status, visit.next], [410, undefined], `${credentialEpoch}`)
    }
  })
})
