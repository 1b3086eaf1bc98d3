import assert from 'node:assert/strict'
import { brandCss } from '../../src/http/brand-css.ts'
import { contrast } from '../../src/lib/colour.ts'
import { aCompany, aGroup, anOperator, declared } from '../world/group.ts'
import { openSite, type Site } from './site.ts'

describe('styles, scripts and pictures', () => {
  let site: Site
  before(async () => {
    const brand = { colour: '#ffff00', colourDark: '#000080', mark: 'G' }
    site = await openSite({ group: aGroup({ companies: [declared(aCompany({ id: 'games', brand }), [])] }) })
  })
  after(() => site.close())

  it('are named by what is in them and kept for good; every one that a page names is there', async () => {
    const { text } = await site.ask({ path: '/nowhere' })
    const named = [...text.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)].map(([, path]) => path!)
    assert.ok(named.length >= 6)
    for (const path of named) {
      const { status, headers } = await site.ask({ path })
      assert.equal(status, 200, path)
      assert.match(String(headers['cache-control']), /immutable/, path)
    }
  })

  it('by their plain name are asked for again, cheaply', async () => {
    const first = await site.ask({ path: '/assets/base.css' })
    assert.equal(first.headers['content-type'], 'text/css; charset=utf-8')
    assert.ok(!String(first.headers['cache-control']).includes('immutable'))
    const again = await site.ask({ path: '/assets/base.css', headers: { 'if-none-match': String(first.headers.etag) } })
    assert.equal(again.status, 304)
    assert.equal(again.text, '')
  })

  it('no file outside is reached, and a digest of something else is nothing', async () => {
    for (const path of [
      '/assets/../layout/page.eta',
      '/assets/..%2flayout%2fpage.eta',
      '/assets/%2e%2e/words/errors.en.yaml',
      '/assets/base.000000000000.css',
      '/assets/',
      '/assets/brand/nobody.css',
    ])
      assert.equal((await site.ask({ path })).status, 404, path)
  })

  it('U19: the type comes with the product: kept for good, at most 150 kB of it, with its licences, from nowhere else', async () => {
    const page = await site.ask({ path: '/nowhere' })
    assert.match(String(page.headers['content-security-policy']), /(^|; )font-src 'self'(;|$)/)
    const [, sheet = ''] = /href="(\/assets\/fonts\.[^"]+\.css)"/.exec(page.text) ?? []
    const { text } = await site.ask({ path: sheet })
    const faces = text.split('@font-face').slice(1)
    assert.equal(new Set(text.match(/font-family: "[^"]+"/g)).size, 2)
    let size = 0
    for (const face of faces) {
      assert.match(face, /font-display: swap/)
      const [, path = ''] = /url\("([^"]+)"\)/.exec(face) ?? []
      const font = await site.ask({ path })
      assert.equal(font.headers['content-type'], 'font/woff2')
      assert.match(String(font.headers['cache-control']), /immutable/)
      size += Number(font.headers['content-length'])
    }
    assert.ok(faces.length >= 4 && size > 50_000 && size <= 150_000, `${size} bytes in ${faces.length} files`)
    for (const [, licence = ''] of text.matchAll(/Licence: (\S+)/g))
      assert.match((await site.ask({ path: licence })).text, /SIL Open Font License/i)
    const preloaded = [...page.text.matchAll(/rel="preload" as="font"[^>]* href="([^"]+)"/g)].map(([, path]) => path)
    assert.ok(preloaded.length === 2 && preloaded.every((path) => text.includes(`"${path}"`)))
    const japanese = await site.ask({ path: '/nowhere?lang=ja' })
    assert.equal(japanese.text.match(/rel="preload"/g)?.length, 1, 'headings in Japanese are left to the system')
  })

  it('a company’s accent is made from its configuration and can be seen on both grounds', async () => {
    const { status, text } = await site.ask({ path: '/assets/brand/games.css' })
    assert.equal(status, 200)
    const [light, lightInk, dark, darkInk] = [...text.matchAll(/#[0-9a-f]{6}/g)].map(([colour]) => colour) as [
      string,
      string,
      string,
      string,
    ]
    assert.ok(contrast(light, '#ffffff') >= 3, 'yellow on white is darkened')
    assert.ok(contrast(dark, '#161d21') >= 3, 'navy on black is lightened')
    assert.ok(contrast(light, lightInk) >= 4.5 && contrast(dark, darkInk) >= 4.5)
  })

  it('a brand can bring colours and nothing else', () => {
    for (const colour of ['red; } body { display: none', 'url(https://evil.example)', '#fff'])
      assert.throws(() => brandCss({ ...anOperator().brand, colour }), TypeError)
  })
})
