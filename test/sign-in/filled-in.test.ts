import assert from 'node:assert/strict'
import { aTestApp, type TestApp } from '../world/app.ts'
import { fieldsOf } from '../world/pages.ts'
import { aTraveller } from '../world/traveller.ts'
import { aVisitor } from '../world/visitor.ts'

describe('what is known beforehand', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp()
  })
  after(() => app.close())

  it('K5: the address that the service meant is filled in at sign-in, registration and recovery', async () => {
    const traveller = aTraveller(app)
    const email = 'ada@mail.example'
    const page = await traveller.go('games-arcade', { login_hint: email })
    for (const end of ['', '/create', '/recover']) {
      const shown = await traveller.open(page, end)
      assert.equal(fieldsOf(shown, `${traveller.baseOf(page)}${end}`).email, email, end)
    }
    const person = await app.aPerson()
    const linking = await traveller.act(page, '', { email: person.email, password: person.password })
    const apart = await traveller.open(linking, '/separate')
    assert.equal(fieldsOf(apart, `${traveller.baseOf(linking)}/separate`).email, email)
  })

  it('K5: the page behind a letter speaks the letter’s language', async () => {
    const person = await app.aPerson()
    const visitor = aVisitor(app.issuer)
    await visitor.signIn(person)
    const { mailer } = app.features
    await mailer.mailbox?.clear()
    const values = { until: '2030-01-01', url: `${app.issuer}/account/security` }
    await mailer.send({ to: person.email, kind: 'deletion-started', language: 'sv', values })
    await app.settled()
    const letters = (await mailer.mailbox?.list(person.email)) ?? []
    const link = letters.flatMap(({ text }) => text.match(/https?:\/\/\S+/g) ?? [])[0] ?? ''
    const shown = await visitor.visit(link)
    assert.match(shown.text, /<html lang="sv"/, link)
  })

  it('K5: the address that password managers know leads to the page where a password is changed', async () => {
    const asked = await aVisitor(app.issuer).page('/.well-known/change-password')
    assert.equal(asked.status, 303)
    assert.equal(new URL(asked.next ?? '').pathname, '/account/security/password')
  })
})
