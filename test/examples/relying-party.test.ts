import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { clientSecret } from '../../src/config/settings.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { createTestBrowser } from '../world/browser.ts'
import { close, listen } from '../world/server.ts'
import { asTyped, aTraveller } from '../world/traveller.ts'

const example = join(import.meta.dirname, '../../examples/relying-party/server.js')

describe('the example of a relying party', () => {
  let app: TestApp
  let child: ChildProcess
  let home: string
  before(async () => {
    const place = createServer()
    const port = await listen(place)
    await close(place)
    app = await aTestApp({ urls: { 'mobile-store': `http://localhost:${port}` } })
    const redirectUri = app.config.group.clients.get('mobile-store')!.client.redirectUris[0]!
    home = new URL('/', redirectUri).href
    child = spawn(process.execPath, [example], {
      env: {
        ...process.env,
        ISSUER: app.issuer,
        CLIENT_ID: 'mobile-store',
        CLIENT_SECRET: clientSecret(app.config, 'mobile-store')!,
        REDIRECT_URI: redirectUri,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    for await (const line of createInterface({ input: child.stdout! })) if (line.startsWith('Open ')) break
  })
  after(async () => {
    child.kill()
    await app.close()
  })

  it('R12: runs as it stands: somebody signs in, sees their claims, and signs out', async () => {
    const ada = await app.aPerson({ links: ['mobile'] })
    const traveller = aTraveller(app)
    const service = createTestBrowser()
    const begun = await service.visit(`${home}sign-in`)
    const page = await traveller.follow(begun.next!, traveller.isBack)
    const back = await traveller.act(page, '', asTyped(ada))
    assert.equal((await service.visit(back.next!)).status, 303)
    const shown = await service.visit(home)
    assert.match(shown.text, /Ada/)
    const out = await service.visit(`${home}sign-out`)
    assert.ok(out.next?.startsWith(`${app.issuer}/session/end?`))
    assert.match((await service.visit(home)).text, /Sign in/)
  })

  it('says what was refused, by name', async () => {
    const service = createTestBrowser()
    await service.visit(`${home}sign-in`)
    const refused = await service.visit(
      `${home}callback?error=access_denied&error_description=no&iss=${app.issuer}&state=x`,
    )
    assert.equal(refused.status, 400)
  })
})
