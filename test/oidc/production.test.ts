import assert from 'node:assert/strict'
import request from 'supertest'
import { asPerson, aTestOidc, signedIn, type TestOidc } from '../support/oidc.ts'

const issuer = 'https://id.example'

describe('in production, behind a proxy that ends TLS', () => {
  let product: TestOidc
  before(async () => {
    product = await aTestOidc({ config: { production: true, issuer } })
  })
  after(() => product.close())

  const at = (path: string) => request(product.server).get(path).set('Host', 'id.example')
  const cookiesOf = (response: request.Response): string[] =>
    ((response.headers['set-cookie'] as unknown as string[] | undefined) ?? []).filter(
      (cookie) => !cookie.includes('1970'),
    )
  const sent = (cookies: string[]) => cookies.map((cookie) => cookie.split(';')[0]).join('; ')

  it('Z2: every address is the issuer’s, and another host is not answered', async () => {
    const { body } = await at('/.well-known/openid-configuration').expect(200)
    for (const [name, address] of Object.entries(body as Record<string, string>))
      if (/_endpoint$|_uri$/.test(name)) assert.ok(address.startsWith(`${issuer}/`), name)
    await request(product.server).get('/.well-known/openid-configuration').set('Host', 'evil.example').expect(421)
  })

  it('P8, A 3.3: session cookies are `__Host-`, those of one sign-in `__Secure-`; all are Secure', async () => {
    const person = await product.aPerson()
    await product.link(person, 'mobile')
    const { client } = product.config.group.clients.get('mobile-store')!
    const query = new URLSearchParams({
      client_id: client.id,
      redirect_uri: client.redirectUris[0]!,
      response_type: 'code',
      scope: 'openid',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
    })
    const begun = await at(`/auth?${query}`).expect(303)
    const page = begun.headers.location!
    const cookies = cookiesOf(begun)
    for (const name of ['__Secure-interaction=', '__Secure-resume='])
      assert.ok(
        cookies.some((cookie) => cookie.startsWith(name)),
        name,
      )
    const finished = await request(product.server)
      .post(page)
      .set('Host', 'id.example')
      .set('Cookie', sent(cookies))
      .type('form')
      .send({ result: JSON.stringify(signedIn(asPerson(person))) })
      .expect(200)
    const resume = /url=([^"]+)"/.exec(finished.text)![1]!
    const back = await at(resume)
      .set('Cookie', sent([...cookies, ...cookiesOf(finished)]))
      .expect(303)
    assert.ok(back.headers.location!.startsWith(client.redirectUris[0]!))
    const session = cookiesOf(back).find((cookie) => cookie.startsWith('__Host-session='))!
    assert.match(session, /path=\/;/)
    assert.doesNotMatch(session, /domain=/i)
    for (const cookie of [...cookies, ...cookiesOf(back)]) assert.match(cookie, /secure/i, cookie)
    const shown = await at('/account/session').set('Cookie', sent(cookiesOf(back)))
    assert.deepEqual((shown.body as { principal?: unknown }).principal, asPerson(person))
  })
})
