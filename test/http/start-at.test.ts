import assert from 'node:assert/strict'
import { asSent, problemsOn, startAt } from '../../src/http/problems.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { documentOf } from '../world/pages.ts'
import { aVisitor } from '../world/visitor.ts'

const missing = { code: 'field-required' }

describe('where somebody starts whose form was wrong', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp()
  })
  after(() => app.close())

  it('U19: problems stand in the order of the page, whatever the order of the rules', () => {
    const sent = { csrf: '', email: 'no', password: '', familyName: '', givenName: '' }
    const found = { givenName: missing, password: missing, 'company.a': missing, email: missing }
    assert.deepEqual(Object.keys(asSent(found, sent)), ['email', 'password', 'givenName', 'company.a'])
  })

  it('U9: a line leads to a field that is there; of a form that does not stand there it says so, once', () => {
    const page = '<main><a href="#f-email"></a><a href="#f-why"></a><a href="#f-alarm"></a><input id="f-email"></main>'
    const told = problemsOn(page, { email: missing, why: missing, alarm: missing, form: missing, code: missing })
    assert.deepEqual(told, { email: missing, form: missing, code: missing })
    assert.deepEqual(problemsOn(page, { why: missing, alarm: missing }), { form: { code: 'form-not-here' } })
    const all = { email: missing, code: missing }
    assert.equal(problemsOn(page, all), all)
  })

  it('U19: the first field that is wrong, else the form as a whole; where nothing is, what the page wants', () => {
    const problems = { form: missing, city: missing, email: missing }
    assert.equal(startAt(problems, 'city'), 'autofocus data-focus')
    for (const other of ['form', 'email', 'phone']) assert.equal(startAt(problems, other, true), '')
    assert.equal(startAt({ form: missing }, 'form'), 'autofocus data-focus')
    assert.equal(startAt({}, 'email', true), 'autofocus')
    assert.equal(startAt({}, 'email'), '')
  })

  for (const [language, first] of [
    ['en', 'givenName'],
    ['ja', 'familyName'],
  ] as const)
    it(`U19: an account page begins at the first field that is wrong as its readers have it, and nowhere else (${language})`, async () => {
      const visitor = aVisitor(app.issuer)
      await visitor.signIn(await app.aPerson({ links: ['mobile'] }))
      await visitor.page(`/account/details?lang=${language}`)
      const shown = await visitor.act('/account/details', { givenName: '', familyName: '', phone: '12' })
      const page = documentOf(shown)
      const starts = page.querySelectorAll('[autofocus]').map((each) => each.getAttribute('name'))
      assert.deepEqual(starts, [first])
      const listed = page.querySelectorAll('[data-testid=problems] a').map((each) => each.getAttribute('href'))
      assert.equal(listed[0], `#f-${first}`)
    })
})
