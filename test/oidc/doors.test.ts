import assert from 'node:assert/strict'
import * as client from 'openid-client'
import { createTestBrowser, handedOver } from '../world/browser.ts'
import { asPerson, aTestOidc, signedIn, type TestOidc } from '../world/oidc.ts'
import { aRelyingParty } from '../world/relying-party.ts'

describe('what a client may ask for', () => {
  let product: TestOidc
  before(async () => {
    product = await aTestOidc()
  })
  after(() => product.close())

  const scim = (company: string) => `${product.issuer}/scim/${company}`
  const errorAt = async (id: string, more: Record<string, string>) => {
    const service = await aRelyingParty(product, id)
    const asked = await service.request(more)
    return handedOver(await createTestBrowser().visit(asked.url.href)).get('error')
  }

  describe('P6: scopes pass one gate at every door', () => {
    it('refuses at the authorization endpoint a scope of the group that the company may not have', async () => {
      assert.equal(await errorAt('games-arcade', { scope: 'openid phone' }), 'invalid_scope')
      assert.equal(await errorAt('pictures-cinema', { scope: 'openid address' }), 'invalid_scope')
      assert.equal(await errorAt('mobile-store', { scope: 'openid accounts.write' }), 'invalid_scope')
    })

    it('refuses it in a pushed request', async () => {
      const service = await aRelyingParty(product, 'games-arcade')
      const asked = await service.request({ scope: 'openid phone' })
      const pushed = client.buildAuthorizationUrlWithPAR(
        service.config,
        Object.fromEntries([...asked.url.searchParams].filter(([name]) => name !== 'client_id')),
      )
      await assert.rejects(pushed, { error: 'invalid_scope' })
    })

    it('refuses it to a machine, and gives no token without a scope or without a resource', async () => {
      const machine = await aRelyingParty(product, 'games-machine')
      const grant = (parameters: Record<string, string>) => client.clientCredentialsGrant(machine.config, parameters)
      await assert.rejects(grant({ scope: 'openid', resource: scim('games') }), { error: 'invalid_scope' })
      await assert.rejects(grant({ resource: scim('games') }), { error: 'invalid_scope' })
      await assert.rejects(grant({ scope: 'accounts.write' }), { error: 'invalid_target' })
    })

    it('ignores a word that nobody declared', async () => {
      const person = await product.aPerson()
      await product.link(person, 'games')
      const service = await aRelyingParty(product, 'games-arcade')
      const { visit, asked } = await service.travel(createTestBrowser(), () => signedIn(asPerson(person)), {
        scope: 'openid profile whatever',
      })
      const tokens = await service.redeem(visit, asked)
      assert.equal(tokens.scope, 'openid profile')
    })

    it('a refresh may ask for less, never for what was not granted, and a refused one is not spent', async () => {
      const person = await product.aPerson()
      await product.link(person, 'games')
      const service = await aRelyingParty(product, 'games-arcade')
      const { visit, asked } = await service.travel(createTestBrowser(), () => signedIn(asPerson(person)))
      const tokens = await service.redeem(visit, asked)
      const refresh = (scope: string) => client.refreshTokenGrant(service.config, tokens.refresh_token!, { scope })
      await assert.rejects(refresh('openid phone'), { error: 'invalid_scope' })
      await assert.rejects(refresh('openid address'), { error: 'invalid_scope' })
      assert.equal((await refresh('openid')).scope, 'openid')
    })
  })

  describe('P3, P12: tokens for APIs', () => {
    const asBearer = { scheme: 'bearer', proof: '', method: 'GET', path: '/' }

    it('gives a machine a JWT for its own company’s API, which the API takes for what it is', async () => {
      const machine = await aRelyingParty(product, 'games-machine')
      const { access_token } = await client.clientCredentialsGrant(machine.config, {
        scope: 'accounts.write',
        resource: scim('games'),
      })
      assert.deepEqual(await product.oidc.verifyCompanyToken(access_token, asBearer), {
        company: 'games',
        audience: scim('games'),
        scopes: ['accounts.write'],
        clientId: 'games-machine',
        misshown: undefined,
      })
      const [header, payload, signature] = access_token.split('.')
      const forged = JSON.parse(Buffer.from(payload!, 'base64url').toString())
      forged.aud = scim('mobile')
      const body = Buffer.from(JSON.stringify(forged)).toString('base64url')
      assert.equal(await product.oidc.verifyCompanyToken(`${header}.${body}.${signature}`, asBearer), undefined)
    })

    it('RFC 8725: no other kind of our own JWTs passes for a company’s token', async () => {
      const about = { iss: product.issuer, aud: scim('games'), client_id: 'games-machine', sub: 'games-machine' }
      const now = Math.floor(Date.now() / 1000)
      const claims = { ...about, iat: now, exp: now + 60, scope: 'accounts.write' }
      for (const typ of ['JWT', 'logout+jwt', 'secevent+jwt'])
        assert.equal(
          await product.oidc.verifyCompanyToken(await product.oidc.sign(claims, { typ }), asBearer),
          undefined,
        )
      const ours = await product.oidc.sign(claims, { typ: 'at+jwt' })
      assert.equal((await product.oidc.verifyCompanyToken(ours, asBearer))?.company, 'games')
      const foreign = await product.oidc.sign(
        { ...claims, client_id: 'mobile-machine', sub: 'mobile-machine' },
        { typ: 'at+jwt' },
      )
      assert.equal(await product.oidc.verifyCompanyToken(foreign, asBearer), undefined)
    })

    it('P2: another company’s API is invalid_target, with and without anybody signed in', async () => {
      const machine = await aRelyingParty(product, 'games-machine')
      const foreign = client.clientCredentialsGrant(machine.config, {
        scope: 'accounts.read',
        resource: scim('mobile'),
      })
      await assert.rejects(foreign, { error: 'invalid_target' })
      assert.equal(await errorAt('games-arcade', { resource: scim('mobile') }), 'invalid_target')
      assert.equal(await errorAt('games-arcade', { resource: scim('mobile'), prompt: 'none' }), 'invalid_target')
      assert.equal(await errorAt('games-arcade', { resource: 'https://elsewhere.example/' }), 'invalid_target')
    })
  })

  describe('Z7: introspection', () => {
    const held = async (id: string, company: string) => {
      const person = await product.aPerson()
      const account = await product.link(person, company)
      const service = await aRelyingParty(product, id)
      const { visit, asked } = await service.travel(createTestBrowser(), () => signedIn(asPerson(person)))
      return { account, tokens: await service.redeem(visit, asked) }
    }
    const ask = async (id: string, token: string) =>
      client.tokenIntrospection((await aRelyingParty(product, id)).config, token)

    it('answers clients of the token’s company, with the company’s own subject', async () => {
      const { account, tokens } = await held('mobile-store', 'mobile')
      for (const id of ['mobile-store', 'mobile-cloud']) {
        const answer = await ask(id, tokens.access_token)
        assert.equal(answer.active, true)
        assert.equal(answer.sub, account.subject)
      }
    })

    it('answers no client of another company, no partner application, and nobody about a refresh token but its own', async () => {
      const { tokens } = await held('games-arcade', 'games')
      for (const id of ['mobile-store', 'pictures-cinema', 'leaderboard'])
        assert.deepEqual(await ask(id, tokens.access_token), { active: false })
      const { tokens: mobile } = await held('mobile-store', 'mobile')
      assert.equal((await ask('mobile-store', mobile.refresh_token!)).active, true)
      assert.deepEqual(await ask('mobile-cloud', mobile.refresh_token!), { active: false })
    })
  })
})
