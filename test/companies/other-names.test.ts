import assert from 'node:assert/strict'
import { nameIn } from '../../src/companies/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { readable } from '../world/pages.ts'
import { aVisitor } from '../world/visitor.ts'

describe('names in other languages', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp()
  })
  after(() => app.close())

  const names = { en: 'Unified sign-in', sv: 'Samlad inloggning', ja: '統合サインイン' }
  for (const [language, name] of Object.entries(names))
    it(`U20: header and title call the sign-in as its readers do (${language})`, async () => {
      const said = readable(await aVisitor(app.issuer).page(`/cookies?lang=${language}`))
      assert.equal(said.split(name).length - 1, 2, said)
      for (const other of Object.values(names)) if (other !== name) assert.ok(!said.includes(other), other)
    })

  it('U20: so are those who answer, on the page of whoever runs it', async () => {
    const visitor = aVisitor(app.issuer)
    assert.match(readable(await visitor.page('/report-child?lang=sv')), /Integritetskontoret/)
    const english = readable(await visitor.page('/report-child?lang=en'))
    assert.match(english, /Privacy office/)
    assert.doesNotMatch(english, /Integritetskontoret/)
  })

  it('a name without another one in a language is itself there', () => {
    assert.equal(nameIn({ name: 'Support', names: { sv: 'Kundtjänst' } }, 'ja'), 'Support')
    assert.equal(nameIn({ name: 'Support' }, 'sv'), 'Support')
  })
})
