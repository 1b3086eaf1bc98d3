import assert from 'node:assert/strict'
import { detailNames } from '../../src/details/index.ts'
import { examplesFor } from '../../src/developers/examples.ts'
import { languages } from '../../src/i18n/index.ts'
import { documentedRefusals } from '../../src/oidc/index.ts'
import { clientSchema } from '../../src/services/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'

const pageOf = async (issuer: string, language = 'en') => {
  const answer = await fetch(`${issuer}/developers?lang=${language}`)
  assert.equal(answer.status, 200)
  return answer.text()
}
const idsIn = (html: string) => [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id)

describe('/developers', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp()
  })
  after(() => app.close())

  it('O10: has this issuer’s addresses in what is copied, and every section in three languages', async () => {
    const pages = await Promise.all(languages.map((language) => pageOf(app.issuer, language)))
    for (const html of pages) {
      assert.ok(html.includes(`ISSUER=${app.issuer} `))
      for (const id of ['token', 'claim', 'change', 'event', 'logout', 'settings', 'refusals', 'recipes', 'vocabulary'])
        assert.equal(idsIn(html).filter((each) => each === id).length, 1, id)
      assert.equal(new Set(idsIn(html)).size, idsIn(html).length, 'each anchor once')
    }
    assert.equal(new Set(pages.map((html) => /<h1>(.*?)<\/h1>/.exec(html)?.[1])).size, 3)
  })

  it('R6, R12: lists every client setting that the schema takes', async () => {
    const html = await pageOf(app.issuer)
    for (const name of Object.keys(clientSchema.shape))
      assert.ok(
        idsIn(html).some((id) => id === `setting-${name}` || id?.startsWith(`setting-${name}.`)),
        name,
      )
  })

  it('R4: explains every rule by which a client is refused, under the anchor that answers lead to', async () => {
    const html = await pageOf(app.issuer)
    for (const { name } of documentedRefusals(app.issuer)) assert.ok(idsIn(html).includes(name), name)
    const answer = await fetch(`${app.issuer}/token`, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'x' }),
    })
    const { error_description } = (await answer.json()) as { error_description: string }
    const anchor = /\/developers#([\w-]+)/.exec(error_description)?.[1]
    assert.ok(anchor && idsIn(html).includes(anchor), error_description)
  })

  it('O10: names each basic detail as tokens, SCIM, configuration and pages do', async () => {
    const html = await pageOf(app.issuer)
    for (const [claim, scim, detail] of [
      ['given_name', 'name.givenName', 'givenName'],
      ['address.street_address', 'addresses.streetAddress', 'street'],
      ['phone_number', 'phoneNumbers.value', 'phone'],
    ])
      assert.match(html, new RegExp(`>${claim}</td><td[^>]*>${scim}</td><td[^>]*>${detail}</td>`))
    for (const detail of detailNames) assert.ok(html.includes(`>${detail}</td>`), detail)
  })

  it('O10: says how a new service is taken, and in development whom one may sign in as', async () => {
    const html = await pageOf(app.issuer)
    assert.match(html, /npm run reload/)
    assert.match(html, /href="\/dev#people"/)
  })

  it('O10: tells whoever builds on Auth.js to have name and address asked for, which no ID token says here', async () => {
    for (const language of languages)
      assert.match(await pageOf(app.issuer, language), /Auth\.js[\s\S]*idToken: false/, language)
  })

  it('O10: tells how people are found again by sub, with libraries that go by their address, or refuse whoever shares none', async () => {
    for (const language of languages) {
      const html = await pageOf(app.issuer, language)
      assert.match(html, /mozilla-django-oidc[\s\S]*filter\(username=claims\[(?:'|&#39;)sub/, language)
      assert.match(html, /Better Auth[\s\S]*overrideUserInfo: true/, language)
    }
  })

  it('O10: tells of Express how a code is asked for, and by which strategy Passport asks who it is', async () => {
    for (const language of languages) {
      const html = await pageOf(app.issuer, language)
      assert.match(html, /express-openid-connect[\s\S]*response_type: (?:'|&#39;)code/, language)
      assert.match(html, /openid-client\/passport/, language)
    }
  })

  it('O10: shows a stranger nothing that is registered: no client, no secret, no person, no service', async () => {
    const html = await pageOf(app.issuer)
    const { clients, services, partners } = app.config.group
    const registered = [...clients.keys(), ...services.keys(), ...partners.keys()].filter((id) => id !== 'account')
    assert.ok(registered.length > 5)
    for (const id of registered) assert.ok(!html.includes(id), id)
  })
})

describe('/developers in production', () => {
  it('O10: names no company, and leads to no demonstration', () => {
    const here = { issuer: 'https://sign-in.example', company: 'your-company', isDevelopment: false }
    assert.doesNotMatch(JSON.stringify(examplesFor(here)), /\/dev\/|localhost:3000/)
  })
})
