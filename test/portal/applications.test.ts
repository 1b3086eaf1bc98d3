import assert from 'node:assert/strict'
import { clientSecret } from '../../src/config.ts'
import { aTestApp, type TestApp } from '../support/app.ts'
import { handedOver } from '../support/browser.ts'
import { asTyped, aTraveller, type Traveller } from '../support/traveller.ts'
import { aVisitor, fieldsOf, readable } from '../support/visitor.ts'

/** The verifier of the challenge that a traveller sends (RFC 7636, appendix B). */
const code_verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
const action = '/account/services/games/withdraw'

describe('an application of a partner that a person allowed (S3-c)', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp({ offline: true })
  })
  after(() => app.close())

  const tokens = async (client: string, fields: Record<string, string>) => {
    const answer = await fetch(`${app.issuer}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${client}:${clientSecret(app.config, client)}`)}` },
      body: new URLSearchParams(fields),
    })
    return { status: answer.status, body: (await answer.json()) as Record<string, string> }
  }
  const redeemed = async (client: string, traveller: Traveller) => {
    const back = await traveller.go(client)
    const redirect_uri = app.config.group.clients.get(client)?.client.redirectUris[0] ?? ''
    const code = handedOver(back).get('code') ?? ''
    const { body } = await tokens(client, { grant_type: 'authorization_code', code, redirect_uri, code_verifier })
    assert.ok(body.access_token, JSON.stringify(body))
    return body
  }
  const userinfo = async ({ access_token }: Record<string, string>) =>
    (await fetch(`${app.issuer}/me`, { headers: { authorization: `Bearer ${access_token}` } })).status

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
    assert.equal(await userinfo(partner), 200)
    assert.match(readable(await visitor.page('/account/services')), /Applications you allowed.*leaderboard.*since/i)

    const done = await visitor.act('/account/services', {}, action)
    assert.match(readable(done), /taken back/)
    assert.doesNotMatch(readable(done), /Applications you allowed/)
    assert.equal(await userinfo(partner), 401)
    const refresh = { grant_type: 'refresh_token', refresh_token: partner.refresh_token ?? '' }
    assert.equal((await tokens('leaderboard', refresh)).status, 400)
    assert.match((await traveller.go('leaderboard')).text, /<button[^>]*>Allow<\/button>/)

    assert.equal(await userinfo(arcade), 200)
    await app.settled()
    assert.match(readable(await visitor.page('/account/security')), /permission was taken back/)
  })

  it('is dead from that write on, whatever stopped after it', async () => {
    const { person, traveller } = await allowed()
    const partner = await redeemed('leaderboard', traveller)
    await app.features.consents.withdraw(person.accounts.games ?? '', 'leaderboard')
    assert.equal(await userinfo(partner), 401)
  })

  it('is taken back by nobody else, and nothing else is by its name', async () => {
    const { traveller, visitor } = await allowed()
    const partner = await redeemed('leaderboard', traveller)
    const fields = fieldsOf(await visitor.page('/account/services'), action)
    const stranger = await allowed()
    const { csrf = '' } = fieldsOf(await stranger.visitor.page('/account/services'), action)
    await stranger.visitor.submit(`${app.issuer}${action}`, { ...fields, csrf })
    assert.equal(await userinfo(partner), 200)
    for (const application of ['games-arcade', 'mobile-store', '', '__proto__', '{"$ne":null}']) {
      const { status } = await visitor.submit(`${app.issuer}${action}`, { ...fields, application })
      assert.equal(status, 404, application)
    }
    const elsewhere = await visitor.submit(`${app.issuer}/account/services/mobile/withdraw`, fields)
    assert.equal(elsewhere.status, 404)
    assert.equal(await userinfo(partner), 200)
  })
})
