import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import { exportJWK, type GenerateKeyPairResult, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { createReceiver } from '../../scripts/demonstration/receiver.ts'
import { close, listen } from '../world/server.ts'

const issuer = 'https://sign-in.example'
const change = 'https://schemas.openid.net/secevent/caep/event-type/token-claims-change'
const logout = 'http://schemas.openid.net/event/backchannel-logout'

describe('what a service believes of what it is told', () => {
  let server: Server
  let url: string
  let receiver: ReturnType<typeof createReceiver>
  let changes: [subject: string, claims: Record<string, unknown>, version: string][]
  let ended: { sid?: string; sub?: string }[]
  let own: GenerateKeyPairResult['privateKey']
  let stranger: GenerateKeyPairResult['privateKey']
  let count = 0

  before(async () => {
    const pair = await generateKeyPair('ES256')
    own = pair.privateKey
    stranger = (await generateKeyPair('ES256')).privateKey
    const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'key', alg: 'ES256' }
    server = createServer((request, response) => {
      if (request.url === '/jwks') return void response.end(JSON.stringify({ keys: [jwk] }))
      let body = ''
      request.on('data', (chunk) => {
        body += chunk
      })
      request.on('end', () => void receiver[request.url === '/events' ? 'event' : 'logout'](response, body))
    })
    url = `http://127.0.0.1:${await listen(server)}`
  })
  after(() => close(server))

  beforeEach(() => {
    changes = []
    ended = []
    receiver = createReceiver({
      issuer,
      audience: { events: 'https://arcade.example', logouts: 'arcade' },
      jwksUri: `${url}/jwks`,
      changed: (...told) => changes.push(told),
      signedOut: (who) => ended.push(who),
    })
  })

  const signed = (payload: JWTPayload, typ: string, key = own): Promise<string> =>
    new SignJWT({ iss: issuer, jti: `token ${count++}`, ...payload })
      .setIssuedAt()
      .setProtectedHeader({ alg: 'ES256', kid: 'key', typ })
      .sign(key)
  const send = (path: string, body: string | URLSearchParams): Promise<Response> =>
    fetch(url + path, { method: 'POST', body })

  const anEvent = (more: JWTPayload = {}, version = '1.1', givenName = 'Ada'): JWTPayload => ({
    aud: 'https://arcade.example',
    sub_id: { format: 'iss_sub', iss: issuer, sub: 'ada' },
    events: { [change]: { claims: { given_name: givenName }, version } },
    ...more,
  })
  const tell = async (payload: JWTPayload, typ = 'secevent+jwt', key = own): Promise<number> =>
    (await send('/events', await signed(payload, typ, key))).status

  const aLogout = (more: JWTPayload = {}): JWTPayload => ({
    aud: 'arcade',
    exp: Math.floor(Date.now() / 1000) + 120,
    sub: 'ada',
    sid: 'this browser',
    events: { [logout]: {} },
    ...more,
  })
  const sendLogout = async (token: string): Promise<number> =>
    (await send('/logout', new URLSearchParams({ logout_token: token }))).status
  const end = async (payload: JWTPayload, typ = 'logout+jwt', key = own): Promise<number> =>
    sendLogout(await signed(payload, typ, key))

  it('takes a change that the provider signed for it', async () => {
    assert.equal(await tell(anEvent()), 202)
    assert.deepEqual(changes, [['ada', { given_name: 'Ada' }, '1.1']])
    assert.deepEqual(
      receiver.received().map(({ kind }) => kind),
      ['event'],
    )
  })

  const believed: [who: string, payload: () => JWTPayload, typ?: string, isForged?: boolean][] = [
    ['somebody else signed', () => anEvent(), 'secevent+jwt', true],
    ['was meant for another service', () => anEvent({ aud: 'https://store.example' })],
    ['another provider issued', () => anEvent({ iss: 'https://evil.example' })],
    ['is an ID token in disguise', () => anEvent(), 'JWT'],
    ['is of a kind it does not know', () => anEvent({ events: { 'https://evil.example/kind': {} } })],
    ['names nobody', () => anEvent({ sub_id: undefined })],
  ]
  for (const [who, payload, typ, isForged] of believed)
    it(`refuses a change that ${who} (RFC 8935 §2.4)`, async () => {
      assert.equal(await tell(payload(), typ, isForged ? stranger : own), 400)
      assert.deepEqual(changes, [])
      assert.deepEqual(receiver.received(), [])
    })

  it('shows the newest whatever the order in which it is told (G3)', async () => {
    for (const [version, name] of [
      ['1.2', 'second'],
      ['1.1', 'first, late'],
      ['1.2', 'second, again'],
      ['2.1', 'after linking anew'],
      ['1.9', 'of the former link'],
      ['2.10', 'tenth'],
      ['2.9', 'ninth, late'],
    ] as const)
      assert.equal(await tell(anEvent({}, version, name)), 202, 'it is acknowledged in any case')
    assert.deepEqual(
      changes.map(([, { given_name }]) => given_name),
      ['second', 'after linking anew', 'tenth'],
    )
  })

  it('does what a change asks once, however often the same is sent', async () => {
    const token = await signed(anEvent(), 'secevent+jwt')
    assert.equal((await send('/events', token)).status, 202)
    assert.equal((await send('/events', token)).status, 202)
    assert.equal(changes.length, 1)
  })

  it('ends the session that the provider ended, also one it never had', async () => {
    assert.equal(await end(aLogout()), 200)
    assert.equal(await end(aLogout({ sid: 'nobody knows this one' })), 200)
    assert.deepEqual(
      ended.map(({ sid }) => sid),
      ['this browser', 'nobody knows this one'],
    )
  })

  const refused: [what: string, payload: () => JWTPayload, typ?: string, isForged?: boolean][] = [
    ['has a nonce, as an ID token would', () => aLogout({ nonce: 'once' })],
    ['says that it is an ID token', () => aLogout(), 'JWT'],
    ['says that it is a security event', () => aLogout(), 'secevent+jwt'],
    ['has run out', () => aLogout({ exp: Math.floor(Date.now() / 1000) - 60 })],
    ['never runs out', () => aLogout({ exp: undefined })],
    ['names neither a person nor a session', () => aLogout({ sub: undefined, sid: undefined })],
    ['tells of nothing', () => aLogout({ events: undefined })],
    ['was meant for another client', () => aLogout({ aud: 'store' })],
    ['comes from another provider', () => aLogout({ iss: 'https://evil.example' })],
    ['somebody else signed', () => aLogout(), 'logout+jwt', true],
  ]
  for (const [what, payload, typ, isForged] of refused)
    it(`signs nobody out for a logout token that ${what} (Back-Channel Logout §2.6)`, async () => {
      assert.equal(await end(payload(), typ, isForged ? stranger : own), 400)
      assert.deepEqual(ended, [])
      assert.deepEqual(receiver.received(), [])
    })

  it('takes a logout token once (T14)', async () => {
    const token = await signed(aLogout(), 'logout+jwt')
    assert.equal(await sendLogout(token), 200)
    assert.equal(await sendLogout(token), 400)
    assert.equal(ended.length, 1)
  })

  it('fails as it is told to, at its receivers, and is well again', async () => {
    for (const [mode, status] of [
      ['500', 500],
      ['html', 502],
    ] as const) {
      assert.ok(receiver.fail(mode))
      assert.equal(await tell(anEvent()), status)
      assert.equal(await end(aLogout()), status)
    }
    assert.ok(receiver.fail('refuse'))
    await assert.rejects(tell(anEvent()))
    assert.equal(receiver.fail('explode'), false)
    assert.ok(receiver.fail('hang'))
    const hanging = assert.rejects(tell(anEvent()))
    await new Promise((resolve) => server.once('request', (request) => request.once('end', resolve)))
    receiver.forget()
    await hanging
    assert.deepEqual(receiver.received(), [])
    assert.equal(await tell(anEvent()), 202)
  })
})
