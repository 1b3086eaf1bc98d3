import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { detailNames } from '../../src/details/index.ts'
import { scopedCookieName } from '../../src/http/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import type { TestBrowser, Visit } from '../world/browser.ts'
import { anAuthorization } from '../world/browser.ts'
import { aDesk, type Desk, staffPassword, totpNow } from '../world/desk.ts'
import { fieldsOf, readable, tokenOf } from '../world/pages.ts'
import { aRegistration, asTyped, aTraveller } from '../world/traveller.ts'
import { aVisitor } from '../world/visitor.ts'
import { routesIn } from './routes.ts'

const src = join(import.meta.dirname, '../../src')
const host = 'localhost'
const word = 'four umbrellas in a quiet field'

/**
 * Every cookie that this product reads, and why it may or may not be carried: one that goes on with something begun has
 * to be planted by a door below; the others hold a secret of their own.
 */
const cookies: Record<string, 'begun' | 'secret' | 'choice'> = {
  draft: 'begun',
  interaction: 'begun',
  resume: 'begun',
  join: 'begun',
  'address-change': 'begun',
  'former-address': 'begun',
  'way-in': 'begun',
  'link-code': 'begun',
  'link-proof': 'begun',
  staff: 'begun',
  session: 'secret',
  browser: 'secret',
  'browser-first': 'secret',
  device: 'secret',
  'staff-device': 'secret',
  language: 'choice',
  told: 'choice',
  'sign-in-language': 'choice',
  'sign-ins': 'choice',
}

describe('what is begun in one browser goes on in no other', () => {
  let app: TestApp
  let desk: Desk
  before(async () => {
    app = await aTestApp()
    desk = aDesk(app)
  })
  after(() => app.close())

  /** What somebody begins in a browser of theirs, with all that they know of it. */
  interface Begun {
    browser: Pick<TestBrowser, 'cookiesAt'>
    /** Of its sign-in, where there is one. */
    uid?: string
    /** That no other browser may show. */
    unseen: string[]
    code?: string
  }

  const uidOf = (page: Visit): string => new URL(page.url).pathname.split('/')[2] ?? ''

  const registration = async (): Promise<Begun> => {
    const email = `begun-${Math.random().toString(36).slice(2)}@mail.example`
    const browser = aTraveller(app)
    const form = await browser.open(await browser.go('games-arcade'), '/create')
    const page = await browser.act(form, '/create', aRegistration(email))
    assert.match(readable(page), new RegExp(email))
    return { browser, uid: uidOf(page), unseen: [email, 'Maja'], code: await app.code(email) }
  }

  const recovery = async (isProven: boolean): Promise<Begun> => {
    const { email } = await app.aPerson()
    const browser = aTraveller(app)
    const form = await browser.open(await browser.go('games-arcade'), '/recover')
    let page = await browser.act(form, '/recover', { email })
    const code = await app.code(email)
    if (isProven) page = await browser.act(page, '/recover/code', { code })
    assert.match(readable(page), new RegExp(isProven ? 'Choose a new password' : email))
    return { browser, uid: uidOf(page), unseen: [email], code }
  }

  const separate = async (): Promise<Begun> => {
    const person = await app.aPerson()
    const email = `apart-${Math.random().toString(36).slice(2)}@mail.example`
    const browser = aTraveller(app)
    const link = await browser.act(await browser.go('games-arcade'), '', asTyped(person))
    const form = await browser.open(link, '/separate')
    const page = await browser.act(form, '/separate', { email, password: word })
    assert.match(readable(page), new RegExp(email))
    return { browser, uid: uidOf(page), unseen: [email, person.email], code: await app.code(email) }
  }

  /** Everything but the last step, which leads on by itself. */
  const finished = async (): Promise<Begun> => {
    const person = await app.aPerson({ links: ['games'] })
    const browser = aTraveller(app)
    const page = await browser.go('games-arcade')
    const answer = await browser.send(page, '', asTyped(person))
    assert.match(answer.next ?? '', /\/auth\//)
    return { browser, uid: uidOf(page), unseen: [person.email] }
  }

  const addressChange = async (): Promise<Begun> => {
    const person = await app.aPerson()
    const email = `moved-${Math.random().toString(36).slice(2)}@mail.example`
    const browser = aVisitor(app.issuer)
    await browser.signIn(person)
    await browser.act('/account/details', { email })
    const code = await app.code(email)
    assert.ok(code)
    return { browser, unseen: [email], code }
  }

  const formerAddress = async (): Promise<Begun> => {
    const person = await app.aPerson()
    const email = `moved-${Math.random().toString(36).slice(2)}@mail.example`
    const browser = aVisitor(app.issuer)
    await browser.signIn(person)
    await browser.act('/account/details', { email })
    await browser.act('/account/details/address', { code: await app.code(email) })
    await browser.act('/account/details/former-address')
    const code = await app.code(person.email)
    assert.ok(code)
    return { browser, unseen: [person.email], code }
  }

  const wayIn = async (): Promise<Begun> => {
    const [person, own] = [await app.aPerson(), await app.aSeparateAccount('games')]
    const { epoch, credentialEpoch } = await app.account(own.account)
    const company = app.config.group.companies.get('games')
    assert.ok(company)
    const actor = { kind: 'person' as const, id: person.id }
    await app.features.links.linkExistingAccount(person.id, {
      company,
      actor,
      policyVersion: '1',
      shown: detailNames,
      keep: [],
      account: own.account,
      epoch,
      proven: { person: 1, account: credentialEpoch },
    })
    await app.features.links.unlink(person.id, 'games', { keep: 'before', actor })
    await app.settled()
    const browser = aVisitor(app.issuer)
    await browser.signIn(person)
    const page = await browser.act('/account/services/games/way-in')
    assert.match(page.url, /way-in\/code$/)
    return { browser, unseen: [own.email], code: await app.code(own.email) }
  }

  const linkByCode = async (): Promise<Begun> => {
    const [person, own, browser] = [await app.aPerson(), await app.aSeparateAccount('games'), aVisitor(app.issuer)]
    await browser.signIn(person)
    const page = await browser.act('/account/services/link/games/by-code', { email: own.email })
    assert.match(page.url, /by-code\/code$/)
    return { browser, unseen: [own.email], code: await app.code(own.email) }
  }

  const linkPreview = async (): Promise<Begun> => {
    const own = await app.aSeparateAccount('games', { details: { familyName: 'Ekvall' } })
    const [person, browser] = [await app.aPerson(), aVisitor(app.issuer)]
    await browser.signIn(person)
    assert.match(readable(await browser.act('/account/services/link/games', asTyped(own))), /Ekvall/)
    return { browser, unseen: ['Ekvall'] }
  }

  const addressAgain = async (): Promise<Begun> => {
    const [own, browser] = [await app.aSeparateAccount('games'), aVisitor(app.issuer)]
    await app.features.accounts.change(own.account, () => ({ set: { 'signIn.provenAt': 0 } }))
    await app.settled()
    await browser.signInAt('games-arcade', `${app.urlOf('games-arcade')}/callback`, own)
    const link = '/account/services/link/games'
    const page = await browser.act(link, {}, `${link}/address`)
    assert.match(page.url, /address\/code$/)
    return { browser, unseen: [own.email], code: await app.code(own.email) }
  }

  const joining = async (isProven: boolean): Promise<Begun> => {
    const email = `joins-${Math.random().toString(36).slice(2)}@games.example`
    await app.features.support.manageStaff.inviteConfigured('games', [email])
    const browser = aVisitor(app.issuer)
    await browser.act('/console/join', { email })
    const code = await app.code(email)
    if (isProven) assert.match(readable(await browser.act('/console/join/code', { code })), /authenticator/i)
    return { browser, unseen: [email], code }
  }

  const staffHalf = async (): Promise<Begun> => {
    const member = await desk.aMember('games', 'support')
    const browser = aVisitor(app.issuer)
    const page = await browser.act('/console/sign-in', { email: member._id, password: staffPassword })
    assert.match(page.url, /sign-in\/code/)
    return { browser, unseen: [member._id], code: totpNow() }
  }

  const staffWhole = async (): Promise<Begun> => {
    const begun = await staffHalf()
    const browser = begun.browser as ReturnType<typeof aVisitor>
    await browser.act('/console/sign-in/code', { code: begun.code ?? '' })
    assert.match(readable(await browser.page('/console/cases')), /Cases/)
    return begun
  }

  const nameOf = (cookie: string): string => cookie.replace(`-${app.config.port}`, '').replace(/\..*$/, '')

  /** Somebody else, signed in, on the way to another service. */
  const aVictim = async () => {
    const person = await app.aPerson({
      email: `victim-${Math.random().toString(36).slice(2)}@mail.example`,
      links: ['mobile'],
    })
    const browser = aTraveller(app)
    await browser.act(await browser.go('mobile-store'), '', asTyped(person))
    const own = await browser.go('games-arcade')
    return { person, browser, own: uidOf(own) }
  }

  const everyRoute = () =>
    (['sign-in', 'portal', 'console'] as const)
      .flatMap((room) => routesIn(app, room))
      .filter(({ method, path }) => ['GET', 'POST'].includes(method) && !/sign-out|:token|\*/.test(path))
      .sort((a, b) => a.method.localeCompare(b.method))

  /** What every address answers to this browser; without what differs from browser to browser. */
  const walk = async (victim: Awaited<ReturnType<typeof aVictim>>, begun: Begun) => {
    const { browser, own, person } = victim
    await app.features.limits.clear()
    const csrf = tokenOf(await browser.visit(`${app.issuer}/console/sign-in`))
    assert.ok(csrf)
    const form = { csrf, code: begun.code ?? '', password: word, which: 'unified', email: begun.unseen[0] ?? '' }
    const plain = (text: string) =>
      text
        .replaceAll(person.email, 'victim')
        .replaceAll(own, 'OWN')
        .replaceAll(/\b\d\d:\d\d\b(\.\d{3}Z)?/g, 'hh:mm')
        .replaceAll(/name="csrf" value="[^"]*"|[\w-]{22,64}|(?<=[Rr]eference: |please quote: )[\w-]+/g, '…')
    const answers: string[] = []
    for (const uid of [begun.uid, own].filter((each) => each !== undefined)) {
      const fixed = begun.uid ? [`/auth/${begun.uid}`, `/device/${begun.uid}`] : []
      const paths = [
        ...fixed.map((path) => ({ method: 'GET' as const, path })),
        ...everyRoute().filter(({ path }) => uid === own || path.includes(':uid')),
      ]
      for (const { method, path } of paths) {
        const at = path.replace(':uid', uid).replace(':company', 'games').replace(/:\w+/g, 'x')
        const answer = await (method === 'GET' ? browser.visit(app.issuer + at) : browser.submit(app.issuer + at, form))
        for (const each of begun.unseen.filter((each) => each !== form.email))
          assert.ok(!answer.text.includes(each), `${method} ${path} shows ${each}`)
        if (method === 'GET')
          for (const each of begun.unseen) assert.ok(!answer.text.includes(each), `GET ${path} shows ${each}`)
        answers.push(
          `${method} ${path}: ${answer.status} ${answer.next ?? ''} ${plain(readable(withoutCause(answer)))}`,
        )
      }
    }
    return answers.map((answer) => inAnyOrder(plain(answer)))
  }

  /** What was begun and made so far, each row as it stands. */
  const kept = async (): Promise<Map<string, string>> => {
    const { connection } = app.database
    const known = new Set((await connection.db.listCollections().toArray()).map(({ name }) => name))
    const names = ['drafts', 'staffSessions', 'staff', 'sessions', 'people', 'accounts'].filter((name) =>
      known.has(name),
    )
    const rows = await Promise.all(
      names.map(async (name) => {
        const found = await connection.collection(name).find({}).toArray()
        return found.map((row): [string, string] => [`${name} ${row._id}`, JSON.stringify(row)])
      }),
    )
    return new Map(rows.flat())
  }

  const doors: [name: string, begin: () => Promise<Begun>][] = [
    ['a registration whose code is known', registration],
    ['a recovery whose code is known', () => recovery(false)],
    ['a recovery whose code was entered', () => recovery(true)],
    ['a separate account whose code is known', separate],
    ['a sign-in that only has to be led on', finished],
    ['a change of address', addressChange],
    ['a code at the address of before', formerAddress],
    ['a way back in', wayIn],
    ['a code that proves an account to be linked', linkByCode],
    ['an account that was proven and is not linked yet', linkPreview],
    ['a code at the address of a separate account', addressAgain],
    ['a member of staff who joins', () => joining(false)],
    ['a member of staff who has entered the code', () => joining(true)],
    ['a staff sign-in that waits for its second factor', staffHalf],
    ['a staff session', staffWhole],
  ]

  for (const [name, begin] of doors)
    it(`H2: ${name}, carried to another browser, shows, ends and signs in nothing there`, async () => {
      const begun = await begin()
      const before = await kept()
      const [planted, plain] = [await aVictim(), await aVictim()]
      for (const [cookie, value] of begun.browser.cookiesAt(host))
        if (cookies[nameOf(cookie)] === 'begun') planted.browser.plant(host, cookie, value)
      const [seen, expected] = [await walk(planted, begun), await walk(plain, begun)]
      for (const [n, answer] of seen.entries()) assert.equal(answer, expected[n])
      const after = await kept()
      for (const [row, stood] of before) assert.equal(after.get(row), stood, row)
    })

  it('H2: a proof of an account from before, shown on a page of one browser, links nothing from another of theirs', async () => {
    const [person, own] = [await app.aPerson(), await app.aSeparateAccount('games')]
    const atPreview = async () => {
      const browser = aVisitor(app.issuer)
      await browser.signIn(person)
      return { browser, page: await browser.act('/account/services/link/games', asTyped(own)) }
    }
    const action = '/account/services/link/games/preview'
    const [first, second] = [await atPreview(), await atPreview()]
    const { csrf: _theirs, ...carried } = fieldsOf(first.page, action)
    const { csrf = '' } = fieldsOf(second.page, action)
    const refused = await second.browser.submit(app.issuer + action, { ...carried, csrf })
    assert.equal(refused.status, 410)
    const [at, cookie] = ['/account/services/link/games', scopedCookieName(app.config, 'link-proof')]
    second.browser.plant('localhost', cookie, first.browser.cookiesAt('localhost').get(cookie) ?? '', at)
    assert.equal((await second.browser.page(`${at}/preview`)).next, app.issuer + at)
    assert.equal((await app.account(own.account)).link, null)
    const done = await first.browser.submit(app.issuer + action, fieldsOf(first.page, action))
    assert.equal(done.status, 303)
    assert.equal((await app.account(own.account)).link?.person, person.id)
  })

  it('H2: coming back to the account pages needs a session of this browser, whatever code the address has', async () => {
    const person = await app.aPerson()
    const visitor = aVisitor(app.issuer)
    await visitor.signIn(person)
    const back = await visitor.follow(`${app.issuer}/auth?${portalRequest(app.issuer)}`, (url) =>
      url.pathname.endsWith('/callback'),
    )
    const other = aVisitor(app.issuer)
    const shown = await other.visit(back.next ?? '')
    assert.match(readable(shown), /not signed in|signed out|cookies/i)
    assert.match((await other.page('/account/security')).next ?? '', /\/auth\?/)
  })

  it('H2, R7: two sign-ins begun at once in a new browser can both be gone on with', async () => {
    const browser = aTraveller(app)
    const request = `${app.issuer}/auth?${portalRequest(app.issuer)}`
    const [first, second] = await Promise.all([browser.visit(request), browser.visit(request)])
    const person = await app.aPerson()
    for (const { next = '' } of [first, second]) {
      const page = await browser.visit(next)
      assert.equal(page.status, 200)
      const answer = await browser.submit(next, { ...fieldsOf(page, new URL(next).pathname), ...asTyped(person) })
      assert.equal(answer.status, 200, readable(answer))
    }
  })

  it('H2: every cookie that is read here is known, and each that goes on with something begun was carried', async () => {
    const read = globSync('**/*.ts', { cwd: src }).flatMap((file) => [
      ...readFileSync(join(src, file), 'utf8').matchAll(/[cC]ookieName\((?:config|names), '([\w-]+)'\)/g),
    ])
    const names = new Set([...read.map(([, name = '']) => name), 'browser-first'])
    assert.deepEqual([...names].filter((name) => !cookies[name]).sort(), [], 'a cookie that this test does not know')
    const carried = new Set<string>()
    for (const [, begin] of doors)
      for (const cookie of (await begin()).browser.cookiesAt(host).keys()) carried.add(nameOf(cookie))
    const begun = Object.keys(cookies).filter((name) => cookies[name] === 'begun')
    assert.deepEqual(
      begun.filter((name) => !carried.has(name)),
      [],
      'no door carries it',
    )
  })
})

const portalRequest = (issuer: string) =>
  anAuthorization('account', `${issuer}/account/callback`, { state: '/account/security' })

/** In development alone a page says what the server saw, to whoever runs it. */
const withoutCause = (page: Visit): Visit => ({
  ...page,
  text: page.text.replace(/<code[^>]*data-testid="cause"[\s\S]*?<\/code>/g, ''),
})

/** What happened in one moment is told in any order. */
const inAnyOrder = (text: string): string => text.split(' ').sort().join(' ')
