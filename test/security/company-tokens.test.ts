import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { request } from 'node:http'
import { exportJWK, SignJWT } from 'jose'
import { aTestApp, type TestApp } from '../world/app.ts'
import { aDesk } from '../world/desk.ts'
import { aProof, aProofKey } from '../world/fapi-client.ts'
import { kept, type Route, routesIn } from './routes.ts'

interface Answer {
  status: number
  text: string
  link: string | undefined
  challenge: string
}

const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

describe('a company’s door opens to that company’s own token alone (T14, T22, §6)', () => {
  let app: TestApp
  let person: Awaited<ReturnType<TestApp['aPerson']>>
  let agent: string
  let id: string
  let routes: Route[] = []
  before(async () => {
    app = await aTestApp()
    person = await app.aPerson({ links: ['games', 'mobile'] })
    const desk = aDesk(app)
    const member = await desk.aMember('games', 'support')
    agent = member._id
    id = (await desk.aCase(member, person.email)).replaceAll(':', '.')
    routes = routesIn(app, 'company-api')
  })
  after(() => app.close())

  /** As it stands: nothing between here and the server tidies a path. */
  const ask = (method: string, path: string, headers: Record<string, string> = {}, body = ''): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const options = { port: app.config.port, host: '127.0.0.1', method, path }
      const sent = request({ ...options, headers: { host: new URL(app.issuer).host, ...headers } }, (answer) => {
        let text = ''
        answer.on('data', (chunk) => (text += chunk))
        answer.on('end', () => {
          const { link, 'www-authenticate': challenge = '' } = answer.headers
          resolve({ status: answer.statusCode ?? 0, text, link: link as string | undefined, challenge })
        })
      })
      sent.on('error', reject)
      sent.end(body)
    })

  const subject = () => (person.accounts.games ?? '').split(':')[1] ?? ''
  const patch = JSON.stringify({
    schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
    Operations: [{ op: 'replace', path: 'name.givenName', value: 'Mallory' }],
  })
  const inCase: Record<string, object> = {
    find: { find: 'nobody@mail.example' },
    proof: { code: '000000' },
    details: { details: { givenName: 'Mallory' }, shown: { givenName: 'Ada' } },
    guarded: { field: 'country', value: 'NO' },
    acts: { act: 'sessions-ended' },
    'first-code': { email: 'nobody@mail.example' },
  }
  const question = () => ({
    subject: { type: 'user', id: subject() },
    action: { name: 'marketing' },
    resource: { type: 'channel', id: 'email' },
  })
  const writing = /\/(details|guarded|acts|first-code)$/
  const bodyOf = ({ path }: Route): string => {
    if (path.startsWith('/scim/')) return patch
    if (path.startsWith('/audience/'))
      return JSON.stringify(path.endsWith('s') ? { evaluations: [question()] } : question())
    if (path.endsWith('/cases')) return JSON.stringify({ reference: 'T-1', agent, find: person.email })
    return JSON.stringify({ agent, ...inCase[path.slice(path.lastIndexOf('/') + 1)] })
  }
  const addressOf = ({ path, method }: Route, company = 'games'): string => {
    const end = path.startsWith('/support/') && method === 'GET' ? `?agent=${agent}` : ''
    return path.replace(':company', company).replace(':subject', subject()).replace(':id', id) + end
  }
  const call = (route: Route, token: string | undefined, address = addressOf(route)) =>
    ask(
      route.method,
      address,
      {
        'content-type': 'application/json',
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      route.method === 'GET' ? '' : bodyOf(route),
    )

  const goodFor = ({ path }: Route) =>
    path.startsWith('/audience/')
      ? app.companyToken('games', 'audience.read', `${app.issuer}/audience/games/evaluation`)
      : app.companyToken('games')

  const now = () => Math.floor(Date.now() / 1000)
  const claims = (more: object = {}) => ({
    iss: app.issuer,
    aud: `${app.issuer}/scim/games`,
    sub: 'games-machine',
    client_id: 'games-machine',
    scope: 'accounts.read accounts.write',
    iat: now(),
    exp: now() + 60,
    ...more,
  })

  /** What has passed for somebody's token somewhere. */
  const forged = async (): Promise<Record<string, string>> => {
    const { keys } = (await (await fetch(`${app.issuer}/jwks`)).json()) as { keys: { kid: string; alg: string }[] }
    const published = keys.find(({ alg }) => alg === 'RS256') ?? keys[0]
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const own = (header: object, payload: object = claims(), key: KeyObject | Uint8Array = privateKey) =>
      new SignJWT(payload as Record<string, unknown>)
        .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: published?.kid, ...header } as never)
        .sign(key)
    const ours = (payload: object, typ = 'at+jwt') =>
      app.features.oidc.sign(payload as Record<string, unknown>, { typ })
    const good = await ours(claims())
    const [header = '', payload = '', signature = ''] = good.split('.')
    return {
      nothing: '',
      'no token at all': 'x',
      'another company’s': await app.companyToken('mobile'),
      'alg none': `${base64url({ alg: 'none', typ: 'at+jwt' })}.${payload}.`,
      'alg nOnE, with the signature': `${base64url({ alg: 'nOnE', typ: 'at+jwt', kid: published?.kid })}.${payload}.${signature}`,
      'HS256 with the public key': await own({ alg: 'HS256' }, claims(), Buffer.from(JSON.stringify(published))),
      'a key of its own under our name': await own({}),
      'a key of its own inside': await own({ jwk: await exportJWK(publicKey), kid: undefined }),
      'a key of its own elsewhere': await own({ jku: 'https://evil.example/jwks', x5u: 'https://evil.example/x' }),
      'a key by its path': await own({ kid: '../../../dev/null' }),
      'a critical header': `${base64url({ ...JSON.parse(Buffer.from(header, 'base64url').toString()), crit: ['exp'] })}.${payload}.${signature}`,
      'no signature': `${header}.${payload}.`,
      'another payload': `${header}.${base64url(claims({ scope: 'everything' }))}.${signature}`,
      'run out': await ours(claims({ iat: now() - 600, exp: now() - 300 })),
      'without an end': await ours({ ...claims(), exp: undefined }),
      'of another issuer': await ours(claims({ iss: 'https://evil.example' })),
      'for another audience': await ours(claims({ aud: `${app.issuer}/scim/mobile` })),
      'for several audiences': await ours(claims({ aud: [`${app.issuer}/scim/games`, `${app.issuer}/scim/mobile`] })),
      'of another client': await ours(claims({ client_id: 'mobile-machine', sub: 'mobile-machine' })),
      'of a person at a service': await ours(claims({ client_id: 'games-arcade', sub: subject() })),
      'an ID token': await ours(claims(), 'JWT'),
      'a logout token': await ours(claims(), 'logout+jwt'),
      'an event': await ours(claims(), 'secevent+jwt'),
      'an audit’s head': await ours(claims(), 'audit-head+jwt'),
      'twelve thousand characters': `${header}.${'A'.repeat(12_000)}.${signature}`,
    }
  }

  it('at every address, whatever else is shown (RFC 8725, CVE-2026-9094, CVE-2026-9097)', async () => {
    assert.ok(routes.length >= 8, `${routes.length} routes`)
    const before = await kept(app)
    for (const [what, token] of Object.entries(await forged()))
      for (const route of routes) {
        const { status, text } = await call(route, token)
        assert.equal(status, 401, `${route.method} ${route.path} with ${what}`)
        assert.doesNotMatch(text, /Ada|Berg|mail\.example|evil/, what)
      }
    for (const route of routes) assert.equal((await call(route, undefined)).status, 401, `${route.path} without`)
    const mobiles = await app.companyToken('mobile')
    for (const route of routes) {
      const elsewhere = addressOf(route, 'mobile')
      const { status } = await call(route, await app.companyToken('games'), elsewhere)
      assert.equal(status, 401, `${elsewhere} with games’ token`)
      const { status: theirs, text } = await call(route, mobiles, elsewhere)
      // The audience door asks for a token of its own.
      assert.ok([401, 403, 404].includes(theirs), `${elsewhere}: another company’s account or agent answered ${theirs}`)
      assert.doesNotMatch(text, /Ada|Berg/)
    }
    assert.deepEqual(await kept(app), before)
  })

  it('Z8: a token bound to a key opens none without a proof for this very request, and each says so (RFC 9449 §7.1)', async () => {
    const key = await aProofKey()
    const algs = 'algs="ES256 EdDSA Ed25519 RS256 PS256"'
    const at = (path: string, method: string, token?: string, wrong = {}) =>
      aProof(key, { method, at: app.issuer + path, token }, wrong)
    const bound = async (scope: string, resource: string) =>
      app.companyToken('games', scope, resource, await at('/token', 'POST'))
    const accounts = await bound('accounts.read accounts.write', 'games')
    const audience = await bound('audience.read audience.write', `${app.issuer}/audience/games`)
    const unbound = await app.companyToken('games')
    const expired = await app.features.oidc.sign(claims({ exp: now() - 1, cnf: { jkt: key.jkt } }), { typ: 'at+jwt' })
    const otherwiseBound = claims({ cnf: { 'x5t#S256': 'x' } })
    const byCertificate = await app.features.oidc.sign(otherwiseBound, { typ: 'at+jwt' })
    const before = await kept(app)
    for (const route of routes) {
      const address = addressOf(route)
      const [path = ''] = address.split('?')
      const isAudience = path.startsWith('/audience/')
      const token = isAudience ? audience : accounts
      const body = route.method === 'GET' ? '' : bodyOf(route)
      const show = (authorization: string, dpop?: string | string[]) =>
        ask(
          route.method,
          address,
          { authorization, 'content-type': 'application/json', ...(dpop !== undefined && { dpop: dpop as string }) },
          body,
        )
      const proof = (wrong = {}, of = token) => at(path, route.method, of, wrong)
      const refused: [string, Promise<Answer>, string][] = [
        ['nothing', ask(route.method, address, {}, body), `Bearer, DPoP ${algs}`],
        ['another scheme', show('Basic eDp5'), `Bearer, DPoP ${algs}`],
        ['the token alone', show(`Bearer ${token}`), `DPoP error="invalid_token", ${algs}`],
        ['another scheme with a proof', show(`Bearer ${token}`, await proof()), `DPoP error="invalid_token", ${algs}`],
        ['no proof', show(`DPoP ${token}`), `DPoP error="invalid_dpop_proof", ${algs}`],
        [
          'two proofs',
          show(`DPoP ${token}`, [await proof(), await proof()]),
          `DPoP error="invalid_dpop_proof", ${algs}`,
        ],
        ['a long proof', show(`DPoP ${token}`, 'x'.repeat(9000)), `DPoP error="invalid_dpop_proof", ${algs}`],
        [
          'the proof of another token',
          show(`DPoP ${token}`, await proof({}, unbound)),
          `DPoP error="invalid_dpop_proof", ${algs}`,
        ],
        [
          'the proof of another host',
          show(`DPoP ${token}`, await proof({ claims: { htu: `https://elsewhere.example${path}` } })),
          `DPoP error="invalid_dpop_proof", ${algs}`,
        ],
        [
          'the proof of a prefix',
          show(`DPoP ${token}`, await proof({ claims: { htu: `${app.issuer}/proxied${path}` } })),
          `DPoP error="invalid_dpop_proof", ${algs}`,
        ],
        [
          'the proof in small letters',
          show(`DPoP ${token}`, await proof({ claims: { htm: route.method.toLowerCase() } })),
          `DPoP error="invalid_dpop_proof", ${algs}`,
        ],
        ['run out', show(`DPoP ${expired}`, await proof({}, expired)), `DPoP error="invalid_token", ${algs}`],
        ['nonsense', show('DPoP x', await proof({}, 'x')), `DPoP error="invalid_token", ${algs}`],
        [
          'a token for another API',
          show(`DPoP ${isAudience ? accounts : audience}`),
          `DPoP error="invalid_token", ${algs}`,
        ],
        ['one without a key', show(`DPoP ${unbound}`, await proof({}, unbound)), 'error="invalid_token"'],
        [
          'a certificate',
          show(`Bearer ${byCertificate}`),
          isAudience ? 'error="invalid_token"' : `DPoP error="invalid_token", ${algs}`,
        ],
      ]
      for (const [what, asked, expected] of refused) {
        const { status, challenge, text } = await asked
        assert.equal(status, 401, `${route.method} ${route.path}: ${what}`)
        assert.ok(challenge.includes(expected), `${route.method} ${route.path}, ${what}: ${challenge}`)
        assert.doesNotMatch(text, /Ada|Berg|mail\.example|node_modules|\.ts:/, what)
      }
    }
    assert.deepEqual(await kept(app), before)
    const read = await bound('accounts.read', 'games')
    const path = `/scim/games/Users/${subject()}`
    const dpop = await at(path, 'PATCH', read)
    const headers = { authorization: `dpop ${read}`, dpop, 'content-type': 'application/json' }
    const { status, challenge } = await ask('PATCH', path, headers, patch)
    assert.deepEqual([status, challenge], [403, `DPoP error="insufficient_scope", scope="accounts.write", ${algs}`])
  })

  it('H30: half a character, which JSON can write and nothing else, is the sender’s fault in each part of each body', async () => {
    const half = (value: unknown): unknown[] => {
      if (typeof value === 'string') return ['x\ud800', '\udfff']
      if (typeof value !== 'object' || value === null) return []
      const each = Object.entries(value).flatMap(([name, part]) =>
        half(part).map((spoilt) => (Array.isArray(value) ? [spoilt] : { ...value, [name]: spoilt })),
      )
      return Array.isArray(value) ? each : [...each, { ...value, '\ud800': 'x' }]
    }
    const before = await kept(app)
    for (const route of routes.filter(({ method }) => method !== 'GET')) {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${await goodFor(route)}` }
      for (const spoilt of half(JSON.parse(bodyOf(route)))) {
        const { status, text } = await ask(route.method, addressOf(route), headers, JSON.stringify(spoilt))
        const said = `${route.path} ${JSON.stringify(spoilt)}: ${text}`
        // A confirmation asks for a scope that this token lacks, before its body is read.
        assert.ok(status === 400 || (status === 403 && route.path.endsWith('/confirmations')), said)
        if (status === 400) assert.match(text, /half a character/, said)
      }
    }
    assert.deepEqual(await kept(app), before)
  })

  it('a token that only reads writes nothing', async () => {
    const token = await app.companyToken('games', 'accounts.read')
    const before = await kept(app)
    for (const route of routes.filter(({ method, path }) => method === 'PATCH' || writing.test(path)))
      assert.equal((await call(route, token)).status, 403, route.path)
    assert.deepEqual(await kept(app), before)
  })

  it('R4: every refusal says where errors are explained, whatever refused, and what went well does not', async () => {
    const help = '</developers#api-errors>; rel="help"'
    const read = await app.companyToken('games', 'accounts.read')
    const long = 'x'.repeat(300_000)
    for (const route of routes) {
      const address = addressOf(route)
      const json = { 'content-type': 'application/json' }
      const own = { ...json, authorization: `Bearer ${await goodFor(route)}` }
      const body = route.method === 'GET' ? '' : '{'
      const refused: Record<string, Answer> = {
        'without a token': await call(route, undefined),
        'with nonsense for one': await call(route, 'x'),
        'with one that only reads elsewhere': await call(route, read, addressOf(route, 'mobile')),
        'by another method': await ask('DELETE', address, own),
        'at no address': await ask(route.method, `${address.split('?')[0]}/nothing/at/all`, own, body),
        'with a long question': await ask(
          route.method,
          `${address}${address.includes('?') ? '&' : '?'}q=${long.slice(0, 9_000)}`,
          own,
        ),
      }
      if (body) refused['with half a body'] = await ask(route.method, address, own, body)
      if (body) refused['with a long body'] = await ask(route.method, address, own, `"${long}"`)
      for (const [how, { status, link }] of Object.entries(refused)) {
        assert.ok(status >= 400, `${route.method} ${route.path} ${how}: ${status}`)
        assert.equal(link, help, `${route.method} ${route.path} ${how}: ${status}`)
      }
    }
    const fine = await call({ method: 'GET', path: '/scim/:company/Users/:subject' }, read)
    assert.deepEqual([fine.status, fine.link], [200, undefined])
    const page = await (await fetch(`${app.issuer}/developers`)).text()
    assert.match(page, /id="api-errors"/)
  })

  it('CVE-2026-32130: by no other spelling of an address is it answered without its token, nor with another’s', async () => {
    const [own, foreign] = [await app.companyToken('games'), await app.companyToken('mobile')]
    const before = await kept(app)
    const spellings = (path: string): string[] => [
      path.replace('/scim/', '/%73cim/').replace('/support/', '/%73upport/').replace('/audience/', '/%61udience/'),
      path.replace('/games', '/%67ames'),
      path.replace('/games', '/mobile%2F..%2Fgames'),
      path.replace('/games', '/mobile/../games'),
      path.replace('/games', '/./games'),
      path.replace('/games', '//games'),
      path.replace('/games', '/games;x=y'),
      path.replace('/games', '/games%00'),
      path.replace('/games', '/games%20'),
      path.replace('/games', '/GAMES'),
      path.replace('/games', '/games%3F'),
      `/${path}`,
      `${path}/`,
      `${path}%2f`,
      path.toUpperCase(),
      path.replaceAll('/', '\\'),
      path.replaceAll('/', '%2F'),
      `${app.issuer}${path}`,
      `http://evil.example${path}`,
    ]
    for (const route of routes)
      for (const spelling of new Set(spellings(addressOf(route))))
        for (const token of [undefined, foreign]) {
          const { status, text } = await call(route, token, spelling)
          assert.ok(status >= 400 && status < 500, `${route.method} ${spelling} answered ${status}`)
          assert.doesNotMatch(text, /Ada|Berg|mail\.example/, spelling)
        }
    // Another method in a header is not another method.
    for (const header of ['x-http-method-override', 'x-http-method', 'x-method-override']) {
      const address = `/scim/games/Users/${subject()}`
      const headers = { authorization: `Bearer ${own}`, [header]: 'PATCH', 'content-type': 'application/json' }
      assert.equal((await ask('GET', address, headers)).status, 200)
      assert.ok((await ask('POST', address, headers, patch)).status >= 404)
    }
    assert.deepEqual(await kept(app), before)
  })
})
