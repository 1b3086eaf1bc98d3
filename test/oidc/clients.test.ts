import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { decodeProtectedHeader, exportJWK, generateKeyPair, SignJWT } from 'jose'
import * as client from 'openid-client'
import { adjustableClock, minute } from '../../src/lib/clock.ts'
import { createTestBrowser, type Visit } from '../world/browser.ts'
import { aClient, aCompany, aService, declared } from '../world/group.ts'
import { asPerson, aTestOidc, signedIn, type TestOidc } from '../world/oidc.ts'
import { documentOf } from '../world/pages.ts'
import { aRelyingParty } from '../world/relying-party.ts'
import { close, listen } from '../world/server.ts'

describe('clients of every kind', () => {
  let product: TestOidc
  let fetched = 0
  let keys = generateKeyPair('ES256', { extractable: true })
  const jwks = createServer(async (_request, response) => {
    fetched++
    const { publicKey } = await keys
    response.end(JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'ES256', use: 'sig' }] }))
  })
  before(async () => {
    const jwksUri = `http://127.0.0.1:${await listen(jwks)}/jwks`
    product = await aTestOidc({
      companies: (url) => {
        const store = aService('mobile', 'mobile-store', url('mobile-store'))
        const [web] = store.clients
        store.clients = [
          web!,
          { ...web!, id: 'legacy', idTokenAlgorithm: 'RS256' },
          { ...web!, id: 'careful', requirePushedAuthorizationRequests: true },
          { ...web!, id: 'keyed', secret: undefined, jwksUri },
          {
            ...web!,
            id: 'app',
            kind: 'native',
            secret: undefined,
            redirectUris: ['com.example.app:/callback'],
            postLogoutRedirectUris: ['com.example.app:/out'],
          },
          {
            ...web!,
            id: 'claimed',
            kind: 'native',
            secret: undefined,
            redirectUris: ['https://app.example/callback', 'http://127.0.0.1/callback'],
          },
        ]
        const company = declared(aCompany({ id: 'mobile' }), [store])
        company.clients.push(
          aClient({ id: 'keyed-machine', kind: 'machine', secret: undefined, jwksUri, scopes: ['accounts.read'] }),
        )
        return [company]
      },
    })
  })
  after(async () => {
    await product.close()
    await close(jwks)
  })

  const linked = async () => {
    const person = await product.aPerson()
    const account = await product.link(person, 'mobile')
    return { person, account }
  }

  it('O5: an app is opened by a press on its own address: after signing in, with a session, after an error', async () => {
    const { person } = await linked()
    const browser = createTestBrowser()
    const app = await aRelyingParty(product, 'app')
    const opens = (page: Visit): string => {
      assert.equal(page.status, 200)
      assert.equal(page.headers.get('location'), null)
      const href = documentOf(page).querySelector('a#continue')?.getAttribute('href')
      assert.match(href ?? '', /^com\.example\.app:\/callback\?/)
      return href!
    }
    const { visit, asked, pages } = await app.travel(browser, ({ prompt }) =>
      prompt === 'login' ? signedIn(asPerson(person)) : { consented: true },
    )
    assert.ok(pages.includes('login'))
    const page = visit.url.includes('/auth/') ? visit : await browser.visit(visit.next!)
    const first = opens(page)
    const tokens = await app.redeem({ ...page, next: first }, asked)
    assert.ok(tokens.access_token)
    const wrong = await app.request({ response_mode: 'query', scope: 'openid accounts.write' })
    const refused = await browser.follow(wrong.url.href, (url) => url.protocol === 'com.example.app:')
    assert.match(opens(refused), /error=/)
    const silent = await app.request({ prompt: 'none' })
    const answered = await createTestBrowser().visit(silent.url.href)
    assert.match(answered.headers.get('location') ?? '', /^com\.example\.app:.*error=login_required/)
  })

  it('O5: an app is opened by a press on its own address after signing out, by whomever', async () => {
    const { person } = await linked()
    const out = `${product.issuer}/session/end?client_id=app&post_logout_redirect_uri=${encodeURIComponent('com.example.app:/out')}`
    const browser = createTestBrowser()
    const store = await aRelyingParty(product, 'mobile-store')
    await store.travel(browser, () => signedIn(asPerson(person)))
    const asks = await browser.visit(out)
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(asks.text)![1]!
    const done = await browser.submit(`${product.issuer}/session/end/confirm`, { logout: 'yes', xsrf })
    for (const page of [done, await browser.visit(out)]) {
      assert.equal(page.status, 200)
      assert.match(page.text, /<a[^>]*id="continue"[^>]*href="com\.example\.app:\/out"/)
    }
    assert.deepEqual(await product.oidc.sessionsOf(asPerson(person)), [])
  })

  it('C §15.1: ID tokens are RS256 for those who need it, ES256 for all others', async () => {
    const { person } = await linked()
    for (const [id, algorithm] of [
      ['legacy', 'RS256'],
      ['mobile-store', 'ES256'],
    ] as const) {
      const service = await aRelyingParty(product, id)
      const { visit, asked } = await service.travel(createTestBrowser(), () => signedIn(asPerson(person)))
      const tokens = await service.redeem(visit, asked)
      assert.equal(decodeProtectedHeader(tokens.id_token!).alg, algorithm)
    }
  })

  it('§1: a client declared to push its requests can’t go without', async () => {
    const service = await aRelyingParty(product, 'careful')
    const { url } = await service.request()
    const visit = await createTestBrowser().visit(url.href)
    assert.match(visit.next!, /error=invalid_request/)
  })

  it('P1, S2-c: apps with two redirect hosts work, and know people by the account’s own subject', async () => {
    const { person, account } = await linked()
    const service = await aRelyingParty(product, 'claimed')
    const browser = createTestBrowser()
    const { visit, asked } = await service.travel(browser, () => signedIn(asPerson(person)))
    assert.equal((await service.redeem(visit, asked)).claims()!.sub, account.subject)
    const loopback = await service.request({ redirect_uri: 'http://127.0.0.1:49152/callback' })
    const back = await browser.visit(loopback.url.href)
    assert.match(back.next!, /^http:\/\/127\.0\.0\.1:49152\/callback\?code=/)
  })

  it('RFC 8252 §8.6: an app that any other could pose as is confirmed each time; one vouched for is not', async () => {
    const { person } = await linked()
    const [app, claimed] = [await aRelyingParty(product, 'app'), await aRelyingParty(product, 'claimed')]
    const browser = createTestBrowser()
    assert.deepEqual((await app.travel(browser, () => signedIn(asPerson(person)))).pages, ['login'])
    assert.deepEqual((await app.travel(browser, () => ({ consented: true }))).pages, ['consent'])
    assert.deepEqual((await claimed.travel(browser, () => undefined)).pages, [])
  })

  const assertion = async (more: Record<string, unknown> = {}) => {
    const now = Math.floor(Date.now() / 1000)
    const claims = { iss: 'keyed-machine', sub: 'keyed-machine', aud: product.issuer, iat: now, exp: now + 60, ...more }
    return new SignJWT({ jti: crypto.randomUUID(), ...claims })
      .setProtectedHeader({ alg: 'ES256', kid: 'k' })
      .sign((await keys).privateKey)
  }
  const present = async (client_assertion: string) =>
    (
      await fetch(`${product.issuer}/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'client_credentials',
          scope: 'accounts.read',
          resource: `${product.issuer}/scim/mobile`,
          client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
          client_assertion,
        }),
      })
    ).status

  it('CVE-2020-5300: a client’s assertion is good once, also for eight at the same moment', async () => {
    const once = await assertion()
    assert.equal(await present(once), 200)
    assert.equal(await present(once), 401)
    const raced = await assertion()
    const answers = await Promise.all(Array.from({ length: 8 }, () => present(raced)))
    assert.deepEqual(answers.filter((status) => status === 200).length, 1)
  })

  it('A 10.4.16: an assertion names this provider alone, and is short', async () => {
    assert.equal(await present(await assertion({ aud: `${product.issuer}/token` })), 401)
    assert.equal(await present(await assertion({ aud: [product.issuer, 'https://evil.example'] })), 401)
    assert.equal(await present(await assertion({ exp: Math.floor(Date.now() / 1000) + 3600 })), 401)
    assert.equal(await present(await assertion({ iss: 'mobile-store', sub: 'mobile-store' })), 401)
  })

  it('P11: reads a client’s keys once for many requests', async () => {
    fetched = 0
    const [one, two] = await Promise.all([assertion(), assertion()])
    await Promise.all([present(one), present(two)])
    await present(await assertion())
    assert.ok(fetched <= 1)
  })

  it('R5: a key that a client has just begun to sign with is taken, though its keys were read a minute ago', async () => {
    const clock = adjustableClock()
    const taken = await present(await assertion())
    try {
      clock.advance(minute)
      keys = generateKeyPair('ES256', { extractable: true })
      assert.equal(await present(await assertion()), taken)
    } finally {
      clock.reset()
    }
  })

  it('Z5, CVE-2026-7504, CVE-2024-8883, CVE-2024-52289: redirect addresses are matched as they are written', async () => {
    const service = await aRelyingParty(product, 'mobile-store')
    const exact = service.redirectUri
    const variants = [
      `${exact}/`,
      `${exact}?x=1`,
      `${exact}#x`,
      `${exact}/../callback`,
      exact.replace('http:', 'HTTP:'),
      exact.replace('http:', 'https:'),
      exact.replace('localhost', 'localhost.'),
      exact.replace('localhost', 'LOCALHOST'),
      exact.replace('localhost', 'localhost@evil.example'),
      exact.replace('http://', 'http://evil.example@'),
      exact.replace('http://', 'http://a@@'),
      exact.replace(/:\d+/, ':1'),
      exact.replace('/callback', '/%63allback'),
      exact.replace('/callback', '//callback'),
      exact.replace('/callback', '/..;/callback'),
      exact.replace('/callback', '\\callback'),
      ` ${exact}`,
      `${exact} `,
      `${exact}%20`,
      `${exact}%00`,
      `${exact}%0d%0aset-cookie:a=b`,
      `${exact}?`,
      `${exact}&x=1`,
      `${exact};x`,
      `${exact}.evil.example`,
      `${exact.replace(/\/callback$/, '')}/`,
      exact.replace(/\/callback$/, '/./callback'),
      exact.replace(/\/callback$/, '/x/../callback'),
      exact.replace(/\/callback$/, '/%2e%2e/callback'),
      exact.replace(/\/callback$/, '/CALLBACK'),
      exact.replace('localhost', '127.0.0.1'),
      exact.replace('localhost', '[::1]'),
      exact.replace('localhost', 'localhost.evil.example'),
      exact.replace('localhost', 'ｌocalhost'),
      exact.replace('localhost', 'evil.example\\@localhost'),
      exact.replace('localhost', 'evil.example#@localhost'),
      exact.replace('localhost', 'localhost%40evil.example'),
      exact.replace('http://', 'http:///'),
      exact.replace('http://', 'http:'),
      exact.replace('http://', '//'),
      'vbscript:x',
      'com.example.app:/callback',
      'javascript:alert(1)',
      'JavaScript:alert(1)',
      'data:text/html,x',
      '//evil.example/callback',
      '/callback',
    ]
    assert.ok(new Set(variants).size >= 40)
    for (const redirect_uri of variants) {
      const { url } = await service.request({ redirect_uri })
      const visit = await createTestBrowser().visit(url.href)
      assert.deepEqual([visit.status, visit.next], [400, undefined], redirect_uri)
    }
  })

  it('P11: a client that was taken out of the configuration stays known, and can do nothing', async () => {
    const { person } = await linked()
    const service = await aRelyingParty(product, 'mobile-store')
    const { visit, asked } = await service.travel(createTestBrowser(), () => signedIn(asPerson(person)))
    const tokens = await service.redeem(visit, asked)
    const later = await aTestOidc({
      database: product.database,
      companies: (url) => [
        declared(aCompany({ id: 'mobile' }), [aService('mobile', 'mobile-cloud', url('mobile-cloud'))]),
      ],
    })
    const cloud = await aRelyingParty(later, 'mobile-cloud')
    assert.deepEqual(await client.tokenIntrospection(cloud.config, tokens.access_token), { active: false })
    const { url } = await service.request()
    const there = url.href.replace(product.issuer, later.issuer)
    assert.equal((await createTestBrowser().visit(there)).status, 400)
    const userinfo = await fetch(`${later.issuer}/me`, { headers: { authorization: `Bearer ${tokens.access_token}` } })
    assert.equal(userinfo.status, 401)
    await later.close()
  })
})
