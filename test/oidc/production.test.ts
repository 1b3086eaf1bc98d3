import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { CookieJar } from 'tough-cookie'
import { request } from 'undici'
import { anAuthorization } from '../world/browser.ts'
import { asPerson, aTestOidc, signedIn, type TestOidc } from '../world/oidc.ts'

const issuer = 'https://id.example'

describe('in production, behind a proxy that ends TLS', () => {
  let product: TestOidc
  before(async () => {
    product = await aTestOidc({ config: { production: true, issuer } })
  })
  after(() => product.close())

  /** What the proxy passes on, and a browser beyond it that keeps the cookies. */
  const beyondTheProxy = () => {
    const jar = new CookieJar()
    const set: string[] = []
    return {
      jar,
      /** Every cookie that was set, and not to be gone at once. */
      set,
      ask: async (path: string, form?: Record<string, string>, host = 'id.example') => {
        const address = new URL(path, `https://${host}`)
        const cookie = await jar.getCookieString(address.href)
        const sent = form && new URLSearchParams(form).toString()
        const { port } = product.server.address() as AddressInfo
        const { statusCode, headers, body } = await request(
          `http://localhost:${port}${address.pathname}${address.search}`,
          {
            method: form ? 'POST' : 'GET',
            headers: { host, cookie, ...(form && { 'content-type': 'application/x-www-form-urlencoded' }) },
            ...(sent && { body: sent }),
          },
        )
        for (const each of [headers['set-cookie'] ?? []].flat()) {
          await jar.setCookie(each, address.href)
          if (!each.includes('1970')) set.push(each)
        }
        return { status: statusCode, location: String(headers.location), text: await body.text() }
      },
    }
  }

  it('Z2: every address is the issuer’s, and another host is not answered', async () => {
    const { ask } = beyondTheProxy()
    const found = await ask('/.well-known/openid-configuration')
    assert.equal(found.status, 200)
    for (const [name, address] of Object.entries(JSON.parse(found.text) as Record<string, string>))
      if (/_endpoint$|_uri$/.test(name)) assert.ok(address.startsWith(`${issuer}/`), name)
    assert.equal((await ask('/.well-known/openid-configuration', undefined, 'evil.example')).status, 421)
  })

  it('P8, A 3.3: session cookies are `__Host-`, those of one sign-in `__Secure-`; all are Secure', async () => {
    const person = await product.aPerson()
    await product.link(person, 'mobile')
    const { client } = product.config.group.clients.get('mobile-store')!
    const { ask, jar, set } = beyondTheProxy()
    const begun = await ask(`/auth?${anAuthorization(client.id, client.redirectUris[0]!)}`)
    assert.equal(begun.status, 303)
    for (const name of ['__Secure-interaction=', '__Secure-resume='])
      assert.ok(
        set.some((cookie) => cookie.startsWith(name)),
        name,
      )
    const finished = await ask(begun.location, { result: JSON.stringify(signedIn(asPerson(person))) })
    assert.equal(finished.status, 200)
    const back = await ask(/url=([^"]+)"/.exec(finished.text)![1]!)
    assert.equal(back.status, 303)
    assert.ok(back.location.startsWith(client.redirectUris[0]!))
    const session = set.find((cookie) => cookie.startsWith('__Host-session='))!
    assert.match(session, /path=\/;/)
    assert.doesNotMatch(session, /domain=/i)
    for (const cookie of set) assert.match(cookie, /secure/i, cookie)
    assert.deepEqual(await jar.getCookies('http://id.example/account/session'), [], 'nothing goes out unencrypted')
    const shown = await ask('/account/session')
    assert.deepEqual((JSON.parse(shown.text) as { principal?: unknown }).principal, asPerson(person))
  })
})
