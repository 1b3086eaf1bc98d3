import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { openSite, type Site } from './site.ts'

describe("only the issuer's host is answered", () => {
  let site: Site
  before(async () => {
    site = await openSite({}, (router) => {
      router.get('/where', (ctx) => {
        ctx.body = { href: ctx.href, origin: ctx.origin, secure: ctx.secure, forwarded: ctx.get('x-forwarded-host') }
      })
      router.get('/health/live', (ctx) => {
        ctx.body = 'alive'
      })
    })
  })
  after(() => site.close())

  it('Z2: a forged Host is misdirected, whatever it asks for', async () => {
    for (const host of [
      'evil.example',
      `localhost:${site.port}.evil.example`,
      'localhost:1',
      `localhost:${site.port}@evil.example`,
      '',
    ])
      for (const path of ['/where', '/.well-known/openid-configuration', '/assets/base.css'])
        assert.equal((await site.ask({ path, headers: { host } })).status, 421, `${host} ${path}`)
  })

  it('R11: who is misdirected is told what to set: ISSUER, or an issuer without a slash at its end', async () => {
    const host = await site.ask({ path: '/where', headers: { host: 'elsewhere.example' } })
    assert.match(host.text, /set ISSUER to the address that people open/)
    assert.ok(host.text.includes(site.origin))
    const slashes = await site.ask({ path: '//where' })
    assert.equal(slashes.status, 421)
    assert.match(slashes.text, /two where an issuer was written with one at its end: write http:/)
  })

  it('Z2, CVE-2023-49097: forwarded headers change nothing of what is answered', async () => {
    const plain = await site.ask({ path: '/where' })
    assert.equal(plain.status, 200)
    for (const [name, value] of [
      ['x-forwarded-host', 'evil.example'],
      ['x-forwarded-proto', 'https'],
      ['x-forwarded-port', '444'],
      ['forwarded', 'host=evil.example;proto=https'],
      ['x-original-host', 'evil.example'],
      ['x-original-url', '/elsewhere'],
      ['x-http-method-override', 'DELETE'],
    ] as const) {
      const answer = await site.ask({ path: '/where', headers: { [name]: value } })
      assert.equal(answer.status, 200, name)
      assert.equal(answer.text, plain.text, name)
    }
  })

  it('Z2: a target that brings a host of its own is misdirected', async () => {
    for (const target of ['http://evil.example/where', '//evil.example/where', '/\\evil.example/where']) {
      const answer = await raw(
        site,
        `GET ${target} HTTP/1.1\r\nHost: localhost:${site.port}\r\nConnection: close\r\n\r\n`,
      )
      assert.match(answer, /^HTTP\/1\.1 421 /, target)
    }
  })

  it('Z2: behind a proxy every address is the issuer’s, scheme and all', async () => {
    const behind = await openSite({ issuer: 'https://id.example' }, (router) => {
      router.get('/where', (ctx) => {
        ctx.body = { href: ctx.href, secure: ctx.secure }
      })
    })
    try {
      const answer = await behind.ask({ path: '/where?a=b' })
      assert.deepEqual(JSON.parse(answer.text), { href: 'https://id.example/where?a=b', secure: true })
      assert.equal((await behind.ask({ path: '/where', headers: { host: 'ID.example:443' } })).status, 200)
      assert.equal((await behind.ask({ path: '/where', headers: { host: 'id.example:8443' } })).status, 421)
    } finally {
      await behind.close()
    }
  })

  it('a probe may ask for health by address', async () => {
    assert.equal((await site.ask({ path: '/health/live', headers: { host: `127.0.0.1:${site.port}` } })).text, 'alive')
  })
})

const raw = (site: Site, text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect(site.port, '127.0.0.1', () => socket.write(text))
    socket.on('data', (chunk) => {
      answer += chunk
    })
    socket.on('close', () => resolve(answer))
    socket.on('error', reject)
  })
