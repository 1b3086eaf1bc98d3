import assert from 'node:assert/strict'
import { get } from 'node:http'
import * as client from 'openid-client'
import { demoPerson } from '../journeys/walk.ts'
import { documentOf, fieldsOf, formsOf, readable, testIds } from '../world/pages.ts'
import { type Product, startProduct } from '../world/product.ts'
import { aVisitor } from '../world/visitor.ts'

describe('the demonstration’s services and spare clients', function () {
  this.timeout(120_000)
  let product: Product
  before(async () => {
    product = await startProduct()
  })
  after(() => product?.close())

  const spare = (company: string, device: boolean) => {
    const found = product.demo.clients.find((each) => each.company === company && each.device === device)
    assert.ok(found)
    return found
  }
  const discovered = ({ clientId, clientSecret }: { clientId: string; clientSecret: string }) =>
    client.discovery(
      new URL(product.issuer),
      clientId,
      { id_token_signed_response_alg: 'ES256' },
      client.ClientSecretBasic(clientSecret),
      { execute: [client.allowInsecureRequests] },
    )

  it('H28: answer by their own name only: one of somebody else’s that leads to them is refused', async () => {
    for (const { url } of [...product.demo.companies.flatMap(({ services }) => services), ...product.demo.partners])
      for (const path of ['/', '/dev/received', '/dev/fault', '/health']) {
        const own = new URL(url)
        for (const [host, status] of [
          ['rebound.example', 421],
          [`rebound.example:${own.port}`, 421],
          [`127.0.0.1:${own.port}`, 421],
          [own.host, 200],
        ] as const)
          assert.equal(await statusAt(own.port, path, host), status, `${url}${path} as ${host}`)
      }
  })

  const statusAt = (port: string, path: string, host: string): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      get({ host: '127.0.0.1', port, path, headers: { host } }, (answer) => {
        answer.resume()
        resolve(answer.statusCode)
      }).on('error', reject)
    })

  it('sign somebody in in eight tabs at once, and out of all of them from another service', async () => {
    const visitor = aVisitor(product.issuer)
    const { email, password } = demoPerson(product, ['mobile', 'games'])
    await visitor.signIn({ email, password })
    const [arcade, store] = [product.service('games-arcade'), product.service('mobile-store')]
    await product.post(`${arcade}/dev/reset`)
    await visitor.follow(`${arcade}/sign-in`, () => false)
    const tabs = await Promise.all(Array.from({ length: 8 }, () => visitor.follow(`${arcade}/sign-in`, () => false)))
    for (const tab of tabs)
      assert.equal(JSON.parse(testIds(tab, 'claims')[0] ?? '{}').email, email, testIds(tab, 'error').join())
    const there = await visitor.follow(`${store}/sign-in`, () => false)
    assert.equal(testIds(there, 'claims').length, 1)

    let page = await visitor.follow(`${store}/sign-out`, () => false)
    const action = formsOf(page).find((each) => each.action.includes('end'))?.action
    if (action)
      page = await visitor.submit(new URL(action, product.issuer).href, { ...fieldsOf(page, action), logout: 'yes' })
    await product.idle()
    assert.deepEqual(testIds(await visitor.visit(arcade), 'claims'), [])
    const told = (await product.received(arcade)).filter(({ kind }) => kind === 'logout')
    assert.equal(told.length, 1, 'one session ended there, however many tabs showed it')
  })

  it('speak three languages, and the one that somebody chose there goes with them into the sign-in', async () => {
    const store = product.service('mobile-store')
    const visitor = aVisitor(product.issuer)
    const spoken = (page: { text: string }) => documentOf(page).getAttribute('lang')
    const inSwedish = { headers: { 'accept-language': 'sv-SE, en;q=0.5' } }
    assert.equal(spoken(await visitor.visit(store, inSwedish)), 'en', 'nobody chose yet')
    assert.equal(spoken(await visitor.visit(`${store}/?lang=xx`)), 'en')
    const { next } = await visitor.visit(`${store}/sign-in`, inSwedish)
    assert.ok(!next?.includes('ui_locales'), 'what was chosen at the sign-in before holds')
    const swedish = await visitor.visit(`${store}/?lang=sv`)
    assert.equal(spoken(swedish), 'sv')
    assert.match(readable(swedish), /Logga in .*Tsukimori Mobile K.K. är personuppgiftsansvarig/)

    assert.equal(spoken(await visitor.visit(`${store}/?lang=ja`, inSwedish)), 'ja')
    assert.equal(spoken(await visitor.visit(`${store}/nowhere`, inSwedish)), 'ja', 'it is remembered')
    assert.equal(spoken(await visitor.follow(`${store}/sign-in`, () => false)), 'ja')
  })

  it('let a foreign program sign somebody in and refresh, with nothing but demo.json', async () => {
    const own = spare('games', false)
    const config = await discovered(own)
    const [verifier, state] = [client.randomPKCECodeVerifier(), client.randomState()]
    const to = client.buildAuthorizationUrl(config, {
      redirect_uri: own.redirectUri ?? '',
      scope: 'openid profile email',
      state,
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    })
    const visitor = aVisitor(product.issuer)
    const { email, password } = demoPerson(product, ['mobile', 'games'])
    await visitor.signIn({ email, password })
    const last = await visitor.follow(to.href, (url) => url.href.startsWith(own.redirectUri ?? ''))
    const tokens = await client.authorizationCodeGrant(config, new URL(last.next ?? ''), {
      pkceCodeVerifier: verifier,
      expectedState: state,
    })
    const sub = tokens.claims()?.sub ?? ''
    assert.equal((await client.fetchUserInfo(config, tokens.access_token, sub)).email, email)
    if (tokens.refresh_token) {
      const next = await client.refreshTokenGrant(config, tokens.refresh_token)
      assert.equal((await client.fetchUserInfo(config, next.access_token, sub)).email, email)
      await assert.rejects(client.refreshTokenGrant(config, tokens.refresh_token), { error: 'invalid_grant' })
    }
  })

  it('let a television show a code, whose owner allows it on a phone', async () => {
    const config = await discovered(spare('games', true))
    const shown = await client.initiateDeviceAuthorization(config, { scope: 'openid profile email' })
    const picture = await fetch(`${product.issuer}/device/code.svg?user_code=${shown.user_code}`)
    assert.match(picture.headers.get('content-type') ?? '', /svg/)

    const visitor = aVisitor(product.issuer)
    const { email, password } = demoPerson(product, ['mobile', 'games'])
    await visitor.signIn({ email, password })
    const xsrf = (text: string) => /name="xsrf" value="([^"]+)"/.exec(text)?.[1] ?? ''
    const asked = await visitor.visit(shown.verification_uri)
    const confirm = await visitor.submit(`${product.issuer}/device`, {
      xsrf: xsrf(asked.text),
      user_code: shown.user_code,
    })
    const allowed = await visitor.submit(`${product.issuer}/device`, {
      xsrf: xsrf(confirm.text),
      user_code: shown.user_code,
      confirm: 'yes',
    })
    if (allowed.next) await visitor.follow(allowed.next, () => false)
    await product.post('/dev/clock', { advance: 'PT10S' })
    const tokens = await client.genericGrantRequest(config, 'urn:ietf:params:oauth:grant-type:device_code', {
      device_code: shown.device_code,
    })
    const { access_token, id_token } = tokens
    const { sub } = JSON.parse(Buffer.from(id_token?.split('.')[1] ?? '', 'base64url').toString()) as { sub: string }
    assert.equal((await client.fetchUserInfo(config, access_token, sub)).email, email)
  })
})
