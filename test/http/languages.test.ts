import assert from 'node:assert/strict'
import { Cookie } from 'tough-cookie'
import { cookiesOf, openSite, type Site } from './site.ts'

describe('a page speaks the language of the one who reads it', () => {
  let site: Site
  before(async () => {
    site = await openSite({}, (router) => {
      router.get('/sign-in/:uid', (ctx) => {
        ctx.body = { language: ctx.page.language }
      })
    })
  })
  after(() => site.close())

  const spoken = async (path: string, headers: Record<string, string> = {}) =>
    (JSON.parse((await site.ask({ path, headers })).text) as { language: string }).language

  it('takes the browser’s, the service’s wish before it, and the person’s own choice before both', async () => {
    assert.equal(await spoken('/form'), 'en')
    assert.equal(await spoken('/form', { 'accept-language': 'fi, sv-FI;q=0.8, en;q=0.5' }), 'sv')
    assert.equal(await spoken('/form', { 'accept-language': 'ja-JP' }), 'ja')
    assert.equal(await spoken('/form?ui_locales=fr+ja-JP+en', { 'accept-language': 'sv' }), 'ja')
    assert.equal(await spoken('/form?ui_locales=ja&lang=sv'), 'sv')
  })

  it('remembers the choice', async () => {
    const chosen = await site.ask({ path: '/form?lang=ja' })
    assert.equal(await spoken('/form', { cookie: cookiesOf(chosen), 'accept-language': 'sv' }), 'ja')
  })

  it('keeps a service’s wish for the sign-in pages alone', async () => {
    const [set = ''] = (await site.ask({ path: '/form?ui_locales=ja' })).headers['set-cookie'] ?? []
    const wish = Cookie.parse(set)
    assert.equal(wish?.path, '/sign-in')
    assert.equal(await spoken('/sign-in/uid', { cookie: wish.cookieString(), 'accept-language': 'sv' }), 'ja')
    assert.ok(!wish.isPersistent(), 'gone with the browser')
  })

  it('nonsense is English', async () => {
    for (const path of ['/form?lang=xx', '/form?lang=../../en', '/form?ui_locales=%24gt', '/form?lang=sv&lang=ja'])
      assert.ok(['en', 'sv'].includes(await spoken(path, { 'accept-language': ';;q=,' })), path)
  })

  it('each page has a link to itself in every language, its other parameters kept and escaped', async () => {
    const { text } = await site.ask({ path: '/nowhere?a="><script>&b=2&lang=sv' })
    assert.match(text, /<html lang="sv"/)
    for (const code of ['en', 'sv', 'ja'])
      assert.ok(text.includes(`href="/nowhere?a=%22%3E%3Cscript%3E&amp;b=2&amp;lang=${code}"`), code)
    assert.ok(!text.includes('<script>&'))
    const { text: plain } = await site.ask({ path: '/nowhere' })
    for (const code of ['en', 'sv', 'ja']) assert.ok(plain.includes(`href="/nowhere?lang=${code}"`), code)
  })
})
