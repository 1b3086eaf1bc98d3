import assert from 'node:assert/strict'
import { openForm, openSite, post, type Site } from './site.ts'

describe('a form is taken from the browser it was given to', () => {
  let site: Site
  before(async () => {
    site = await openSite()
  })
  after(() => site.close())

  it('takes its fields', async () => {
    const { cookie, csrf } = await openForm(site)
    const answer = await post(site, `csrf=${csrf}&name=%C3%85sa+Berg`, { cookie, origin: site.origin })
    assert.deepEqual(JSON.parse(answer.text), { name: 'Åsa Berg' })
  })

  it('§6, T8: refuses a form without a token, with another browser’s, or without the cookie', async () => {
    const [own, other] = [await openForm(site), await openForm(site)]
    for (const [body, cookie] of [
      ['name=A', own.cookie],
      [`csrf=${other.csrf}&name=A`, own.cookie],
      [`csrf=${own.csrf}x&name=A`, own.cookie],
      [`csrf=${own.csrf}&name=A`, ''],
      [`csrf=&name=A`, own.cookie],
    ] as const)
      assert.equal((await post(site, body, { cookie })).status, 403, body)
  })

  it('§6, T9: refuses what another site sends, even with a token', async () => {
    const { cookie, csrf } = await openForm(site)
    const body = `csrf=${csrf}&name=A`
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: `${site.origin}.evil.example` },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ] as Record<string, string>[])
      assert.equal((await post(site, body, { cookie, ...headers })).status, 403, JSON.stringify(headers))
    assert.equal((await post(site, body, { cookie, 'sec-fetch-site': 'same-origin' })).status, 200)
  })

  it('a token outlives the rotation of the secret keys for as long as the older key is kept', async () => {
    const { cookie, csrf } = await openForm(site)
    const rotated = await openSite({
      port: site.port,
      secretKeys: [new Uint8Array(32).fill(9), ...site.config.secretKeys],
    })
    const stranger = await openSite({ port: site.port, secretKeys: [new Uint8Array(32).fill(9)] })
    try {
      assert.equal((await post(rotated, `csrf=${csrf}&name=A`, { cookie })).status, 200)
      assert.equal((await post(stranger, `csrf=${csrf}&name=A`, { cookie })).status, 403)
    } finally {
      await rotated.close()
      await stranger.close()
    }
  })

  it('the browser’s cookie is out of reach for scripts and other sites', async () => {
    const answer = await site.ask({ path: '/form' })
    const [cookie] = answer.headers['set-cookie']!
    assert.match(cookie!, new RegExp(`^browser-${site.port}=[\\w-]{22};`))
    assert.match(cookie!, /httponly/i)
    assert.match(cookie!, /samesite=lax/i)
    const production = await openSite({ production: true, issuer: 'https://id.example' })
    try {
      const secured = (await production.ask({ path: '/form' })).headers['set-cookie']![0]!
      assert.match(secured, /^__Host-browser=/)
      assert.match(secured, /; secure/i)
      assert.match(secured, /path=\/;/i)
      assert.ok(!/domain=/i.test(secured))
    } finally {
      await production.close()
    }
  })

  it('a page without a form leaves no cookie', async () => {
    const answer = await site.ask({ path: '/nowhere' })
    assert.equal(answer.status, 404)
    assert.equal(answer.headers['set-cookie'], undefined)
  })

  it('a cookie that we never made is replaced, not believed', async () => {
    const answer = await site.ask({ path: '/form', headers: { cookie: `browser-${site.port}={"$gt":""}` } })
    assert.match(answer.headers['set-cookie']![0]!, new RegExp(`^browser-${site.port}=[\\w-]{22};`))
  })
})

describe('bad input gets a clear answer', () => {
  let site: Site
  let browser: { cookie: string; csrf: string }
  before(async () => {
    site = await openSite()
    browser = await openForm(site)
  })
  after(() => site.close())
  const send = (fields: string, headers: Record<string, string> = {}) =>
    post(site, `csrf=${browser.csrf}&${fields}`, { cookie: browser.cookie, accept: 'application/json', ...headers })

  it('§6: operators, arrays, prototypes, NULs and broken escapes can’t be spelled', async () => {
    for (const fields of [
      'name[$ne]=',
      'name[$gt]=',
      'name[]=a&name[]=b',
      'name=a&name=b',
      '$where=1&name=a',
      '__proto__=x&name=a',
      '__proto__[x]=x&name=a',
      'constructor=x&name=a',
      'constructor.prototype=x&prototype=y&name=a',
      'name=a%00b',
      'name=%ff',
      'name=%',
      'csrf=again&name=a',
    ]) {
      const answer = await send(fields)
      assert.equal(answer.status, 400, fields)
      assert.equal((JSON.parse(answer.text) as { error: string }).error, 'form-malformed', fields)
    }
    assert.equal(({} as Record<string, unknown>).x, undefined)
  })

  it('§6: an operator as a value is a text like any other', async () => {
    for (const value of ['{"$gt":""}', '{"$ne":null}', '{"__proto__":{"x":1}}']) {
      const answer = await send(`name=${encodeURIComponent(value)}`)
      assert.deepEqual(JSON.parse(answer.text), { name: value })
    }
  })

  it('takes forms only, no JSON and no files', async () => {
    for (const type of ['application/json', 'multipart/form-data; boundary=x', 'text/plain'])
      assert.equal((await send('name=a', { 'content-type': type })).status, 415, type)
  })

  it('§6: a form of 10 MB is refused before it is read, and its sender can read why', async () => {
    const large = `name=${'a'.repeat(10 * 1024 * 1024)}`
    const announced = await send(large)
    assert.equal(announced.status, 413)
    const { error } = JSON.parse(announced.text) as { error: string }
    assert.equal(error, 'too-large')
    const chunked = await site.ask(
      {
        path: '/form',
        method: 'POST',
        headers: {
          cookie: browser.cookie,
          'content-type': 'application/x-www-form-urlencoded',
          'transfer-encoding': 'chunked',
          accept: 'application/json',
        },
      },
      large,
    )
    assert.equal(chunked.status, 413)
    assert.equal((JSON.parse(chunked.text) as { error: string }).error, 'form-too-large')
    assert.equal((await send('name=still+there')).status, 200)
  })

  it('a thousand fields are no form of ours', async () => {
    const fields = Array.from({ length: 1000 }, (_, i) => `f${i}=1`).join('&')
    assert.equal((await send(fields)).status, 400)
  })
})
