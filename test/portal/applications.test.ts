import assert from 'node:assert/strict'
import { aTestApp, type TestApp } from '../world/app.ts'
import { documentOf, fieldsOf, readable, wordsIn } from '../world/pages.ts'
import { aTokenClient, type TokenClient } from '../world/tokens.ts'
import { asTyped, aTraveller, type Traveller } from '../world/traveller.ts'
import { aVisitor } from '../world/visitor.ts'

const action = '/account/services/games/withdraw'

describe('an application of a partner that a person allowed (S3-c)', () => {
  let app: TestApp
  let held: TokenClient
  before(async () => {
    app = await aTestApp({ offline: true })
    held = aTokenClient(app)
  })
  after(() => app.close())

  const redeemed = async (client: string, traveller: Traveller) => held.redeemed(client, await traveller.go(client))

  const allowed = async () => {
    const person = await app.aPerson({ links: ['games', 'mobile'] })
    const traveller = aTraveller(app)
    await traveller.act(await traveller.go('leaderboard'), '', asTyped(person))
    await traveller.act(await traveller.go('leaderboard'), '/consent')
    const visitor = aVisitor(app.issuer)
    await visitor.signIn(person)
    return { person, traveller, visitor }
  }

  it('is named with what it is told at its company alone, and taken back there: its tokens end, and it asks anew', async () => {
    const { traveller, visitor } = await allowed()
    const [partner, arcade] = [await redeemed('leaderboard', traveller), await redeemed('games-arcade', traveller)]
    assert.equal(await held.userinfo(partner), 200)
    assert.match(readable(await visitor.page('/account/services')), /Apps you allowed.*leaderboard.*since/i)

    const done = await visitor.act('/account/services', {}, action)
    assert.match(readable(done), /Access removed/)
    assert.doesNotMatch(readable(done), /Apps you allowed/)
    assert.equal(await held.userinfo(partner), 401)
    assert.equal(await held.refreshed('leaderboard', partner), 400)
    assert.match((await traveller.go('leaderboard')).text, /<button[^>]*>Allow<\/button>/)

    assert.equal(await held.userinfo(arcade), 200)
    await app.settled()
    assert.match(readable(await visitor.page('/account/security')), /access was removed/)
  })

  it('U17: is said with where it is, before it is allowed and under Sharing, seen from where the person lives', async () => {
    for (const [country, where] of [
      ['SE', 'Finland'],
      ['GB', 'Finland, under UK adequacy regulations'],
    ] as const) {
      const person = await app.aPerson({ links: ['games'], details: { country } })
      const traveller = aTraveller(app)
      await traveller.act(await traveller.go('leaderboard'), '', asTyped(person))
      const page = await traveller.go('leaderboard')
      assert.match(readable(page), new RegExp(`Where it is processed ${where}(?!,)`))
      await traveller.act(page, '/consent')
      const visitor = aVisitor(app.issuer)
      await visitor.signIn(person)
      const rows = documentOf(await visitor.page('/account/sharing'))
        .querySelectorAll('tr')
        .map(wordsIn)
      const said = rows.find((row) => row.startsWith('Leaderboard Example Oy') && row.includes('Finland'))
      assert.ok(said?.endsWith(where), rows.join('\n'))
    }
  })

  it('U17: is said with where it is under Services, in each language, seen from where the person lives', async () => {
    const where = {
      en: ['Processed in Finland', 'Processed in Finland, under UK adequacy regulations'],
      sv: ['Behandlas i Finland', 'Behandlas i Finland, enligt Storbritanniens beslut om adekvat skyddsnivå'],
      ja: ['処理する場所：フィンランド', '処理する場所：フィンランド（英国が十分な保護を認めた国・地域）'],
    }
    for (const [n, country] of ['SE', 'GB'].entries()) {
      const person = await app.aPerson({ links: ['games'], details: { country } })
      const traveller = aTraveller(app)
      await traveller.act(await traveller.go('leaderboard'), '', asTyped(person))
      await traveller.act(await traveller.go('leaderboard'), '/consent')
      const visitor = aVisitor(app.issuer)
      await visitor.signIn(person)
      for (const [language, said] of Object.entries(where)) {
        await visitor.page(`/account/services?lang=${language}`)
        const page = documentOf(await visitor.page('/account/services'))
        assert.ok(wordsIn(page.querySelector('#application-leaderboard')!).includes(said[n]!), language)
      }
    }
  })

  it('is dead from that write on, whatever stopped after it', async () => {
    const { person, traveller } = await allowed()
    const partner = await redeemed('leaderboard', traveller)
    await app.features.consents.withdraw(person.accounts.games ?? '', 'leaderboard')
    assert.equal(await held.userinfo(partner), 401)
  })

  it('is taken back by nobody else, and nothing else is by its name', async () => {
    const { traveller, visitor } = await allowed()
    const partner = await redeemed('leaderboard', traveller)
    const fields = fieldsOf(await visitor.page('/account/services'), action)
    const stranger = await allowed()
    const { csrf = '' } = fieldsOf(await stranger.visitor.page('/account/services'), action)
    await stranger.visitor.submit(`${app.issuer}${action}`, { ...fields, csrf })
    assert.equal(await held.userinfo(partner), 200)
    for (const application of ['games-arcade', 'mobile-store', '', '__proto__', '{"$ne":null}']) {
      const { status } = await visitor.submit(`${app.issuer}${action}`, { ...fields, application })
      assert.equal(status, 404, application)
    }
    const elsewhere = await visitor.submit(`${app.issuer}/account/services/mobile/withdraw`, fields)
    assert.equal(elsewhere.status, 404)
    assert.equal(await held.userinfo(partner), 200)
  })
})
