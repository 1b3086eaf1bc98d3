import assert from 'node:assert/strict'
import { aTestApp, type TestApp } from '../world/app.ts'
import type { Visit } from '../world/browser.ts'
import { readable, testIds } from '../world/pages.ts'
import { shownDetails } from '../world/shown.ts'
import { aRegistration, asTyped, aTraveller } from '../world/traveller.ts'

describe('the pages on the way to a partner application (S3-c)', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp()
  })
  after(() => app.close())

  /** The partner's own name, legal entity and policy; the company is responsible for the account, and lends no brand. */
  const assertTheirs = (page: Visit): void => {
    const said = readable(page)
    assert.match(said, /Leaderboard, an app from Leaderboard Example Oy/, page.url)
    assert.doesNotMatch(said, /a service of Games/, page.url)
    assert.match(page.text, /brand\/operator[^"]*\.css/, page.url)
    assert.doesNotMatch(page.text, /brand\/games/, page.url)
  }

  const assertNamesBoth = (page: Visit): void => {
    assert.match(testIds(page, 'partner').join(), /Leaderboard Example Oy Privacy policy of Leaderboard/)
    assert.match(page.text, /href="[^"]*\/privacy" rel="noreferrer"/)
    assert.deepEqual(testIds(page, 'controller'), ['Example Games AB'])
  }

  it('U15: name the partner, its legal entity and its policy from the first page to *Allow*, never as a service of the company', async () => {
    const person = await app.aPerson({ links: ['games'] })
    const traveller = aTraveller(app)
    const signIn = await traveller.go('leaderboard')
    const create = await traveller.open(signIn, '/create')
    const allow = await traveller.act(await traveller.go('leaderboard'), '', asTyped(person))
    for (const page of [signIn, create, allow]) {
      assertTheirs(page)
      assertNamesBoth(page)
    }
    assertTheirs(await traveller.open(signIn, '/recover'))
    assert.equal(traveller.told(await traveller.act(allow, '/consent')), 'code')
  })

  it('U15: at registration say what the partner and the company get, and link nothing before *Allow*', async () => {
    const traveller = aTraveller(app)
    const form = await traveller.open(await traveller.go('leaderboard'), '/create')
    assert.equal(shownDetails(form).length, 2)
    const email = 'maja.partner@new.example'
    const asked = await traveller.act(form, '/create', aRegistration(email))
    assertTheirs(asked)
    const allow = await traveller.act(asked, '/create/code', { code: await app.code(email) })
    assertTheirs(allow)
    assert.equal(
      (await app.features.accounts.ofCompany('games', '', 1000)).filter(({ copy }) => copy.email === email).length,
      0,
    )
    assert.equal(traveller.told(await traveller.act(allow, '/link')), 'code')
  })

  it('U15: a service of the company keeps its company’s name and brand', async () => {
    const page = await aTraveller(app).go('games-arcade')
    assert.match(readable(page), /games-arcade, a service of Games/)
    assert.match(page.text, /brand\/games[^"]*\.css/)
    assert.deepEqual(testIds(page, 'partner'), [])
  })
})
