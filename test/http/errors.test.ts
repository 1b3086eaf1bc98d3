import assert from 'node:assert/strict'
import { languages } from '../../src/i18n/index.ts'
import { AppError } from '../../src/lib/errors.ts'
import { documentOf } from '../world/pages.ts'
import { openSite, type Site } from './site.ts'

describe('what went wrong is told in the person’s words', () => {
  let site: Site
  before(async () => {
    site = await openSite({}, (router) => {
      router.get('/broken', () => {
        throw new Error('password=hunter2 at ada@example.com')
      })
      router.get('/refused', () => {
        throw new AppError('gone', 'gone', { detail: 'the draft was used' })
      })
      router.get('/wordless', () => {
        throw new AppError('conflict', 'a-code-without-words')
      })
      router.get('/limited', () => {
        throw new AppError('limited', 'limited', { values: { minutes: 2 } })
      })
      router.get('/database-down', () => {
        throw Object.assign(new Error('connect ECONNREFUSED'), { name: 'MongoServerSelectionError' })
      })
      router.get('/forbidden', () => {
        throw new AppError('forbidden', 'forbidden')
      })
      router.get('/misspelled', (ctx) => ctx.render('layout/error', { heading: 'H' }))
      router.get('/unknown-view', (ctx) => ctx.render('../package', {}))
      router.get('/undo/:token', (ctx) => {
        ctx.body = 'ok'
      })
    })
  })
  after(() => site.close())

  it('an unforeseen error is one fixed sentence; its cause is in the log under the request’s id', async () => {
    const { status, text, headers } = await site.ask({ path: '/broken' })
    assert.equal(status, 500)
    assert.ok(text.includes('Nothing was left half done'))
    assert.ok(!text.includes('hunter2'))
    const request = String(headers['x-request-id'])
    assert.ok(text.includes(request))
    assert.ok(site.log.some((line) => line.includes('"error"') && line.includes(request)))
  })

  it('R4: a refusal is its own sentence, and one line of log; in development the page has its cause', async () => {
    const production = await openSite({ production: true }, (router) =>
      router.get('/refused', () => {
        throw new AppError('gone', 'gone', { detail: 'the draft was used' })
      }),
    )
    try {
      for (const [where, isShown] of [
        [site, true],
        [production, false],
      ] as const) {
        where.log.length = 0
        const { status, text, headers } = await where.ask({ path: '/refused', headers: { accept: 'text/html' } })
        assert.equal(status, 410)
        assert.ok(text.includes('has already been used'))
        assert.equal(text.includes('the draft was used'), isShown)
        const [line, ...more] = where.log.filter((each) => each.includes('request refused'))
        assert.deepEqual(more, [])
        for (const part of ['"rule":"gone"', '"saw":"the draft was used"', `"request":"${headers['x-request-id']}"`])
          assert.ok(line?.includes(part), `${part} in ${line}`)
      }
    } finally {
      await production.close()
    }
  })

  it('R4: every page that gives a reference to quote has its line in the log', async () => {
    const asked: [Parameters<Site['ask']>[0], string][] = [
      [{ path: '/nowhere', headers: { accept: 'text/html' } }, 'not-found'],
      [{ path: '/broken', method: 'DELETE' }, 'method-not-allowed'],
      [{ path: '/form', method: 'POST', headers: { 'content-type': 'text/plain' } }, 'unsupported-type'],
      [{ path: '/form', method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' } }, 'csrf'],
      [{ path: '/form', headers: { host: 'elsewhere.example' } }, 'issuer-host'],
      [{ path: '/limited' }, 'limited'],
    ]
    for (const [options, rule] of asked) {
      site.log.length = 0
      const { headers } = await site.ask(options)
      const lines = site.log.filter((each) => each.includes('request refused'))
      assert.equal(lines.length, 1, rule)
      assert.ok(lines[0]!.includes(`"rule":"${rule}"`) && lines[0]!.includes(String(headers['x-request-id'])), lines[0])
    }
  })

  it('U20: below its heading a page says more than its heading, in every language', async () => {
    for (const language of languages)
      for (const path of ['broken', 'refused', 'forbidden', 'wordless', 'limited', 'database-down', 'nowhere']) {
        const page = documentOf(await site.ask({ path: `/${path}?lang=${language}` }))
        const [heading = '', sentence = ''] = ['h1', '.lead'].map((at) => page.querySelector(at)?.text.toLowerCase())
        assert.ok(heading && sentence && !sentence.includes(heading), `${language} ${path}: ${heading} ${sentence}`)
      }
  })

  it('a code without words falls back to the sentence of its kind', async () => {
    const { status, text } = await site.ask({ path: '/wordless', headers: { 'accept-language': 'sv' } })
    assert.equal(status, 409)
    assert.ok(text.includes('Något ändrades under tiden'))
  })

  it('§8: a database that is down is 503, never an answer', async () => {
    assert.equal((await site.ask({ path: '/database-down' })).status, 503)
  })

  it('too many attempts say when to come back', async () => {
    const { status, headers } = await site.ask({ path: '/limited' })
    assert.equal(status, 429)
    assert.equal(headers['retry-after'], '120')
  })

  it('a missing page and a wrong method are pages too, or JSON for programs', async () => {
    const missing = await site.ask({ path: '/nowhere', headers: { accept: 'text/html' } })
    assert.equal(missing.status, 404)
    assert.match(missing.text, /<h1>Page not found<\/h1>/)
    const method = await site.ask({ path: '/broken', method: 'DELETE' })
    assert.equal(method.status, 405)
    for (const path of ['/nowhere.json', '/health/nowhere', '/.well-known/nowhere']) {
      const answer = await site.ask({ path })
      assert.equal((JSON.parse(answer.text) as { error: string }).error, 'not-found', path)
    }
    const asked = await site.ask({ path: '/nowhere', headers: { accept: 'application/json' } })
    assert.equal((JSON.parse(asked.text) as { error: string }).error, 'not-found')
  })

  it('a view that misses a value says so to us and not "undefined" to a person', async () => {
    const { status, text } = await site.ask({ path: '/misspelled' })
    assert.equal(status, 500)
    assert.ok(!text.includes('undefined'))
  })

  it('only views of ours can be named', async () => {
    assert.equal((await site.ask({ path: '/unknown-view' })).status, 500)
  })

  it('§8: the log has the pattern of an address, no token, no query, no address of a person', async () => {
    await site.ask({ path: '/undo/secret-token?email=ada%40example.com' })
    await site.ask({ path: '/ada@example.com/secret-token' })
    const lines = site.log.filter((line) => line.includes('"request"')).join('\n')
    assert.ok(lines.includes('/undo/:token'))
    assert.ok(!lines.includes('secret-token'))
    assert.ok(!/ada(@|%40)/.test(lines))
  })
})
