import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { checkViews, createViews, ViewsError } from '../../src/http/index.ts'
import { documentOf } from '../world/pages.ts'
import { openSite, type Site, viewsDir } from './site.ts'

describe('views', () => {
  let dir: string
  beforeEach(() => {
    dir = join(mkdtempSync(join(tmpdir(), 'views-')), 'views')
    mkdirSync(dir)
  })
  afterEach(() => rmSync(dirname(dir), { recursive: true }))
  const viewsOf = (files: Record<string, string>, helpers: string[] = []) => {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(dir, name)), { recursive: true })
      writeFileSync(join(dir, name), text)
    }
    return createViews(dir, helpers)
  }

  it('a broken view is named, and no view of ours is one', () => {
    viewsOf({ 'a/good.eta': 'x', 'a/bad.eta': '<% if ( %>' })
    checkViews(viewsDir)
    assert.throws(
      () => checkViews(dir),
      (error) => error instanceof ViewsError && error.message.includes('a/bad.eta') && !error.message.includes('good'),
    )
  })

  it('§6: what people typed is escaped, in text and in attributes', () => {
    const views = viewsOf({ 'a.eta': '<p title="<%= it.x %>"><%= it.x %></p>' })
    const text = views.render('a', { x: `"><script>alert('1')</script>&` })
    assert.ok(!/<script|title=""/.test(text))
    assert.ok(text.includes('&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)'))
  })

  it('no name leads out of the views', () => {
    const views = viewsOf({ 'a.eta': 'x', '../secret.eta': 'secret' })
    for (const name of ['../secret', '/../secret', 'a/../../secret', 'b'])
      assert.throws(() => views.render(name, {}), name)
    assert.equal(views.render('a', {}), 'x')
  })

  it('a value that is missing, or is no text, is an error', () => {
    const views = viewsOf({ 'a.eta': '<%= it.x %>' })
    for (const x of [undefined, null, {}, ['a']]) assert.throws(() => views.render('a', { x }), TypeError)
    assert.equal(views.render('a', { x: 0 }), '0')
  })

  it('a part knows the helpers and what it was handed, and nothing else of its page', () => {
    const views = viewsOf(
      {
        'page.eta': "<% layout('/frame', { title: it.hint }) %><%~ include('/part', { label: it.label }) %>",
        'part.eta': '[<%= it.t %> <%= it.label %> <%= String(it.hint) %>]',
        'frame.eta': '<title><%= it.title %></title><%~ it.body %><%= String(it.hint) %>',
      },
      ['t'],
    )
    const text = views.render('page', { t: 'T', label: 'L', hint: 'H' })
    assert.equal(text, '<title>H</title>[T L undefined]undefined')
  })

  it('a helper that one part is handed anew goes down to its own parts alone, also where one of them fails', () => {
    const views = viewsOf(
      {
        'page.eta':
          "<%= it.t %> <%~ include('/part', { t: 'part’s' }) %> <%= it.t %><% try { include('/part', { t: undefined }) } catch {} %> <%= it.t %>",
        'part.eta': "<%~ include('/parts/inner') %>",
        'parts/inner.eta': '<%= it.t %>',
      },
      ['t'],
    )
    assert.equal(views.render('page', { t: 'page’s' }), 'page’s part’s page’s page’s')
  })
})

describe('views of pages', () => {
  it('U19: what indents a view is sent to nobody, a space still parts words, and what is shown stays as it was written', () => {
    const dir = mkdtempSync(join(tmpdir(), 'views-'))
    writeFileSync(join(dir, 'a.eta'), '<p>\n      <%= it.x %>\n\n      <b>b</b>\n    c\n</p>\n')
    const text = createViews(dir, [], { compact: true }).render('a', { x: 'one\n    two' })
    rmSync(dir, { recursive: true })
    assert.equal(text, '<p>\n one\n    two <b>b</b>\n c\n</p>\n')
  })
})

describe('the parts that pages are made of', () => {
  let site: Site
  before(async () => {
    site = await openSite({}, (router) => {
      const given = { name: 'email', label: 'Email address', required: true, hint: 'Where the code goes.' }
      router.get('/field', (ctx) =>
        ctx.render('parts/field', {
          ...given,
          problems: { email: { code: 'invalid-email' } },
          raw: { email: '"><b>' },
        }),
      )
      router.get('/password', (ctx) =>
        ctx.render('parts/field', {
          name: 'password',
          label: 'Password',
          type: 'password',
          raw: { password: 'hunter2' },
        }),
      )
      router.get('/problems', (ctx) =>
        ctx.render('parts/problems', { problems: { email: { code: 'required' }, form: { code: 'conflict' } } }),
      )
      router.get('/named-once', (ctx) =>
        ctx.render('parts/problems', {
          problems: {
            givenName: { code: 'invalid-name' },
            country: { code: 'invalid-country' },
            phone: { code: 'invalid-phone' },
          },
        }),
      )
      router.get('/meta', (ctx) => ctx.render('parts/meta', { parts: ['Sat 15:01', '', 'Firefox', undefined, 'Lund'] }))
      router.get('/country', (ctx) => ctx.render('parts/detail-field', { name: 'country', raw: { country: 'SE' } }))
      router.get('/contact', (ctx) =>
        ctx.render('parts/contact', { contact: { name: 'Privacy office', address: 'Box 4711, 223 70 Lund, Sweden' } }),
      )
      router.get('/status', (ctx) => ctx.render('parts/status', { state: 'on-its-way', testid: 'link-status' }))
    })
  })
  after(() => site.close())
  const shown = async (path: string) => (await site.ask({ path })).text

  it('U19: an address breaks at its commas, so that a postal code stays whole and with its town', async () => {
    const pieces = documentOf({ text: await shown('/contact') }).querySelectorAll('address .piece')
    assert.deepEqual(
      pieces.map(({ text }) => text),
      ['Box 4711,', '223\u{A0}70 Lund,', 'Sweden'],
    )
  })

  it('a field says what is wrong where a screen reader hears it, and keeps what was typed, escaped', async () => {
    const text = await shown('/field')
    assert.match(text, /<label for="f-email">Email address<\/label>/)
    assert.match(text, /aria-describedby="f-email-hint f-email-problem"/)
    assert.match(text, /aria-invalid="true"/)
    assert.ok(text.includes('value="&quot;&gt;&lt;b&gt;"'))
  })

  it('a password is never shown again, and its button’s name has nothing of the label', async () => {
    const text = await shown('/password')
    assert.ok(!text.includes('hunter2'))
    assert.match(text, /<button type="button"[^>]*>Show<\/button>/)
    assert.ok(!/aria-label/.test(text))
  })

  it('the problems above a form lead to their fields', async () => {
    const text = await shown('/problems')
    assert.match(text, /<a href="#f-email">Email address: Please fill this in\.<\/a>/)
    assert.match(text, /Please check 2 things/)
    assert.ok(!text.includes('#f-form'))
  })

  it('K5: what is wrong names its field once, also where its sentence already does', async () => {
    const told = async (language: string): Promise<string[]> =>
      documentOf({ text: await shown(`/named-once?lang=${language}`) })
        .querySelectorAll('li')
        .map(({ text }) => text.trim())
    const [name, country, phone] = await told('ja')
    assert.match(name ?? '', /^名：名前のみを/)
    assert.match(country ?? '', /^一覧から国を/)
    assert.match(phone ?? '', /^電話番号を/)
    assert.match(
      (await told('en')).join(' '),
      /Given name: Enter a name only.* Choose a country .* Enter a whole phone/,
    )
    assert.match((await told('sv')).join(' '), /Förnamn: .* Välj ett land .* Ange ett helt telefonnummer/)
  })

  it('U19: between facts stands a dot, each with the fact after it, so that it can be cut away at an edge', async () => {
    const facts = documentOf({ text: await shown('/meta') }).querySelectorAll('.meta > span')
    assert.deepEqual(
      facts.map(({ text }) => text.trim()),
      ['Sat 15:01', '· Firefox', '· Lund'],
    )
  })

  it('U19: no view writes a dot that a line could begin or end with', () => {
    const names = readdirSync(viewsDir, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.eta'))
    const loose = names.flatMap((name) =>
      readFileSync(join(viewsDir, name), 'utf8')
        .split('\n')
        // A window's title has no lines.
        .filter((line) => !line.includes('<title>') && !line.includes('class="dot"'))
        .filter((line) => /(?<!&nbsp;|\\u00a0)·|·(?!&nbsp;|\\u00a0)/.test(line))
        .map((line) => `${name}: ${line.trim()}`),
    )
    assert.deepEqual(loose, [])
  })

  it('a country is chosen by name and sent by its code', async () => {
    const text = await shown('/country')
    assert.match(text, /<option value="SE" selected>Sweden<\/option>/)
    assert.match(text, /<label for="f-country">Country<\/label>/)
  })

  it('a state is a word first', async () => {
    assert.match(await shown('/status'), /data-testid="link-status">on its way<\/span>/)
  })
})
