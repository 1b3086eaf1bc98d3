import assert from 'node:assert/strict'
import { asPerson } from '../../src/accounts/index.ts'
import { createKeptForms } from '../../src/http/kept-forms.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import type { Visit } from '../world/browser.ts'
import { aDesk, staffPassword, totpNow } from '../world/desk.ts'
import { fieldsOf, formsOf, readable, testIds, tokenOf } from '../world/pages.ts'
import { asTyped, aTraveller } from '../world/traveller.ts'
import { aVisitor, type Visitor } from '../world/visitor.ts'

const details = '/account/details'

describe('a form that was sent when its page was good no more', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp()
  })
  after(() => app.close())

  const signOut = async (visitor: Visitor) => visitor.send('/account/services', {}, '/account/sign-out')

  const signedInWith = async (
    visitor: Visitor,
    at: Visit,
    who: { email: string; password: string },
  ): Promise<Visit> => {
    const page = await visitor.follow(at.next ?? '', () => false)
    const [{ action } = { action: '' }] = formsOf(page)
    const answer = await visitor.submit(app.issuer + action, { csrf: tokenOf(page), ...asTyped(who) })
    return visitor.follow(answer.next ?? '', () => false)
  }

  /** Filled in, then signed out in another tab, then sent. */
  const sentTooLate = async (visitor: Visitor, person: { email: string; password: string }) => {
    await visitor.signIn(person)
    const open = await visitor.page(details)
    await signOut(visitor)
    return visitor.submit(app.issuer + details, { ...fieldsOf(open, details), city: 'Visby', code: '135790' })
  }

  it('U10: comes back filled in once its person has signed in again, and says that nothing was saved', async () => {
    const person = await app.aPerson({ links: ['games'] })
    const visitor = aVisitor(app.issuer)
    const before = await person.now()
    const late = await sentTooLate(visitor, person)
    const named = (name: string) => visitor.cookie(new URL(app.issuer).host, `${name}-${app.config.port}`)
    const ctx = { cookies: { get: () => named('unsent') }, page: { knownBrowser: named('browser') } }
    const kept = createKeptForms(app.config).look(ctx as never, 'unsent')
    assert.deepEqual([kept?.raw.city, kept?.raw.code], ['Visby', undefined])
    const page = await signedInWith(visitor, late, person)
    assert.equal(new URL(page.url).pathname, details)
    assert.match(testIds(page, 'not-saved')[0] ?? '', /signed out when you sent this.*nothing was saved/)
    assert.equal(fieldsOf(page, details).city, 'Visby')
    assert.deepEqual((await person.now()).fields, before.fields)
    assert.deepEqual(testIds(await visitor.page(details), 'not-saved'), [], 'once')
    const answer = await visitor.submit(app.issuer + details, fieldsOf(page, details))
    assert.match(answer.next ?? '', /done=saved/)
  })

  it('U10: what was written in a request comes back on that request’s page', async () => {
    const person = await app.aPerson({ links: ['games'] })
    const visitor = aVisitor(app.issuer)
    await visitor.signIn(person)
    const about = { kind: 'access', about: 'What you have of me', 'company.games': 'on' }
    await visitor.act('/account/requests/new', about, '/account/requests')
    const [part] = (await app.features.rightsRequests.ask.page(asPerson(person.id), [])).parts
    const path = `/account/requests/${part?.id.replace(':', '.')}`
    const csrf = tokenOf(await visitor.page(path))
    await signOut(visitor)
    const late = await visitor.submit(`${app.issuer}${path}/message`, { csrf, message: 'It is about the spring' })
    const page = await signedInWith(visitor, late, person)
    assert.equal(new URL(page.url).pathname, path)
    assert.equal(fieldsOf(page, `${path}/message`).message, 'It is about the spring')
  })

  it('U10: is shown to nobody else who signs in there', async () => {
    const [person, other] = [await app.aPerson({ links: ['games'] }), await app.aPerson({ links: ['games'] })]
    const visitor = aVisitor(app.issuer)
    const page = await signedInWith(visitor, await sentTooLate(visitor, person), other)
    assert.equal(new URL(page.url).pathname, details)
    assert.ok(!page.text.includes('Visby'))
    assert.deepEqual(testIds(page, 'not-saved'), [])
    await signOut(visitor)
    await visitor.signIn(person)
    assert.ok(!(await visitor.page(details)).text.includes('Visby'), 'nor kept for later')
  })

  it('U10: a wrong password meanwhile does not take its place', async () => {
    const person = await app.aPerson({ links: ['games'] })
    const visitor = aVisitor(app.issuer)
    const late = await sentTooLate(visitor, person)
    const signIn = await visitor.follow(late.next ?? '', () => false)
    const [{ action } = { action: '' }] = formsOf(signIn)
    const typed = { csrf: tokenOf(signIn), email: person.email, password: 'not this one at all' }
    assert.equal((await visitor.submit(app.issuer + action, typed)).again, true)
    const page = await signedInWith(visitor, { ...late, next: signIn.url }, person)
    assert.equal(fieldsOf(page, details).city, 'Visby')
  })

  it('U10: of whoever signed in since, nothing is changed by a page that another had opened', async () => {
    const [person, other] = [await app.aPerson({ links: ['games'] }), await app.aPerson({ links: ['games'] })]
    const visitor = aVisitor(app.issuer)
    await visitor.signIn(person)
    const open = await visitor.page(details)
    await signOut(visitor)
    await visitor.signIn(other)
    const before = await other.now()
    const answer = await visitor.submit(app.issuer + details, { ...fieldsOf(open, details), city: 'Visby' })
    const page = await visitor.visit(answer.next ?? '')
    assert.match(testIds(page, 'not-saved')[0] ?? '', /somebody else was signed in.*nothing was saved/)
    assert.ok(!page.text.includes('Visby'))
    assert.deepEqual((await other.now()).fields, before.fields)
  })

  it('U10: a button that has no page of its own is told on the page where it stands', async () => {
    const person = await app.aPerson({ links: ['games'] })
    const visitor = aVisitor(app.issuer)
    await visitor.signIn(person)
    const csrf = tokenOf(await visitor.page('/account/security'))
    await signOut(visitor)
    const late = await visitor.submit(`${app.issuer}/account/security/end-session`, { csrf, session: 'x' })
    const page = await signedInWith(visitor, late, person)
    assert.equal(new URL(page.url).pathname, '/account/security')
    assert.equal(testIds(page, 'not-saved').length, 1)
  })

  it('U10: staff whose session ended come back to the case with what they wrote', async () => {
    const desk = aDesk(app)
    const member = await desk.aMember('games', 'support')
    const visitor = aVisitor(app.issuer)
    const enter = async (page: Visit) => {
      const form = { ...fieldsOf(page, '/console/sign-in'), email: member._id, password: staffPassword }
      const half = await visitor.submit(`${app.issuer}/console/sign-in`, form)
      const second = await visitor.visit(half.next ?? '')
      // An authenticator's code counts once.
      const code = totpNow(steps++)
      const done = await visitor.submit(`${app.issuer}/console/sign-in/code`, {
        ...fieldsOf(second, '/console/sign-in/code'),
        code,
      })
      return visitor.visit(done.next ?? '')
    }
    let steps = 0
    await enter(await visitor.page('/console/sign-in'))
    const open = await visitor.page('/console/cases')
    await visitor.submit(`${app.issuer}/console/sign-out`, { csrf: tokenOf(open) })
    const typed = { ...fieldsOf(open, '/console/cases'), reason: 'The caller asks why a name is old' }
    const late = await visitor.submit(`${app.issuer}/console/cases`, typed)
    const page = await enter(await visitor.visit(late.next ?? ''))
    assert.equal(new URL(page.url).pathname, '/console/cases')
    assert.equal(fieldsOf(page, '/console/cases').reason, typed.reason)
    assert.equal(testIds(page, 'not-saved').length, 1)
  })

  it('R7: refused for its token alone, it comes back filled, without its password, and works on the next press', async () => {
    const person = await app.aPerson({ links: ['games'] })
    const traveller = aTraveller(app)
    const page = await traveller.go('games-arcade')
    const action = traveller.baseOf(page)
    const own = { origin: app.issuer }
    const typed = { ...fieldsOf(page, action), csrf: 'of-another-secret', ...asTyped(person) }
    const refused = await traveller.submit(app.issuer + action, typed, own)
    assert.equal(refused.status, 403)
    assert.match(readable(refused), /What you entered is still here/)
    assert.equal(fieldsOf(refused, action).email, person.email)
    assert.ok(!refused.text.includes(person.password))
    const next = await traveller.submit(
      app.issuer + action,
      { ...fieldsOf(refused, action), password: person.password },
      own,
    )
    assert.equal(traveller.told(await traveller.follow(next.next ?? '', traveller.isBack)), 'code')
  })

  it('R7: what a browser does not say is from here is not shown again', async () => {
    const traveller = aTraveller(app)
    const page = await traveller.go('games-arcade')
    const action = traveller.baseOf(page)
    for (const headers of [
      {},
      { origin: 'https://evil.example' },
      { origin: app.issuer, 'sec-fetch-site': 'cross-site' },
    ]) {
      const answer = await traveller.submit(
        app.issuer + action,
        { csrf: 'x', email: 'eve@mail.example' },
        headers as Record<string, string>,
      )
      assert.equal(answer.status, 403)
      assert.ok(!answer.text.includes('eve@mail.example'))
    }
  })
})
