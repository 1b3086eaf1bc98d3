import assert from 'node:assert/strict'
import { type Channel, channels, goesOn, groupNews, marketingOn } from '../../src/preferences/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { documentOf, testIds } from '../world/pages.ts'
import { eitherKind } from './either.ts'

const page = '/account/messages'

describe('messages: who may write to somebody (S6-a, S6-c, S2-a)', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp()
  })
  after(() => app.close())

  const { aPerson, aHolder, signedIn } = eitherKind(() => app)
  const kinds = { 'a person': aPerson, 'a separate account': aHolder }
  const inForce = async (account: string) => app.features.choose.choicesOf(await app.account(account))
  const allowed = async (account: string): Promise<Channel[]> => {
    const now = await inForce(account)
    return channels.filter((channel) => marketingOn(now, channel).allowed)
  }

  for (const [kind, make] of Object.entries(kinds))
    it(`S6-a: ${kind} says yes on one channel of one company, and ends one without ending another`, async () => {
      const made = await make()
      const visitor = await signedIn(made)
      assert.deepEqual(await allowed(made.account), [], 'nothing until somebody says so')
      const both = { 'choice.games.email': 'on', 'choice.games.text': 'on' }
      assert.equal((await visitor.send(page, both)).status, 303)
      assert.deepEqual(await allowed(made.account), ['email', 'text'])
      const shown = await visitor.page(page)
      const [receipt] = testIds(shown, 'receipt')
      assert.match(
        receipt ?? '',
        /^Receipt 1-[A-Z0-9]{6} .*Games may send you advertising by email \(its policy 1\).*by text message/,
      )
      await visitor.send(page, { 'choice.games.text': '' })
      assert.deepEqual(await allowed(made.account), ['email'])
      if (made.id.kind === 'person') {
        const mobile = await app.features.links.accountOf(made.id, 'mobile')
        assert.deepEqual(await allowed(mobile?._id ?? ''), [], 'and nothing of it is said of another company')
      }
    })

  for (const [kind, make] of Object.entries(kinds))
    it(`S6-c: an objection that ${kind} lifts brings no yes back that it ended, neither a company’s nor to news of the group`, async () => {
      const made = await make()
      const visitor = await signedIn(made)
      await visitor.send(page, { 'choice.games.email': 'on', groupNews: 'on' })
      for (const ends of ['', 'on']) await app.features.choose.object(made.id, 'marketing', ends === '')
      const now = await inForce(made.account)
      assert.deepEqual([await allowed(made.account), groupNews(now).allowed], [[], false])
    })

  it('S6-c, H31: what is sent without a name of an objection, or with another, raises none and lifts none', async () => {
    const made = await aPerson()
    const visitor = await signedIn(made)
    await visitor.send(page, { objection: 'marketing' }, `${page}/object`)
    const before = await app.features.choose.of(made.id)
    for (const objection of ['', 'service', 'Marketing', '__proto__'])
      for (const ends of ['on', ''])
        assert.equal((await visitor.send(page, { objection, ends }, `${page}/object`)).status, 400, objection)
    assert.deepEqual(await app.features.choose.of(made.id), before)
  })

  for (const [kind, make] of Object.entries(kinds))
    it(`S6-c: ${kind} stops all marketing, profiling and analytics; each holds at once, and only an own yes comes after`, async () => {
      const made = await make()
      const visitor = await signedIn(made)
      await visitor.send(page, { 'choice.games.email': 'on', groupNews: 'on' })
      assert.equal(groupNews(await inForce(made.account)).allowed, true)
      for (const objection of ['marketing', 'profiling', 'analytics'])
        assert.equal((await visitor.send(page, { objection }, `${page}/object`)).status, 303)
      const now = await inForce(made.account)
      assert.deepEqual([marketingOn(now, 'email').allowed, groupNews(now).allowed], [false, false])
      assert.deepEqual([goesOn(now, 'profiling').reason, goesOn(now, 'analytics').reason], ['objected', 'objected'])
      assert.match(testIds(await visitor.page(page), 'receipt')[0] ?? '', /^Receipt 4-.*Objection to analytics$/)
      assert.equal(testIds(await visitor.page(page), 'objection').length, 3)
      await visitor.send(page, { 'choice.games.post': 'on' })
      assert.deepEqual(await allowed(made.account), ['post'])
      await visitor.send(page, { objection: 'profiling', ends: 'on' }, `${page}/object`)
      assert.equal(goesOn(await inForce(made.account), 'profiling').allowed, true)
    })

  it('S6-c: the way to stop all marketing stands above every company’s choices', async () => {
    const visitor = await signedIn(await aPerson())
    const buttons = documentOf(await visitor.page(page))
      .querySelectorAll('main button')
      .map((each) => each.textContent.trim())
    assert.equal(buttons[0], 'Stop all marketing')
    assert.ok(buttons.includes('Save choices') && buttons.includes('No profiling') && buttons.includes('No analytics'))
  })

  it('M10: a page that stood open takes back nothing that another changed since', async () => {
    const made = await aPerson()
    const visitor = await signedIn(made)
    await visitor.send(page, { 'choice.games.email': 'on' })
    const stale = await visitor.page(page)
    await visitor.send(page, { 'choice.games.email': '' })
    const { fieldsOf } = await import('../world/pages.ts')
    await visitor.submit(app.issuer + page, { ...fieldsOf(stale, page), 'choice.mobile.post': 'on' })
    assert.deepEqual(await allowed(made.account), [])
  })

  it('of another’s company nothing is decided: a form that names one is refused, and nothing of it is stored', async () => {
    const made = await aHolder()
    const visitor = await signedIn(made)
    const answer = await visitor.send(page, {
      'at.mobile': '',
      'choice.mobile.email': 'on',
      'choice.games.email': 'on',
    })
    assert.equal(answer.status, 404)
    assert.deepEqual(await allowed(made.account), [])
  })

  it('S8: the browser’s signal is answered truthfully, and its difference to the account is said', async () => {
    const made = await aPerson()
    const visitor = await signedIn(made)
    const withSignal = () => visitor.visit(app.issuer + page, { headers: { 'sec-gpc': '1' } })
    assert.equal(testIds(await visitor.page(page), 'browser-signal').length, 0)
    assert.match(
      testIds(await withSignal(), 'browser-signal')[0] ?? '',
      /Global Privacy Control.*does not cover your account/,
    )
    for (const objection of ['marketing', 'profiling', 'analytics'])
      await visitor.send(page, { objection }, `${page}/object`)
    assert.match(testIds(await withSignal(), 'browser-signal')[0] ?? '', /has the same choice/)
  })

  it('U19: what was objected to is offered to be lifted, and not to be objected to again', async () => {
    const visitor = await signedIn(await aPerson())
    const buttons = async () => {
      const forms = documentOf(await visitor.page(page)).querySelectorAll('form[action="/account/messages/object"]')
      return forms.map((each) => each.querySelector('button')?.text.trim())
    }
    assert.deepEqual(await buttons(), ['Stop all marketing', 'No profiling', 'No analytics'])
    for (const objection of ['marketing', 'profiling', 'analytics'])
      await visitor.send(page, { objection }, `${page}/object`)
    // Advertising can be allowed again in the same form, and then stopped again.
    assert.deepEqual(await buttons(), ['Stop all marketing', 'Let companies choose for me again', 'Count me in again'])
  })
})
