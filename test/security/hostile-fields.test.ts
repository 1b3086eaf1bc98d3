import assert from 'node:assert/strict'
import { aTestApp, type TestApp } from '../world/app.ts'
import type { Visit } from '../world/browser.ts'
import { aDesk, staffPassword, totpNow } from '../world/desk.ts'
import { fieldsOf } from '../world/pages.ts'
import { aTraveller } from '../world/traveller.ts'
import { aVisitor, type Visitor } from '../world/visitor.ts'
import { crawl } from './crawl.ts'

const markup = '"><img src=x onerror=alert(1)>'

/** What has broken others, in a field of ours. */
const hostile = [
  '{"$gt":""}',
  '{"$where":"while(1){}"}',
  '["a","b"]',
  '{"__proto__":{"polluted":1}}',
  '__proto__',
  'constructor',
  '$ne',
  'a.b.$[].c',
  markup,
  "'; DROP TABLE documents; --",
  '../../etc/passwd',
  '\u202Egnp.exe\u202C',
  '\uD800',
  'x'.repeat(10_000),
  '9'.repeat(400),
  '-1',
  '2024-02-31',
  'ａｄａ＠ｍａｉｌ．ｅｘａｍｐｌｅ',
  '\r\nSet-Cookie: a=b',
  '',
]

const keysIn = (value: unknown): string[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, part]) => [...(Array.isArray(value) ? [] : [key]), ...keysIn(part)])
    : []

const isPage = (answer: Visit): boolean => answer.headers.get('content-type')?.startsWith('text/html') ?? true

describe('whatever is written into a field', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp()
  })
  after(() => app.close())

  /** Every page that links lead to from here; each form there is sent with each of its fields made hostile. */
  const tryAll = async (visitor: Pick<Visitor, 'visit' | 'submit'>, starts: Visit[], within: RegExp) => {
    const sent: string[] = []
    await crawl(app.issuer, visitor, starts, within, {
      onPage: (page) => {
        assert.ok(page.status < 500, `${page.url} answered ${page.status}`)
        assert.ok(!isPage(page) || !page.text.includes('<img src=x'), `${page.url} shows markup as markup`)
      },
      onField: async ({ name, action, send }) => {
        for (const value of hostile) {
          const answer = await send(value)
          const where = `${name}=${value.slice(0, 40)} at ${action}`
          assert.ok(answer.status < 500 || answer.status === 503, `${where} answered ${answer.status}`)
          assert.ok(!answer.text.includes('<img src=x'), `${where} is shown as markup`)
          assert.equal(answer.headers.get('set-cookie')?.includes('a=b') ?? false, false, where)
          sent.push(where)
        }
      },
    })
    return { sent }
  }

  const assertClean = async () => {
    assert.equal(({} as Record<string, unknown>).polluted, undefined)
    for (const name of ['people', 'accounts', 'drafts', 'cases', 'staff', 'limits', 'artifacts']) {
      const odd = keysIn(await app.database.connection.collection(name).find({}).toArray()).filter((key) =>
        /^\$|^__proto__$|^constructor$|\./.test(key),
      )
      assert.deepEqual(odd, [], name)
    }
  }

  it('on the sign-in pages is text, and never a fault of ours (T21, §6)', async () => {
    const traveller = aTraveller(app)
    const page = await traveller.go('games-arcade')
    const within = new RegExp(`^${traveller.baseOf(page)}(?!/not-now|/somebody-else)`)
    const { sent } = await tryAll(traveller, [page, await traveller.open(page, '/create')], within)
    assert.ok(sent.length > 100, `${sent.length} tried`)
    await assertClean()
  })

  it('on the account pages likewise', async () => {
    const person = await app.aPerson({ links: ['mobile', 'games'] })
    const visitor = aVisitor(app.issuer)
    await visitor.signIn(person)
    const within = /^\/account\/(?!sign-out|security\/(delete|sessions|end))/
    const { sent } = await tryAll(visitor, [await visitor.page('/account/details')], within)
    assert.ok(sent.length > 200, `${sent.length} tried`)
    await assertClean()
  })

  it('in the console likewise', async () => {
    const member = await aDesk(app).aMember('games', 'support', 'support-lead', 'administrator')
    const visitor = aVisitor(app.issuer)
    const sent = await visitor.act('/console/sign-in', { email: member._id, password: staffPassword })
    const fields = { ...fieldsOf(sent, '/console/sign-in/code'), code: totpNow() }
    await visitor.submit(`${app.issuer}/console/sign-in/code`, fields)
    const opened = await visitor.act('/console/cases', { reference: '', reason: markup })
    const tried = await tryAll(visitor, [opened], /^\/console\/(?!sign-out)/)
    assert.ok(tried.sent.length > 100, `${tried.sent.length} tried`)
    await assertClean()
  })

  it('in an address or a query is refused or ignored', async () => {
    const person = await app.aPerson({ links: ['games'] })
    const visitor = aVisitor(app.issuer)
    await visitor.signIn(person)
    const paths = ['/account/services', '/account/details', '/account/security', '/account/sharing', '/privacy/games']
    const odd = [
      '?lang[$ne]=en',
      '?lang=__proto__',
      '?before[]=a&before[]=b',
      '?before=%00',
      '?before={"$gt":""}',
      '?%E0%A4%A',
    ]
    for (const path of paths)
      for (const query of odd) {
        const { status } = await visitor.page(path + query)
        assert.ok(status === 200 || status === 400 || status === 404, `${path}${query} answered ${status}`)
      }
    for (const path of [
      '/privacy/__proto__',
      '/privacy/constructor',
      '/undo/%00',
      '/undo/..%2f',
      '/account/services/__proto__/unlink',
      '/account/%2e%2e/console',
      '/sign-in/%5B%5D',
      '/ACCOUNT/details',
      '/account//details',
      '/account/details/',
      '/account;x/details',
    ]) {
      const { status } = await visitor.page(path)
      assert.ok([303, 400, 404, 410].includes(status), `${path} answered ${status}`)
    }
  })
})
