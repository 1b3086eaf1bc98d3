import assert from 'node:assert/strict'
import { request } from 'undici'
import { aTestApp, type TestApp } from '../world/app.ts'
import { routesIn } from './routes.ts'

describe('a page of another site that fetches one of ours', () => {
  let app: TestApp
  let pages: string[] = []
  before(async () => {
    app = await aTestApp()
    pages = (['portal', 'console', 'sign-in'] as const)
      .flatMap((room) => routesIn(app, room))
      .filter(({ method }) => method === 'GET')
      .map(({ path }) => path.replace(/[:*]\w+/g, 'some'))
  })
  after(() => app.close())

  const statusOf = async (path: string, headers: Record<string, string> = {}): Promise<number> => {
    const { statusCode, body } = await request(`${app.issuer}${path}`, { headers })
    await body.dump()
    return statusCode
  }
  const get = (path: string, site: string, mode: string): Promise<number> =>
    statusOf(path, { 'Sec-Fetch-Site': site, 'Sec-Fetch-Mode': mode })
  const engine = ['/auth', '/session/end', '/device', `/auth/${'a'.repeat(22)}`]
  it('H10: is refused on every page, from a sister domain too, so that no answer’s time tells who is signed in', async () => {
    assert.ok(pages.length > 30)
    for (const path of [...engine, ...pages])
      for (const site of ['same-site', 'cross-site'])
        for (const mode of ['cors', 'no-cors'])
          assert.equal(await get(path, site, mode), 403, `${path} ${site} ${mode}`)
  })

  it('H10: a link from elsewhere opens it, its own scripts fetch it, and clients without fetch metadata get it', async () => {
    for (const path of [...engine, ...pages]) {
      assert.notEqual(await get(path, 'cross-site', 'navigate'), 403, path)
      assert.notEqual(await get(path, 'same-origin', 'cors'), 403, path)
      assert.notEqual(await statusOf(path), 403, path)
    }
  })

  it('H10: what clients in browsers fetch from elsewhere stays theirs to fetch', async () => {
    for (const path of ['/jwks', '/.well-known/openid-configuration'])
      assert.equal(await get(path, 'cross-site', 'cors'), 200, path)
    assert.equal(await get('/me', 'cross-site', 'cors'), 401)
  })
})
