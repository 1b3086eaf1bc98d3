import assert from 'node:assert/strict'
import { z } from 'zod'
import { type Again, fields, mount, type RouteContext, rowsOf } from '../../src/http/index.ts'
import { type AdjustableClock, adjustableClock, minute } from '../../src/lib/clock.ts'
import { AppError } from '../../src/lib/errors.ts'
import { createTestBrowser } from '../world/browser.ts'
import { openSite, type Site } from './site.ts'

const asked = fields.form({ name: fields.text(40), note: fields.maybe(3000), password: fields.password() })
const params = z.object({ id: fields.segment() })
const refusals: Record<string, string> = { wrong: 'invalid', taken: 'conflict' }

describe('U9: a form that was wrong is shown again by its page', () => {
  let clock: AdjustableClock
  let site: Site
  before(async () => {
    clock = adjustableClock()
    site = await openSite({}, (router, http) => {
      const row = rowsOf<{ anyone: string }>()
      const again = (ctx: RouteContext, who: string, told: Again, status: number) => {
        ctx.status = status
        ctx.body = { again: told, who }
      }
      const handler = (_ctx: RouteContext, _who: string, { form }: { form: { name: string } }) => {
        if (form.name === 'often') throw new AppError('limited', 'too-many-attempts')
        throw new AppError(refusals[form.name] as 'invalid', 'required', { values: { field: 'name' } })
      }
      const refusal = (error: unknown) => {
        const { kind, code, values } = error as AppError
        const status = { limited: 429, invalid: 400, conflict: 409, forbidden: 403 }[kind as string]
        return status ? { problems: { name: { code, values } }, status } : undefined
      }
      const get = (path: string) =>
        row({
          method: 'GET',
          path,
          right: 'anyone',
          handler: (ctx) => {
            ctx.body = 'the plain page'
          },
        })
      const form = { method: 'POST', right: 'anyone', form: asked, handler, again, refusal } as const
      const table = mount(
        [
          get('/page/:id'),
          row({ ...form, path: '/page/:id', params }),
          row({ ...form, path: '/page/:id/step/here', params }),
          row({ ...form, path: '/elsewhere/:id', params, page: ({ params }) => `/page/${params.id}?after` }),
          row({ ...form, path: '/nowhere' }),
        ],
        {
          enter: async (_right, ctx, goOn) => goOn((ctx.get('x-who') || 'nobody') as never),
          readForm: (ctx) => http.readForm(ctx),
          keptForms: http.keptForms,
          whose: (who) => who,
        },
      )
      router.use(table as never)
    })
  })
  after(() => site.close())
  afterEach(() => clock.reset())

  const aBrowser = async () => {
    const browser = createTestBrowser()
    const { host } = new URL(site.origin)
    const { csrf } = JSON.parse((await browser.visit(`${site.origin}/form`)).text) as { csrf: string }
    const see = (path: string, who = '', sent: RequestInit = {}) =>
      browser.visit(`${site.origin}${path}`, { ...sent, headers: { 'x-who': who } })
    return {
      see,
      send: (path: string, values: Record<string, string>, who = '') =>
        see(path, who, { method: 'POST', body: new URLSearchParams({ csrf, ...values }) }),
      cookies: () => [...browser.cookiesAt(host)],
      plant: (name: string, value: string) => browser.plant(host, name, value),
    }
  }
  type Browser = Awaited<ReturnType<typeof aBrowser>>
  const keptIn = (browser: Browser) => browser.cookies().find(([name]) => name.startsWith('form')) ?? ['', '']
  const wrong = { name: 'wrong', password: 'a secret', code: '123456' }
  const plain = 'the plain page'

  it('U9: once, with what was typed but passwords and codes; a reload is the plain page', async () => {
    const browser = await aBrowser()
    for (const [sentTo, page] of [
      ['/page/1', '/page/1'],
      ['/page/1/step/here', '/page/1'],
      ['/elsewhere/1', '/page/1?after'],
    ] as const) {
      const answer = await browser.send(sentTo, wrong)
      assert.deepEqual([answer.status, answer.headers.get('location')], [303, page])
      const shown = await browser.see(page)
      assert.equal(shown.status, 200)
      const problems = { name: { code: 'required', values: { field: 'name' } } }
      const again = { problems, raw: { name: 'wrong' }, params: { id: '1' }, sentTo }
      assert.deepEqual(JSON.parse(shown.text), { again, who: 'nobody' })
      assert.equal((await browser.see(page)).text, plain)
    }
  })

  it('U9: a conflict is told in the same way; too often, and what no page tells, at once and with its status', async () => {
    const browser = await aBrowser()
    assert.equal((await browser.send('/page/1', { name: 'taken' })).status, 303)
    assert.equal((await browser.send('/page/1', { name: 'often' })).status, 429)
    assert.equal((await browser.send('/nowhere', { name: 'wrong' })).status, 400)
  })

  it('U9: on that page alone, and for 15 minutes at most', async () => {
    const browser = await aBrowser()
    await browser.send('/page/1', wrong)
    assert.equal((await browser.see('/page/2')).text, plain)
    const [name, sealed] = keptIn(browser)
    assert.ok(sealed)
    clock.advance(15 * minute)
    assert.equal((await browser.see('/page/1')).text, plain)
    browser.plant(name, sealed)
    assert.equal((await browser.see('/page/1')).text, plain, 'nor where the browser kept it for longer')
  })

  it('U9: to nobody else who signs in there, nor ever after', async () => {
    const browser = await aBrowser()
    await browser.send('/page/1', wrong, 'ada')
    assert.equal((await browser.see('/page/1', 'eve')).text, plain)
    assert.equal((await browser.see('/page/1', 'ada')).text, plain)
  })

  it('U9: in no other browser, whatever is planted there', async () => {
    const [browser, other] = [await aBrowser(), await aBrowser()]
    await browser.send('/page/1', wrong)
    const [name, sealed] = keptIn(browser)
    assert.ok(sealed)
    for (const planted of [sealed, `${sealed}x`, 'x', `${sealed.split('.')[0]}.`, '%']) {
      other.plant(name, planted)
      assert.equal((await other.see('/page/1')).text, plain, planted)
    }
    browser.plant(name, `${sealed.slice(0, -2)}AA`)
    assert.equal((await browser.see('/page/1')).text, plain)
  })

  it('U9: what is longer than a browser keeps is told at once, and nothing of it is lost', async () => {
    const browser = await aBrowser()
    const note = 'å'.repeat(1500)
    const answer = await browser.send('/page/1', { name: 'wrong', note })
    assert.equal(answer.status, 400)
    assert.equal((JSON.parse(answer.text) as { again: Again }).again.raw.note, note)
    await browser.send('/page/1', { name: 'wrong', note: 'å'.repeat(900) })
    assert.ok(browser.cookies().every(([, value]) => value.length <= 3500))
  })
})
