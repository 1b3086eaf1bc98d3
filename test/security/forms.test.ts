import assert from 'node:assert/strict'
import { aTestApp, type TestApp } from '../world/app.ts'
import type { Visit } from '../world/browser.ts'
import { aDesk, staffPassword, totpNow } from '../world/desk.ts'
import { fieldsOf, tokenOf } from '../world/pages.ts'
import { asTyped, aTraveller } from '../world/traveller.ts'
import { aVisitor, type Visitor } from '../world/visitor.ts'
import { kept, routesIn } from './routes.ts'

/** What another site's page can make a browser send, even when it has learnt the token. */
const foreign: Record<string, string>[] = [
  { origin: 'https://evil.example' },
  { origin: 'null' },
  { origin: 'http://localhost:1' },
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'same-site' },
]

describe('every form of ours belongs to the browser it was given to (T8, T9, §6)', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp()
  })
  after(() => app.close())

  const postsIn = (room: Parameters<typeof routesIn>[1]): string[] =>
    routesIn(app, room).flatMap(({ method, path }) => (method === 'POST' ? [path] : []))

  /** Every form, sent as only others can send it; `refused` says what an answer may be. */
  const tryForms = async (
    visitor: Pick<Visitor, 'submit'>,
    paths: string[],
    own: string,
    refused: (answer: Visit, path: string) => boolean = ({ status }) => status === 403,
  ): Promise<void> => {
    const stranger = aVisitor(app.issuer)
    const theirs = tokenOf(await stranger.page('/console/sign-in'))
    assert.ok(theirs && theirs !== own)
    const before = await kept(app)
    for (const path of paths) {
      for (const csrf of ['', 'x'.repeat(43), theirs, own.toUpperCase()]) {
        const answer = await visitor.submit(app.issuer + path, csrf ? { csrf } : {})
        assert.ok(refused(answer, path), `${path} with the token "${csrf}" answered ${answer.status}`)
      }
      for (const headers of foreign) {
        const answer = await visitor.submit(app.issuer + path, { csrf: own }, headers)
        assert.ok(refused(answer, path), `${path} with ${JSON.stringify(headers)} answered ${answer.status}`)
      }
    }
    assert.deepEqual(await kept(app), before)
  }

  it('those of the account pages', async () => {
    const person = await app.aPerson({ links: ['mobile', 'games'] })
    const visitor = aVisitor(app.issuer)
    await visitor.signIn(person)
    const paths = postsIn('portal').filter((path) => path.startsWith('/account'))
    assert.ok(paths.length >= 15, `${paths.length} forms`)
    const filled = paths.map((path) => path.replace(':company', 'games'))
    await tryForms(visitor, filled, tokenOf(await visitor.page('/account/details')))
  })

  it('those that a letter leads to, which nobody has to sign in for', async () => {
    const account = await app.aPerson({ links: ['games'] })
    const letters = (await app.features.mailer.mailbox?.list(account.email)) ?? []
    const undo = letters.map(({ text }) => /\/undo\/[\w-]+/.exec(text)?.[0]).find(Boolean) ?? ''
    assert.ok(undo)
    const visitor = aVisitor(app.issuer)
    const paths = postsIn('portal').filter((path) => !path.startsWith('/account'))
    assert.ok(paths.length >= 2, `${paths.length} forms`)
    await tryForms(
      visitor,
      paths.map((path) => path.replace('/undo/:token', undo)),
      tokenOf(await visitor.page(undo)),
    )
  })

  it('those of the sign-in, at each of its three questions', async () => {
    const paths = postsIn('sign-in')
    assert.ok(paths.length >= 12, `${paths.length} forms`)
    const person = await app.aPerson({ links: ['games'] })
    const traveller = aTraveller(app)
    const first = await traveller.go('mobile-store')
    // A step that is not the question now is over: 410, whoever asks.
    const isRefused = ({ status }: Visit) => status === 403 || status === 410
    const tryAt = (page: Visit) =>
      tryForms(
        traveller,
        paths.map((path) => path.replace('/sign-in/:uid', traveller.baseOf(page))),
        tokenOf(page),
        isRefused,
      )
    await tryAt(first)
    const link = await traveller.act(first, '', asTyped(person))
    await tryAt(link)
    assert.equal(traveller.told(await traveller.act(link, '/link')), 'code')
    await tryAt(await traveller.go('leaderboard'))
  })

  it('those of the console: nobody’s without a staff session, and with one only with their token', async () => {
    const paths = postsIn('console')
    assert.ok(paths.length >= 12, `${paths.length} forms`)
    const desk = aDesk(app)
    const member = await desk.aMember('games', 'support', 'support-lead', 'privacy', 'administrator')
    const person = await app.aPerson({ links: ['games'] })
    const id = (await desk.aCase(member, person.email)).replaceAll(':', '.')
    const filled = paths.map((path) => path.replace(/:\w+/g, id))
    const stranger = aVisitor(app.issuer)
    const isAway = ({ status, next }: Visit) =>
      status === 403 || (status === 303 && !!next?.endsWith('/console/sign-in'))
    await tryForms(stranger, filled, tokenOf(await stranger.page('/console/sign-in')), isAway)
    const visitor = aVisitor(app.issuer)
    const half = await visitor.act('/console/sign-in', { email: member._id, password: staffPassword })
    const { csrf = '' } = fieldsOf(half, '/console/sign-in/code')
    await tryForms(visitor, filled, csrf, isAway)
    assert.equal((await visitor.submit(`${app.issuer}/console/sign-in/code`, { csrf, code: totpNow() })).status, 303)
    await tryForms(visitor, filled, csrf)
  })

  it('fields that are no plain text are refused, and nothing of them is stored (T21)', async () => {
    const person = await app.aPerson({ links: ['mobile'] })
    const visitor = aVisitor(app.issuer)
    await visitor.signIn(person)
    const csrf = tokenOf(await visitor.page('/account/details'))
    const bodies = [
      'givenName[$gt]=',
      'givenName[]=a&givenName[]=b',
      'givenName=a&givenName=b',
      '__proto__=x',
      '__proto__.polluted=yes',
      'givenName=a%00b',
      'a[b][c][d][e][f][g]=deep',
      '%E0%A4%A=x',
    ]
    const before = await person.now()
    for (const body of bodies) {
      const answer = await visitor.visit(`${app.issuer}/account/details`, {
        method: 'POST',
        body: `csrf=${csrf}&${body}`,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      })
      assert.equal(answer.status, 400, body)
    }
    // A flat name that only looks like a path is a field that no form of ours has: it is not looked at.
    await visitor.submit(`${app.issuer}/account/details`, { csrf, 'constructor.prototype.polluted': 'yes' })
    assert.equal(({} as Record<string, unknown>).polluted, undefined)
    assert.deepEqual(await person.now(), before)
  })

  it('an operator as a password or an address is a wrong password, and costs what one costs (T21)', async () => {
    const person = await app.aPerson()
    for (const [email, password] of [
      [person.email, '{"$gt":""}'],
      ['{"$gt":""}', person.password],
      ['$where: 1', '1'],
    ] as const) {
      const visitor = aVisitor(app.issuer)
      const page = await visitor.follow(`${app.issuer}/account`, () => false)
      const before = app.features.passwords.verifications()
      const answer = await visitor.submit(page.url, { csrf: tokenOf(page), email, password })
      assert.equal(answer.again, true)
      assert.equal(app.features.passwords.verifications() - before, 2)
    }
  })

  it('a form of ten megabytes is refused before it is read', async () => {
    const visitor = aVisitor(app.issuer)
    const page = await visitor.follow(`${app.issuer}/account`, () => false)
    const answer = await visitor
      .visit(page.url, {
        method: 'POST',
        body: `email=${'x'.repeat(10_000_000)}`,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      })
      .catch(() => undefined)
    assert.ok(answer === undefined || answer.status === 413)
  })
})
