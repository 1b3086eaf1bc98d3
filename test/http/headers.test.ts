import assert from 'node:assert/strict'
import { contentSecurityPolicy } from '../../src/http/index.ts'
import { openSite, type Site } from './site.ts'

describe('every answer carries the strict headers', () => {
  let site: Site
  before(async () => {
    site = await openSite({}, (router) => {
      router.get('/page', (ctx) =>
        ctx.render('layout/error', { heading: 'H', message: 'M', code: 'c', requestId: 'r' }),
      )
      router.get('/broken', () => {
        throw new Error('a secret inside')
      })
    })
  })
  after(() => site.close())

  it('Z6, §6: pages, errors, assets and misdirected requests alike', async () => {
    for (const [path, host] of [
      ['/page'],
      ['/broken'],
      ['/nowhere'],
      ['/assets/base.css'],
      ['/page', 'evil.example'],
    ] as const) {
      const { headers } = await site.ask({ path, headers: host ? { host } : {} })
      const policy = String(headers['content-security-policy'])
      for (const part of [
        "default-src 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "script-src 'self'",
        "font-src 'self'",
      ])
        assert.ok(policy.split('; ').includes(part), `${path}: ${part}`)
      assert.ok(!policy.includes('unsafe-inline'))
      assert.equal(headers['x-content-type-options'], 'nosniff')
      assert.equal(headers['referrer-policy'], 'same-origin')
      assert.equal(headers['cross-origin-opener-policy'], 'same-origin')
      assert.match(String(headers['permissions-policy']), /camera=\(\)/)
      if (!path.startsWith('/assets')) assert.equal(headers['cache-control'], 'no-store', path)
    }
  })

  it('§6: no page has a script, a style or a handler of its own inside', async () => {
    for (const path of ['/page', '/nowhere']) {
      const { text } = await site.ask({ path })
      assert.ok(!/<script(?![^>]* src=)|<style|\son[a-z]+=|\sstyle=/i.test(text), path)
      assert.ok(!/(src|href)="(https?:)?\/\//.test(text), 'nothing from another origin')
    }
  })

  it('§6: production speaks HSTS for a year at least, development does not', async () => {
    const { headers } = await site.ask({ path: '/page' })
    assert.equal(headers['strict-transport-security'], undefined)
    const production = await openSite({ production: true, issuer: 'https://id.example' })
    try {
      const answer = await production.ask({ path: '/nowhere' })
      const [, age] = /max-age=(\d+)/.exec(String(answer.headers['strict-transport-security'])) ?? []
      assert.ok(Number(age) >= 31_536_000)
    } finally {
      await production.close()
    }
  })

  it('P9: a page that hands a form to another origin names that one and no other', () => {
    const policy = contentSecurityPolicy({ formAction: ['https://service.example'] })
    assert.ok(policy.includes("form-action 'self' https://service.example;"))
  })
})
