import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { aVisitor, tokenOf } from '../portal/visitor.ts'
import { aTestApp, type TestApp } from '../support/app.ts'

const src = join(import.meta.dirname, '../../src')

/** Every path that a POST is taken at, as the routes declare them. */
const postPaths = (folder: string): string[] =>
  globSync('**/*.ts', { cwd: join(src, folder) })
    .flatMap((file) => [...readFileSync(join(src, folder, file), 'utf8').matchAll(/\.post\(\s*'([^']+)'/g)])
    .map(([, path]) => path as string)
    .sort()

describe('every form of ours belongs to the browser it was given to (T8, T9, §6)', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp()
  })
  after(() => app.close())

  const at = (path: string) => path.replace(':company', 'games').replace(/:\w+/g, 'x')

  it('the account pages refuse each of their forms without its token, and from another site', async () => {
    const person = await app.aPerson({ links: ['mobile', 'games'] })
    const before = await app.account(person.accounts.games!)
    const visitor = aVisitor(app.issuer)
    await visitor.signIn(person)
    const csrf = tokenOf(await visitor.page('/account/details'))
    const paths = postPaths('portal').filter((path) => path.startsWith('/account'))
    assert.ok(paths.length >= 15, `${paths.length} forms`)
    for (const path of paths) {
      const bare = await visitor.submit(app.issuer + at(path), {})
      assert.equal(bare.status, 403, `${path} without a token`)
      const stranger = await visitor.submit(app.issuer + at(path), { csrf: 'x'.repeat(43) })
      assert.equal(stranger.status, 403, `${path} with somebody else’s token`)
      const foreign = await visitor.submit(app.issuer + at(path), { csrf }, { origin: 'https://evil.example' })
      assert.equal(foreign.status, 403, `${path} from another site`)
    }
    assert.deepEqual(await app.account(person.accounts.games!), before)
  })

  it('the sign-in’s forms likewise', async () => {
    const visitor = aVisitor(app.issuer)
    const asked = await visitor.follow(`${app.issuer}/account`, () => false)
    const uid = new URL(asked.url).pathname.split('/')[2]
    const paths = postPaths('oidc/pages')
    assert.ok(paths.length >= 12, `${paths.length} forms`)
    for (const path of paths) {
      const { status } = await visitor.submit(app.issuer + path.replace(':uid', uid ?? ''), {})
      assert.ok(status === 403 || status === 410, `${path} answered ${status}`)
    }
  })

  it('support’s forms are nobody’s without a staff session, and their sign-in wants its token', async () => {
    const visitor = aVisitor(app.issuer)
    const paths = postPaths('console')
    assert.ok(paths.length >= 12, `${paths.length} forms`)
    for (const path of paths) {
      const answer = await visitor.submit(app.issuer + at(path), { csrf: 'x'.repeat(43) })
      const sentAway = answer.status === 303 && answer.next?.endsWith('/console/sign-in')
      assert.ok(answer.status === 403 || sentAway, `${path} answered ${answer.status}`)
    }
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
      assert.equal(answer.status, 400)
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
