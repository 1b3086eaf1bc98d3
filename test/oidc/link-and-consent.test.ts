import assert from 'node:assert/strict'
import * as client from 'openid-client'
import { detailNames } from '../../src/details/index.ts'
import { createTestBrowser, handedOver } from '../world/browser.ts'
import { asAccount, asPerson, aTestOidc, signedIn, type TestOidc } from '../world/oidc.ts'
import { aRelyingParty } from '../world/relying-party.ts'

describe('linking and consent on the way to a service', () => {
  let product: TestOidc
  before(async () => {
    product = await aTestOidc()
  })
  after(() => product.close())

  it('asks a person without an account for the link, after the sign-in, once', async () => {
    const person = await product.aPerson()
    const browser = createTestBrowser()
    const games = await aRelyingParty(product, 'games-arcade')
    const { visit, asked, pages } = await games.travel(browser, ({ prompt }) =>
      prompt === 'login' ? signedIn(asPerson(person)) : undefined,
    )
    assert.deepEqual(pages, ['login', 'link'])
    const account = await product.link(person, 'games')
    const finished = await browser.submit(visit.url, { result: JSON.stringify({ linked: true }) })
    const tokens = await games.redeem(await browser.follow(finished.next!, games.isBack), asked)
    assert.equal(tokens.claims()!.sub, account.subject)
    assert.deepEqual((await games.travel(browser, () => undefined)).pages, [])
  })

  it('*Not now* and every other refusal tell the service the same, and the person stays signed in', async () => {
    const person = await product.aPerson()
    const browser = createTestBrowser()
    const games = await aRelyingParty(product, 'games-arcade')
    const atLink = await games.travel(browser, ({ prompt }) =>
      prompt === 'login' ? signedIn(asPerson(person)) : { refused: true },
    )
    const atLogin = await games.travel(createTestBrowser(), () => ({ refused: true }))
    const told = ({ visit }: typeof atLink) => {
      const parameters = handedOver(visit)
      parameters.delete('state')
      return parameters.toString()
    }
    assert.match(told(atLink), /error=access_denied/)
    assert.equal(told(atLink), told(atLogin))
    assert.equal((await product.oidc.sessionsOf(asPerson(person))).length, 1)
  })

  it('offers to link once to a separate account, and never stands in its way', async () => {
    const separate = await product.aSeparateAccount('games', { offeredLinkAt: undefined })
    const browser = createTestBrowser()
    const games = await aRelyingParty(product, 'games-arcade')
    const { visit, pages, asked } = await games.travel(browser, ({ prompt }) =>
      prompt === 'login' ? signedIn(asAccount(separate)) : undefined,
    )
    assert.deepEqual(pages, ['login', 'link'])
    assert.deepEqual(JSON.parse(visit.text).reasons, ['offer_link'])
    await product.accounts.change(separate._id, () => ({ set: { offeredLinkAt: 1 } }))
    const finished = await browser.submit(visit.url, { result: JSON.stringify({ linked: true }) })
    const tokens = await games.redeem(await browser.follow(finished.next!, games.isBack), asked)
    assert.equal(tokens.claims()!.sub, separate.subject)
  })

  it('an account that is linked on the offer hands over to the person, though its own session has ended', async () => {
    const separate = await product.aSeparateAccount('games', { offeredLinkAt: undefined })
    const person = await product.aPerson()
    const browser = createTestBrowser()
    const games = await aRelyingParty(product, 'games-arcade')
    const { visit, asked } = await games.travel(browser, ({ prompt }) =>
      prompt === 'login' ? signedIn(asAccount(separate)) : undefined,
    )
    await product.links.linkExistingAccount(person._id, {
      company: product.config.group.companies.get('games')!,
      actor: { kind: 'person', id: person._id },
      policyVersion: '1',
      shown: detailNames,
      account: separate._id,
      epoch: separate.epoch,
      keep: [],
      proven: { person: person.credentialEpoch, account: separate.credentialEpoch },
    })
    await product.oidc.endAccount(separate._id)
    assert.equal(JSON.parse((await browser.visit(visit.url)).text).prompt, 'login')
    const finished = await browser.submit(visit.url, { result: JSON.stringify(signedIn(asPerson(person))) })
    const tokens = await games.redeem(await browser.follow(finished.next!, games.isBack), asked)
    assert.equal(tokens.claims()!.sub, separate.subject)
    assert.equal((await product.oidc.sessionsOf(asPerson(person))).length, 1)
  })

  it('S3-c: a partner application has an identifier of its own, and is allowed once', async () => {
    const person = await product.aPerson()
    const account = await product.link(person, 'games')
    const [games, partner] = [await aRelyingParty(product, 'games-arcade'), await aRelyingParty(product, 'leaderboard')]
    const browser = createTestBrowser()
    await games.travel(browser, () => signedIn(asPerson(person)))
    const first = await partner.travel(browser, () => undefined)
    assert.deepEqual(first.pages, ['consent'])
    const scopes = ['openid', 'profile', 'email']
    await product.consents.give({
      account: account._id,
      client: 'leaderboard',
      scopes,
      fields: detailNames,
      policyVersion: '1',
    })
    const finished = await browser.submit(first.visit.url, { result: JSON.stringify({ consented: true }) })
    const tokens = await partner.redeem(await browser.follow(finished.next!, partner.isBack), first.asked)
    const { sub } = tokens.claims()!
    assert.notEqual(sub, account.subject)
    const again = await partner.travel(browser, () => undefined)
    assert.deepEqual(again.pages, [])
    assert.equal((await partner.redeem(again.visit, again.asked)).claims()!.sub, sub)
    const elsewhere = createTestBrowser()
    const later = await partner.travel(elsewhere, () => signedIn(asPerson(person)))
    assert.deepEqual(later.pages, ['login'])
    const info = await client.fetchUserInfo(partner.config, tokens.access_token, sub)
    assert.equal(info.address, undefined)
  })

  it('P7: a consent that was withdrawn, or that no longer covers what is asked, is asked for again', async () => {
    const person = await product.aPerson()
    const account = await product.link(person, 'games')
    const partner = await aRelyingParty(product, 'leaderboard')
    const given = { account: account._id, client: 'leaderboard', fields: detailNames, policyVersion: '1' }
    await product.consents.give({ ...given, scopes: ['openid', 'profile'] })
    const browser = createTestBrowser()
    const narrow = await partner.travel(browser, () => signedIn(asPerson(person)), { scope: 'openid profile' })
    assert.deepEqual(narrow.pages, ['login'])
    assert.deepEqual((await partner.travel(browser, () => undefined)).pages, ['consent'])
    await product.consents.withdraw(account._id, 'leaderboard')
    assert.deepEqual((await partner.travel(browser, () => undefined, { scope: 'openid profile' })).pages, ['consent'])
  })

  it('P16: the account pages take any principal, without a link', async () => {
    const portal = await aRelyingParty(product, 'account')
    const browser = createTestBrowser()
    const person = await product.aPerson()
    const back = await portal.travel(browser, () => signedIn(asPerson(person)), { scope: 'openid' })
    assert.deepEqual(back.pages, ['login'])
    assert.ok(handedOver(back.visit).has('code'))
    const session = JSON.parse((await browser.visit(`${product.issuer}/account/session`)).text)
    assert.deepEqual(session.principal, asPerson(person))
    assert.equal(session.fresh, true)
  })
})
