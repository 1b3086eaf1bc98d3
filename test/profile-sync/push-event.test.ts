import assert from 'node:assert/strict'
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'
import { createPush } from '../../src/profile-sync/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'

const delivery = {
  recipient: {
    id: 'arcade',
    name: 'Arcade',
    company: 'games',
    endpoint: 'https://arcade.example/events',
    audience: 'https://arcade.example',
  },
  subject: 'subject-1',
  claims: { given_name: 'Ada', email: null },
  version: '2.7',
  withdrawn: ['birthDate'],
}

describe('an event pushed to a service (RFC 8417, RFC 8935)', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp()
  })
  after(() => app.close())

  const pushed = async (status: number, body: string) => {
    const calls: { url: string; body?: string; headers?: Record<string, string> }[] = []
    const push = createPush({
      issuer: app.issuer,
      company: () => undefined,
      sign: app.features.oidc.sign,
      request: async (call) => {
        calls.push(call)
        return { status, body, headers: {} }
      },
    })
    const outcome = await push(delivery, new AbortController().signal)
    return { outcome, call: calls[0] }
  }

  it('is signed with a key that everybody finds, and says for whom, of whom, what and how new', async () => {
    const { call } = await pushed(202, '')
    assert.equal(call?.url, delivery.recipient.endpoint)
    assert.equal(call?.headers?.['content-type'], 'application/secevent+jwt')
    const keys = createLocalJWKSet((await (await fetch(`${app.issuer}/jwks`)).json()) as JSONWebKeySet)
    const { payload, protectedHeader } = await jwtVerify(call?.body ?? '', keys, {
      issuer: app.issuer,
      audience: delivery.recipient.audience,
      typ: 'secevent+jwt',
    })
    assert.equal(protectedHeader.alg, 'ES256')
    assert.match(payload.jti ?? '', /^[\w-]{22}$/)
    assert.equal(payload.exp, undefined)
    assert.equal(payload.sub, undefined, 'no token of another kind')
    assert.deepEqual(payload.sub_id, { format: 'iss_sub', iss: app.issuer, sub: 'subject-1' })
    const [event] = Object.values(payload.events as Record<string, Record<string, unknown>>)
    assert.deepEqual([event?.claims, event?.version, event?.withdrawn], [delivery.claims, '2.7', ['birthDate']])
  })

  it('counts as taken by nothing but a word of acknowledgement: not by a page, nor by a way elsewhere', async () => {
    const page = '<!doctype html><title>Sign in to the proxy</title>'
    for (const [status, body] of [
      [202, ''],
      [202, 'ok'],
      [204, ''],
      [200, ''],
    ] as const)
      assert.deepEqual((await pushed(status, body)).outcome, { status })
    assert.deepEqual((await pushed(200, page)).outcome, { failed: 'no-202' })
    assert.deepEqual((await pushed(302, '')).outcome, { status: 302 })
    assert.deepEqual((await pushed(400, '{"err":"invalid_key"}')).outcome, { status: 400, why: 'invalid_key' })
    assert.deepEqual((await pushed(400, page)).outcome, { status: 400 })
  })
})
