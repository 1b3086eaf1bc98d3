import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { adjustableClock, day } from '../../src/lib/clock.ts'
import { createLog } from '../../src/lib/log.ts'
import { createTestBrowser, handedOver } from '../world/browser.ts'
import { aClient, aCompany, aService, declared } from '../world/group.ts'
import { asPerson, aTestOidc, signedIn, type TestOidc } from '../world/oidc.ts'
import { testIds } from '../world/pages.ts'
import { aRelyingParty } from '../world/relying-party.ts'
import { close, listen } from '../world/server.ts'

interface Line {
  msg: string
  request: string
  error: string
  rule: string
  saw: string
  client?: string
  endpoint: string
}

const challenge = { code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256' }

for (const production of [false, true])
  describe(`what a client does wrong is told by its rule, in ${production ? 'production' : 'development'}`, () => {
    let product: TestOidc
    const lines: Line[] = []
    const keys = generateKeyPair('ES256', { extractable: true })
    const jwks = createServer(async (_request, response) => {
      const key = { ...(await exportJWK((await keys).publicKey)), kid: 'k', alg: 'ES256', use: 'sig' }
      response.end(JSON.stringify({ keys: [key] }))
    })

    before(async () => {
      const jwksUri = `http://127.0.0.1:${await listen(jwks)}/jwks`
      const log = createLog('info', { write: (line) => void lines.push(JSON.parse(line) as Line) })
      product = await aTestOidc({
        config: { production },
        deps: { log },
        companies: (url) => [
          {
            ...declared(aCompany({ id: 'mobile' }), [
              aService('mobile', 'mobile-store', url('mobile-store'), {
                scopes: ['openid', 'profile', 'email', 'accounts.read'],
              }),
            ]),
            clients: [
              aClient({ id: 'machine', kind: 'machine', scopes: ['accounts.read'] }),
              aClient({ id: 'keyed', kind: 'machine', secret: undefined, jwksUri, scopes: ['accounts.read'] }),
            ],
          },
          declared(aCompany({ id: 'games' }), []),
        ],
      })
    })
    after(async () => {
      await product.close()
      await close(jwks)
    })
    beforeEach(() => {
      lines.length = 0
    })

    const refusals = () => lines.filter(({ msg }) => msg === 'request refused')

    /** One line of log, of this request, naming this rule; nobody's secret in it. */
    const assertLogged = (answer: { headers: Headers }, rule: string, saw: RegExp): void => {
      const [line, ...more] = refusals()
      assert.ok(line, 'no line of log')
      assert.deepEqual(more, [])
      assert.equal(line.rule, rule)
      assert.equal(line.request, answer.headers.get('x-request-id'))
      assert.match(line.saw, saw)
      assert.doesNotMatch(JSON.stringify(lines), /not-the-secret|eyJ|mobile-store\/callback/)
    }
    /** What leaves: the rule's sentence, and what was seen in development alone. */
    const assertTold = (description: unknown, says: RegExp): void => {
      assert.match(String(description), says)
      assert.equal(String(description).includes('[seen here: '), !production)
      assert.match(String(description), /^[\x20\x21\x23-\x5b\x5d-\x7e]+$/)
    }

    const ask = (parameters: Record<string, string>) => {
      const redirect_uri = product.config.group.clients.get('mobile-store')!.client.redirectUris[0]!
      const request = { client_id: 'mobile-store', redirect_uri, response_type: 'code', scope: 'openid', ...challenge }
      const query = new URLSearchParams({ ...request, ...parameters })
      for (const [name, value] of [...query]) if (value === '') query.delete(name)
      return createTestBrowser().visit(`${product.issuer}/auth?${query}`)
    }
    const post = async (path: string, body: Record<string, string> | string, client?: string, secret?: string) => {
      const known = client ? (await aRelyingParty(product, client)).secret : undefined
      const answer = await fetch(product.issuer + path, {
        method: 'POST',
        headers: {
          ...(client && { authorization: `Basic ${btoa(`${client}:${secret ?? known}`)}` }),
          ...(typeof body === 'string' && { 'content-type': 'application/json' }),
        },
        body: typeof body === 'string' ? body : new URLSearchParams(body),
      })
      return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Record<string, string> }
    }
    const token = (body: Record<string, string> | string, client = 'machine', secret?: string) =>
      post('/token', body, client, secret)
    const machine = { grant_type: 'client_credentials', scope: 'accounts.read' }
    const onPage = (text: string, id: string) => testIds({ text }, id)[0]

    for (const [what, uri, saw] of [
      ['another address', (registered: string) => registered.replace('callback', 'back'), /differs in path/],
      ['http for https', (registered: string) => registered.replace('http:', 'https:'), /scheme https/],
      ['a slash at the end', (registered: string) => `${registered}/`, /slash at the end/],
    ] as const)
      it(`R4: a wrong redirect address (${what}): the page names the rule, and nothing of what is registered`, async () => {
        const registered = product.config.group.clients.get('mobile-store')!.client.redirectUris[0]!
        const page = await ask({ redirect_uri: uri(registered) })
        assert.equal(page.status, 400)
        assert.match(onPage(page.text, 'rule') ?? '', /character by character.*RFC 9700/)
        assert.equal(onPage(page.text, 'cause') !== undefined, !production)
        const said = page.text.replaceAll(/href="[^"]*"/g, '')
        assert.ok(!said.includes(new URL(registered).host) && said.includes(page.headers.get('x-request-id')!))
        assertLogged(page, 'redirect-uri', saw)
      })

    it('R4: a parameter that is missing is named, with the page of its rule', async () => {
      const page = await ask({ response_type: '' })
      const said = new URL(page.next ?? '').searchParams.get('error_description') ?? ''
      assert.match(said, /^missing required parameter 'response_type'; see \S+\/developers#parameters/)
      assertLogged(page, 'parameters', /response_type/)
      const { body } = await token({ scope: 'accounts.read' })
      assert.match(
        body.error_description ?? '',
        /^missing required parameter 'grant_type'; see \S+\/developers#parameters/,
      )
    })

    it('R4: no PKCE, and the implicit flow', async () => {
      const plain = await ask({ code_challenge: '', code_challenge_method: '' })
      assertTold(handedOver(plain).get('error_description'), /code_challenge_method=S256.*RFC 7636/)
      assertLogged(plain, 'pkce', /PKCE/)
      lines.length = 0
      const implicit = await ask({ response_type: 'id_token token', nonce: 'n' })
      const fragment = new URLSearchParams(new URL(implicit.next!).hash.slice(1))
      assertTold(fragment.get('error_description'), /response_type must be code/)
      assertLogged(implicit, 'response-type', /id_token token/)
    })

    it('R4: a scope that is not allowed, at the authorization endpoint and at the token endpoint', async () => {
      const asked = await ask({ scope: 'openid accounts.write' })
      assertTold(handedOver(asked).get('error_description'), /scope must stay within/)
      assertLogged(asked, 'scope-allowed', /accounts\.write/)
      lines.length = 0
      const answer = await token({ ...machine, scope: 'accounts.write', resource: `${product.issuer}/scim/mobile` })
      assert.deepEqual([answer.status, answer.body.error], [400, 'invalid_scope'])
      assertTold(answer.body.error_description, /scope must stay within/)
      assertLogged(answer, 'scope-allowed', /accounts\.write/)
    })

    it('R4: no `resource`, or another company’s: who has proven itself is told which one is right', async () => {
      for (const [resource, saw] of [
        ['', /no resource/],
        [`${product.issuer}/scim/games`, /scim\/games/],
      ] as const) {
        lines.length = 0
        const { body, ...answer } = await token({ ...machine, ...(resource && { resource }) })
        assert.equal(body.error, 'invalid_target')
        assertTold(body.error_description, /RFC 8707/)
        assert.ok(body.error_description!.includes(`${product.issuer}/scim/mobile`))
        assertLogged(answer, 'resource', saw)
      }
      lines.length = 0
      const stranger = await ask({ resource: `${product.issuer}/scim/games` })
      const description = handedOver(stranger).get('error_description')
      assertTold(description, /RFC 8707/)
      assert.ok(!description!.includes('scim/mobile'))
      assertLogged(stranger, 'resource', /scim\/games/)
    })

    it('R4: wrong client authentication: the same sentence whatever was wrong, the cause in the log', async () => {
      const wrong = [
        ['machine', 'not-the-secret', /invalid secret/],
        ['nobody', 'not-the-secret', /client not found/],
        ['keyed', 'not-the-secret', /does not match the registered/],
      ] as const
      const said = new Set<string>()
      for (const [client, secret, saw] of wrong) {
        lines.length = 0
        const answer = await fetch(`${product.issuer}/token`, {
          method: 'POST',
          headers: { authorization: `Basic ${btoa(`${client}:${secret}`)}` },
          body: new URLSearchParams(machine),
        })
        const { error, error_description } = (await answer.json()) as Record<string, string>
        assert.deepEqual([answer.status, error], [401, 'invalid_client'])
        assertTold(error_description, /form-encoded/)
        said.add(error_description!.split(' [')[0]!)
        assertLogged(answer, 'client-authentication', saw)
      }
      assert.equal(said.size, 1)
    })

    it('R4: JSON at the token endpoint, and a password', async () => {
      const json = await token(JSON.stringify(machine))
      assert.deepEqual([json.status, json.body.error], [400, 'invalid_request'])
      assertTold(json.body.error_description, /not as JSON/)
      assertLogged(json, 'form-encoded', /application\/json/)
      lines.length = 0
      const password = await token({ grant_type: 'password', username: 'ada', password: 'not-the-secret' })
      assert.equal(password.body.error, 'unsupported_grant_type')
      assertTold(password.body.error_description, /passwords are not taken/)
      assertLogged(password, 'grant-type', /password/)
    })

    it('R4: a code that is unknown, and a verifier that does not fit', async () => {
      const code = { grant_type: 'authorization_code', code: 'unknown', redirect_uri: 'https://a.example' }
      const answer = await token({ ...code, code_verifier: 'x'.repeat(43) }, 'mobile-store')
      assert.equal(answer.body.error, 'invalid_grant')
      assertTold(answer.body.error_description, /code_verifier/)
      assertLogged(answer, 'code-or-token', /authorization code not found/)
    })

    it('R4: an ID token that has run out is taken as a hint; what is no ID token of ours is told by its rule', async () => {
      const person = await product.aPerson()
      await product.link(person, 'mobile')
      const forged = await new SignJWT({ aud: 'mobile-store', sub: 'x', iss: product.issuer })
        .setProtectedHeader({ alg: 'ES256', kid: 'k' })
        .sign((await keys).privateKey)
      const asked = await ask({ id_token_hint: forged })
      assertTold(handedOver(asked).get('error_description'), /id_token_hint must be an ID token that this issuer/)
      assertLogged(asked, 'id-token-hint', /./)
      lines.length = 0
      const page = await createTestBrowser().visit(`${product.issuer}/session/end?id_token_hint=${forged}`)
      assert.equal(page.status, 400)
      assert.match(onPage(page.text, 'rule') ?? '', /has run out is taken too/)
      assertLogged(page, 'id-token-hint', /./)
    })

    it('R5: a client’s assertion is for the issuer alone, a text or a list of one; else the sentence names the issuer', async () => {
      const assertion = async (aud: unknown) =>
        new SignJWT({ aud: aud as string })
          .setProtectedHeader({ alg: 'ES256', kid: 'k' })
          .setIssuer('keyed')
          .setSubject('keyed')
          .setIssuedAt()
          .setExpirationTime('60s')
          .setJti(crypto.randomUUID())
          .sign((await keys).privateKey)
      const present = async (aud: unknown) =>
        post('/token', {
          ...machine,
          resource: `${product.issuer}/scim/mobile`,
          client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
          client_assertion: await assertion(aud),
        })
      for (const aud of [product.issuer, [product.issuer]]) assert.equal((await present(aud)).status, 200)
      for (const aud of [
        `${product.issuer}/token`,
        [product.issuer, `${product.issuer}/token`],
        [product.issuer, product.issuer],
        ['https://other.example'],
        [],
        undefined,
      ]) {
        lines.length = 0
        const { status, body, headers } = await present(aud)
        assert.deepEqual([status, body.error], [401, 'invalid_client'], String(aud))
        assertTold(body.error_description, /aud of a client assertion must be the issuer/)
        assert.ok(body.error_description!.includes(product.issuer))
        assertLogged({ headers }, 'assertion-audience', /aud/)
      }
    })

    it('R4: a silent sign-in is refused in one sentence; which check asked stands in the log alone', async () => {
      const silent = await ask({ prompt: 'none' })
      assert.equal(handedOver(silent).get('error_description'), 'End-User authentication is required')
      assertLogged(silent, 'login_required', /no_session/)
    })

    it('R4: what is answered after all is no refusal', async () => {
      const answer = await token({ ...machine, resource: `${product.issuer}/scim/mobile` })
      assert.equal(answer.status, 200)
      assert.deepEqual(refusals(), [])
    })

    if (!production)
      it('R4: an expired hint signs out', async () => {
        const person = await product.aPerson()
        await product.link(person, 'mobile')
        const service = await aRelyingParty(product, 'mobile-store')
        const { visit, asked } = await service.travel(createTestBrowser(), () => signedIn(asPerson(person)))
        const { id_token } = await service.redeem(visit, asked)
        const clock = adjustableClock()
        clock.advance(day)
        try {
          const out = await createTestBrowser().visit(`${product.issuer}/session/end?id_token_hint=${id_token}`)
          assert.equal(out.status, 200)
        } finally {
          clock.reset()
        }
      })
  })
