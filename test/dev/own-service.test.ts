import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dump, load } from 'js-yaml'
import * as client from 'openid-client'
import { demoPerson } from '../journeys/walk.ts'
import { type Product, startProduct } from '../world/product.ts'
import { close, listen } from '../world/server.ts'
import { aVisitor } from '../world/visitor.ts'

const secret = 'a secret that nobody but this test and its product has'

describe('a service of one’s own beside the demonstration', function () {
  this.timeout(120_000)
  let asked: string[]
  let server: Server
  let url: string
  let configDir: string
  let product: Product
  before(async () => {
    asked = []
    server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`)
      response.writeHead(404).end()
    })
    url = `http://localhost:${await listen(server)}`
    configDir = mkdtempSync(join(tmpdir(), 'config-'))
    cpSync(join(import.meta.dirname, '../../config'), configDir, { recursive: true })
    const file = join(configDir, 'companies/games.yaml')
    const games = load(readFileSync(file, 'utf8')) as { services: object[] }
    const mine = (id: string, redirect: string) => ({
      id,
      name: id,
      description: { en: 'Mine', sv: 'Min', ja: '自分のサービス' },
      url,
      scopes: ['openid', 'profile'],
      clients: [{ id, kind: 'web', redirectUris: [`${url}${redirect}`], secret: { env: 'OWN_SECRET' } }],
    })
    games.services.push(mine('own-app', '/oidc/return'), mine('own-site', '/callback'))
    writeFileSync(file, dump(games))
    product = await startProduct({ CONFIG_DIR: configDir, OWN_SECRET: secret })
  })
  after(async () => {
    await product?.close()
    await close(server)
    rmSync(configDir, { recursive: true })
  })

  it('R1: is neither started, nor waited for, nor sent anything by the development’s door', async () => {
    for (const [path, body] of [
      ['/dev/clock', { advance: 'PT1M' }],
      ['/dev/reset', {}],
    ] as const) {
      const answer = await product.post(path, body)
      assert.equal(answer.status, 200, `${path}: ${await answer.text()} ${product.said()}`)
    }
    assert.equal((await product.post('/dev/fault', { service: 'own-app', mode: '500' })).status, 400)
    const tour = await (await fetch(`${product.issuer}/dev`)).text()
    assert.match(tour, /own-app/)
    assert.doesNotMatch(tour, /fault-own-app/)
    assert.match(tour, /fault-games-arcade/)
    assert.deepEqual(asked, [])
  })

  it('R1: signs in somebody who was seeded', async () => {
    const { email, password } = demoPerson(product, ['mobile', 'games'])
    const visitor = aVisitor(product.issuer)
    await visitor.signIn({ email, password })
    const config = await client.discovery(new URL(product.issuer), 'own-app', {}, client.ClientSecretBasic(secret), {
      execute: [client.allowInsecureRequests],
    })
    const verifier = client.randomPKCECodeVerifier()
    const state = client.randomState()
    const start = client.buildAuthorizationUrl(config, {
      redirect_uri: `${url}/oidc/return`,
      scope: 'openid profile',
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
    })
    const back = await visitor.visit(start.href)
    assert.ok(back.next?.startsWith(`${url}/oidc/return?`), `${back.status} ${back.url}`)
    const tokens = await client.authorizationCodeGrant(config, new URL(back.next ?? ''), {
      pkceCodeVerifier: verifier,
      expectedState: state,
    })
    assert.ok(tokens.claims()?.sub)
  })
})
