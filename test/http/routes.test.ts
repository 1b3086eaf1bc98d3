import assert from 'node:assert/strict'
import fc from 'fast-check'
import { z } from 'zod'
import { fields, mount, type RouteContext, rowsOf } from '../../src/http/index.ts'
import { AppError } from '../../src/lib/errors.ts'
import { openForm, openSite, post, type Site } from './site.ts'

/** What a handler was handed, and what a form's page was told. */
interface Heard {
  given?: unknown
  problems?: unknown
  raw?: unknown
}

const lengths = { name: 40, email: 254, password: 256, note: 500, 'own.colour': 200 }

describe('a row of a table says what is read of a request', () => {
  let site: Site
  let heard: Heard = {}
  let limits: string[] = []
  let admits = true
  /** What the guard was handed of each path. */
  let guarded: unknown[] = []
  before(async () => {
    site = await openSite({}, (router, http) => {
      const row = rowsOf<{ anyone: undefined; staff: { name: string } }>()
      const asked = fields.openForm(
        {
          name: fields.text(40),
          email: fields.address(),
          password: fields.password(),
          note: fields.maybe(500),
          box: fields.ticked(),
        },
        ['own.'],
        200,
      )
      const keep = (_ctx: RouteContext, _who: unknown, given: { form: unknown }) => {
        heard.given = given.form
        _ctx.body = 'taken'
      }
      const again = (
        ctx: RouteContext,
        _who: unknown,
        { problems, raw }: { problems: unknown; raw: unknown },
        status: number,
      ) => {
        heard = { problems, raw }
        ctx.status = status
        ctx.body = 'again'
      }
      const query = z.object({ word: fields.word(5), flag: fields.flag() })
      const table = mount(
        [
          row({
            method: 'POST',
            path: '/asked',
            right: 'anyone',
            form: asked,
            limit: 'code-sent-network',
            handler: keep,
            again,
          }),
          row({ method: 'POST', path: '/pageless', right: 'anyone', form: asked, handler: keep }),
          row({
            method: 'POST',
            path: '/refuses/:what',
            right: 'staff',
            params: z.object({ what: fields.segment(20) }),
            form: fields.form({}),
            again,
            handler: (_ctx, staff, { params }) => {
              assert.equal(staff.name, 'Ada')
              throw new AppError(params.what === 'forbidden' ? 'forbidden' : 'invalid', 'required', {
                values: { field: 'name' },
              })
            },
          }),
          row({
            method: 'GET',
            path: '/query',
            right: 'anyone',
            query,
            handler: (ctx, _who, given) => {
              ctx.body = given.query
            },
          }),
        ],
        {
          enter: async (right, _ctx, goOn, params) => {
            guarded.push(params)
            await goOn((right === 'staff' ? { name: 'Ada' } : undefined) as never)
          },
          readForm: (ctx) => http.readForm(ctx),
          admit: async (_right, ctx) => {
            if (!admits) ctx.body = 'who are you'
            return admits
          },
          take: async (limit) => void limits.push(limit),
        },
      )
      router.use(table as never)
    })
  })
  beforeEach(() => {
    heard = {}
    limits = []
    guarded = []
    admits = true
  })
  after(() => site.close())

  const send = async (values: Record<string, string>, path = '/asked') => {
    const { cookie, csrf } = await openForm(site)
    return post(site, new URLSearchParams({ csrf, email: 'a@b.se', ...values }).toString(), { cookie }, path)
  }

  it('H3: no handler and no rule is handed what is longer than its field holds, in whatever field', async () => {
    const { cookie, csrf } = await openForm(site)
    const one = fc.constantFrom(...(Object.keys(lengths) as (keyof typeof lengths)[]))
    const long = fc.tuple(one, fc.integer({ min: 1, max: 900 }), fc.constantFrom('a', '\u0315', 'ﷺ', ' ', 'é'))
    await fc.assert(
      fc.asyncProperty(long, async ([field, more, letter]) => {
        heard = {}
        limits = []
        const written = letter.repeat(Math.min(4 * lengths[field] + more, 2000))
        fc.pre(written.length > 4 * lengths[field])
        const body = new URLSearchParams({ csrf, email: 'a@b.se', [field]: written }).toString()
        for (const path of ['/asked', '/pageless']) assert.equal((await post(site, body, { cookie }, path)).status, 400)
        assert.equal(heard.given, undefined)
        const code = field === 'password' ? 'password-long' : 'too-long'
        assert.deepEqual(heard.problems, { [field]: { code, values: { most: lengths[field] } } })
        assert.deepEqual(limits, [], 'and it costs nothing')
      }),
      { numRuns: 60 },
    )
  })

  it('hands on what the row asks for and nothing else, in its one spelling', async () => {
    const answer = await send({
      email: ' ADA@Mail.Example ',
      box: 'on',
      'own.colour': 'blue',
      role: 'administrator',
      'ownx.y': '1',
    })
    assert.equal(answer.status, 200)
    assert.deepEqual(heard.given, {
      email: 'ada@mail.example',
      name: '',
      password: '',
      box: true,
      'own.colour': 'blue',
    })
    assert.deepEqual(limits, ['code-sent-network'])
  })

  it('takes a form without its unticked boxes and its absent texts', async () => {
    await send({})
    assert.deepEqual(heard.given, { email: 'a@b.se', name: '', password: '', box: false })
  })

  it('tells what is wrong at its field, with what was written but passwords', async () => {
    const answer = await send({ email: 'nobody', name: 'Ada', password: 'a secret', code: '123456' })
    assert.deepEqual([answer.status, answer.text], [400, 'again'])
    assert.deepEqual(heard.problems, { email: { code: 'invalid-email', values: { field: 'email' } } })
    assert.deepEqual(heard.raw, { email: 'nobody', name: 'Ada' })
  })

  it('shows what the use case refuses on the form’s page, and leaves other failures to the error page', async () => {
    assert.equal((await send({}, '/refuses/this')).text, 'again')
    assert.deepEqual(heard.problems, { name: { code: 'required', values: { field: 'name' } } })
    assert.equal((await send({}, '/refuses/forbidden')).status, 403)
    assert.equal((await send({}, `/refuses/${'x'.repeat(21)}`)).status, 404)
  })

  it('hands the guard what the row reads of the path, and asks it nothing of a longer one', async () => {
    const { cookie, csrf } = await openForm(site)
    const to = (what: string) => post(site, new URLSearchParams({ csrf }).toString(), { cookie }, `/refuses/${what}`)
    assert.equal((await to('x'.repeat(21))).status, 404)
    await to('this')
    assert.deepEqual(guarded, [{ what: 'this' }])
  })

  it('asks who may once the form is measured, and takes the limit only then', async () => {
    admits = false
    assert.equal((await send({})).text, 'who are you')
    assert.deepEqual([heard.given, limits], [undefined, []])
    assert.equal((await send({ name: 'x'.repeat(500) })).text, 'again')
  })

  it('takes of a query only what is such a value', async () => {
    const of = async (query: string) => JSON.parse((await site.ask({ path: `/query?${query}` })).text)
    assert.deepEqual(await of('word=abc&flag'), { word: 'abc', flag: true })
    assert.deepEqual(await of('word=abcdef&flagg=1'), { flag: false })
    assert.deepEqual(await of('word=a&word=b'), { flag: false })
  })
})
