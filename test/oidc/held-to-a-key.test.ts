import assert from 'node:assert/strict'
import { clientSecret } from '../../src/config/settings.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { aProof, aProofKey } from '../world/fapi-client.ts'
import { aCompany, aService, declared } from '../world/group.ts'
import { aTokenClient } from '../world/tokens.ts'
import { asTyped, aTraveller } from '../world/traveller.ts'

describe('a client that is held to a key of its own from now on (O14)', () => {
  let app: TestApp
  let held: Set<string>
  beforeEach(async () => {
    held = new Set()
    const at = (company: string, id: string) => {
      const scopes = ['openid', 'profile', 'email', 'offline_access']
      const made = declared(aCompany({ id: company }), [
        aService(company, id, `https://${id}.example`, { scopes, events: undefined }),
      ])
      // As a reload takes it, and takes it back.
      for (const client of [...made.services.flatMap(({ clients }) => clients), ...made.clients])
        Object.defineProperty(client, 'requireDpop', { get: () => held.has(client.id), enumerable: true })
      return made
    }
    const companies = [at('mobile', 'mobile-store'), at('games', 'games-arcade')]
    app = await aTestApp({ config: { companies } as object })
  })
  afterEach(() => app.close())

  const basic = (id: string) => ({ authorization: `Basic ${btoa(`${id}:${clientSecret(app.config, id)}`)}` })
  const isActive = async (token: string, asker: string): Promise<boolean> => {
    const answer = await fetch(`${app.issuer}/token/introspection`, {
      method: 'POST',
      headers: basic(asker),
      body: new URLSearchParams({ token }),
    })
    assert.equal(answer.status, 200)
    return ((await answer.json()) as { active: boolean }).active
  }

  it('O14: is refused at once with a person’s token that it got without one, and goes on with a proof', async () => {
    const person = await app.aPerson({ links: ['mobile'] })
    const traveller = aTraveller(app)
    const client = aTokenClient(app)
    const tokens = await client.redeemed(
      'mobile-store',
      await traveller.act(await traveller.go('mobile-store'), '', asTyped(person)),
    )
    const { access_token: token = '', refresh_token = '' } = tokens
    const told = async () => [
      await client.userinfo(tokens),
      await isActive(token, 'mobile-store'),
      await isActive(token, 'mobile-machine'),
    ]
    assert.deepEqual(await told(), [200, true, true])
    held.add('mobile-store')
    assert.deepEqual(await told(), [401, false, false])
    assert.equal(await isActive(refresh_token, 'mobile-store'), true)

    const key = await aProofKey()
    const proof = (method: string, path: string, token?: string) =>
      aProof(key, { method, at: app.issuer + path, token })
    const refreshed = await fetch(`${app.issuer}/token`, {
      method: 'POST',
      headers: { ...basic('mobile-store'), dpop: await proof('POST', '/token') },
      body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token }),
    })
    const { access_token: bound = '' } = (await refreshed.json()) as { access_token?: string }
    const headers = { authorization: `DPoP ${bound}`, dpop: await proof('GET', '/me', bound) }
    assert.equal((await fetch(`${app.issuer}/me`, { headers })).status, 200)
    assert.equal(await isActive(bound, 'mobile-store'), true)

    held.clear()
    assert.deepEqual(await told(), [200, true, true])
  })

  it('O14: is refused at once with a machine’s token that it got without one, at each of its company’s doors', async () => {
    const person = await app.aPerson({ links: ['games'] })
    const { subject } = await app.account(person.accounts.games!)
    const audience = `${app.issuer}/audience/games`
    const tokens = {
      scim: await app.companyToken('games', 'accounts.read'),
      audience: await app.companyToken('games', 'audience.read', audience),
    }
    const question = {
      subject: { type: 'user', id: subject },
      action: { name: 'marketing' },
      resource: { type: 'channel', id: 'email' },
    }
    const ask = async (url: string, token: string, body?: object) => {
      const answer = await fetch(url, {
        method: body ? 'POST' : 'GET',
        headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
        ...(body && { body: JSON.stringify(body) }),
      })
      await answer.text()
      return answer.status
    }
    const told = async () => [
      await ask(`${app.issuer}/scim/games/Users/${subject}`, tokens.scim),
      await ask(`${audience}/evaluation`, tokens.audience, question),
      await ask(`${audience}/changes`, tokens.audience),
      await isActive(tokens.scim, 'games-machine'),
      await isActive(tokens.audience, 'games-arcade'),
    ]
    assert.deepEqual(await told(), [200, 200, 200, true, true])
    held.add('games-machine')
    assert.deepEqual(await told(), [401, 401, 401, false, false])
    held.clear()
    assert.deepEqual(await told(), [200, 200, 200, true, true])
  })
})
