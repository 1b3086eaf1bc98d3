import assert from 'node:assert/strict'
import { asAccount, asPerson, type PrincipalId } from '../../src/accounts/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import type { Visit } from '../world/browser.ts'
import { aCountedApp } from '../world/counted.ts'
import { documentOf, readable, testIds } from '../world/pages.ts'
import { aVisitor, type Visitor } from '../world/visitor.ts'

describe('a browser in which choices of before hold too (S8)', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp()
  })
  after(() => app.close())

  const object = (id: PrincipalId) => app.features.choose.object(id, 'profiling', true)
  const aPerson = async (chose = true) => {
    const person = await app.aPerson({ links: ['mobile', 'games'] })
    if (chose) await object(asPerson(person.id))
    return person
  }
  const signedIn = async (who: { email: string; password: string }, visitor = aVisitor(app.issuer)) => {
    await visitor.signIn(who)
    return visitor
  }
  const told = async (visitor: Visitor, path: string) => testIds(await visitor.page(path), 'choices-notice').length
  const cookieIn = ({ headers }: Visit) =>
    headers.getSetCookie().find((each) => /^(__Host-)?choices(-\d+)?=/.test(each))

  it('S8: says so on the first page there, once, with the way to them', async () => {
    const nothing = await aVisitor(app.issuer).signIn(await aPerson(false))
    assert.deepEqual([testIds(nothing, 'choices-notice').length, cookieIn(nothing)], [0, undefined])
    const person = await aPerson()
    const other = aVisitor(app.issuer)
    const first = await other.signIn(person)
    const [notice] = testIds(first, 'choices-notice')
    assert.match(notice ?? '', /apply on this device too/)
    const links = documentOf(first).querySelectorAll('[data-testid=choices-notice] a')
    assert.deepEqual(
      links.map((each) => each.getAttribute('href')),
      ['/account/messages', '/account/sharing'],
    )
    for (const path of ['/account', '/account/details', '/account/messages']) assert.equal(await told(other, path), 0)
  })

  it('S8: not where they chose, and not what was chosen there since', async () => {
    const person = await aPerson(false)
    const visitor = await signedIn(person)
    await visitor.send('/account/messages', { objection: 'analytics' }, '/account/messages/object')
    assert.equal(await told(visitor, '/account'), 0)
    const second = await aVisitor(app.issuer).signIn(person)
    assert.equal(testIds(second, 'choices-notice').length, 1)
  })

  it('S8: a refusal to share is one, and a pause', async () => {
    const [refuses, pauses] = [await aPerson(false), await aPerson(false)]
    for (const [person, act] of [
      [refuses, 'choose'],
      [pauses, 'pause'],
    ] as const) {
      const account = await app.account(person.accounts.games ?? '')
      const by = { link: account.link?.id ?? '', actor: { kind: 'person', id: person.id } } as const
      const games = app.config.group.companies.get('games')!
      if (act === 'choose') await app.features.share.choose(account._id, games, by, { allowed: [] })
      else await app.features.share.pause(account._id, by)
      const first = await aVisitor(app.issuer).signIn(person)
      assert.equal(testIds(first, 'choices-notice').length, 1, act)
    }
  })

  it('S8: each of those who share a browser is told for themselves, and the cookie names none of them', async () => {
    const visitor = aVisitor(app.issuer)
    const people = [await aPerson(), await aPerson(), await aPerson(false)]
    const seen: number[] = []
    for (const person of [...people, people[0]!]) {
      const page = await visitor.signIn(person)
      seen.push(testIds(page, 'choices-notice').length)
      const set = cookieIn(page) ?? ''
      if (set) {
        assert.match(set, /path=\/;/i)
        assert.match(set, /httponly/i)
        assert.doesNotMatch(set, /domain=/i)
      }
      for (const { id } of people) assert.ok(!set.includes(id))
      await visitor.act('/account', {}, '/account/sign-out')
    }
    assert.deepEqual(seen, [1, 1, 0, 0])
  })

  it('S8: what was not shown is not told: a file, a form’s answer', async () => {
    const person = await aPerson(false)
    const visitor = await signedIn(person)
    await object(asPerson(person.id))
    assert.equal(cookieIn(await visitor.page('/account/sharing/ledger.json')), undefined)
    assert.equal(cookieIn(await visitor.send('/account/details', { city: 'Uppsala' })), undefined)
    // The page that its form stands on was shown above.
    const asked = await aPerson(false)
    const again = await signedIn(asked)
    await object(asPerson(asked.id))
    assert.equal(cookieIn(await again.page('/account/sharing/ledger.csv')), undefined)
    assert.equal(await told(again, '/account/security'), 1)
  })

  it('S8: a cookie that is no such mark tells of nobody, whatever its length', async () => {
    const person = await aPerson()
    const visitor = await signedIn(person)
    assert.equal(await told(visitor, '/account'), 0, 'told at the sign-in')
    const { host, port } = new URL(app.issuer)
    for (const value of ['x'.repeat(3000), '..', 'a.b.c', `${'a'.repeat(16)}.`.repeat(100)]) {
      visitor.plant(host, `choices-${port}`, value)
      const page = await visitor.page('/account')
      assert.equal(testIds(page, 'choices-notice').length, 1)
      assert.ok((cookieIn(page) ?? '').length < 300)
    }
  })

  it('S8: the holder of a separate account is told the same', async () => {
    const own = await app.aSeparateAccount('games')
    await object(asAccount(own.account))
    const visitor = aVisitor(app.issuer)
    await visitor.signInAt('games-arcade', `${app.urlOf('games-arcade')}/callback`, own)
    assert.equal(await told(visitor, '/account'), 1)
    assert.equal(await told(visitor, '/account'), 0)
  })

  it('S8: the cookie stands on the page of cookies, and the notice in each language', async () => {
    assert.match(readable(await aVisitor(app.issuer).page('/cookies')), /choices.*apply on this device too/s)
    for (const [language, words] of [
      ['sv', /gäller även på den här enheten/],
      ['ja', /この端末でも有効/],
    ] as const) {
      const person = await aPerson(false)
      const visitor = await signedIn(person)
      await object(asPerson(person.id))
      assert.match(readable(await visitor.page(`/account/details?lang=${language}`)), words)
    }
  })
})

describe('what a page of the account pages asks of the store', () => {
  let counted: Awaited<ReturnType<typeof aCountedApp>>
  let app: TestApp
  before(async () => {
    counted = await aCountedApp()
    app = counted.app
  })
  after(() => app.close())

  it('S8: whether choices hold here is read from what the page reads anyway, and from one row more', async () => {
    const person = await app.aPerson({ links: ['mobile', 'games'] })
    const visitor = aVisitor(app.issuer)
    await visitor.signIn(person)
    const asked = async (path: string) => {
      counted.seen.length = 0
      await visitor.page(path)
      return Object.fromEntries(
        ['accounts', 'links', 'preferences'].map((name) => [
          name,
          counted.seen.filter((each) => each.endsWith(` ${name}`)).length,
        ]),
      )
    }
    for (const path of ['/account/details', '/account/services'])
      assert.deepEqual(await asked(path), { accounts: 2, links: 1, preferences: 1 }, path)
  })
})
