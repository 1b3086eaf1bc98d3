import assert from 'node:assert/strict'
import { aTestApp, type TestApp } from '../world/app.ts'
import { handedOver } from '../world/browser.ts'
import { asTyped, aTraveller, type Traveller } from '../world/traveller.ts'

/** What a sign-in was begun with is what it ends with, whatever is put into its addresses, forms and cookies. */
describe('a sign-in under way is nobody’s to alter (CVE-2026-7571, CVE-2022-39222)', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp()
  })
  after(() => app.close())

  const altered = {
    client_id: 'games-arcade',
    redirect_uri: 'https://evil.example/callback',
    response_type: 'id_token token',
    response_mode: 'fragment',
    scope: 'openid profile email phone address offline_access',
    state: 'theirs',
    code_challenge: 'x'.repeat(43),
    prompt: 'none',
    uid: 'x',
    result: '{"login":{"accountId":"person:x"}}',
    returnTo: 'https://evil.example/',
    acr: 'x',
  }
  const query = `?${new URLSearchParams(altered)}`

  const assertUnaltered = (traveller: Traveller, back: Awaited<ReturnType<Traveller['go']>>) => {
    assert.equal(traveller.told(back), 'code')
    assert.ok(back.next?.startsWith(`${app.urlOf('mobile-store')}/callback?`))
    assert.equal(handedOver(back).get('state'), 'ours')
    assert.equal(handedOver(back).get('access_token') ?? new URL(back.next ?? '').hash, '')
  }

  it('by parameters in its addresses and fields in its forms', async () => {
    const person = await app.aPerson({ links: ['mobile'] })
    const traveller = aTraveller(app)
    const page = await traveller.go('mobile-store', { state: 'ours' })
    const shown = await traveller.visit(page.url + query)
    assert.equal(shown.status, 200)
    const answer = await traveller.send(shown, '', { ...altered, ...asTyped(person) })
    const back = await traveller.follow(`${answer.next}${query}`, traveller.isBack)
    assertUnaltered(traveller, back)
  })

  it('by the address of a step in another browser, before or after the proof', async () => {
    const person = await app.aPerson({ links: ['mobile'] })
    const [owner, thief] = [aTraveller(app), aTraveller(app)]
    const page = await owner.go('mobile-store', { state: 'ours' })
    await thief.go('mobile-store', { state: 'theirs' })
    assert.equal((await thief.visit(page.url)).status, 410)
    const answer = await owner.send(page, '', asTyped(person))
    const stolen = await thief.visit(answer.next ?? '')
    assert.ok(!stolen.next || !owner.isBack(new URL(stolen.next)), 'the resumption gives a code to nobody else')
    assert.match((await thief.visit(`${app.issuer}/account/services`)).next ?? '', /\/auth\?/)
    assertUnaltered(owner, await owner.follow(answer.next ?? '', owner.isBack))
  })

  it('by the steps of another sign-in in the same browser', async () => {
    const person = await app.aPerson({ links: ['mobile', 'games'] })
    const traveller = aTraveller(app)
    const [one, other] = [await traveller.go('mobile-store', { state: 'ours' }), await traveller.go('games-arcade')]
    assert.notEqual(traveller.baseOf(one), traveller.baseOf(other))
    const answer = await traveller.send(one, '', asTyped(person))
    const mixed = answer.next?.replace(/[^/]+$/, traveller.baseOf(other).split('/')[2] ?? '') ?? ''
    const wrong = await traveller.visit(mixed)
    assert.ok(!wrong.next || !traveller.isBack(new URL(wrong.next)), 'nobody has proven anything in the other')
    assertUnaltered(traveller, await traveller.follow(answer.next ?? '', traveller.isBack))
  })

  it('by a cookie that is made up, or another’s: it is over, and nothing is told', async () => {
    const traveller = aTraveller(app)
    const page = await traveller.go('mobile-store')
    const uid = traveller.baseOf(page).split('/')[2]
    const name = `interaction-${app.config.port}`
    for (const cookie of [`${name}=${uid}`, `${name}=${uid}; ${name}.sig=${'x'.repeat(27)}`, '']) {
      const answer = await fetch(page.url, { headers: { cookie, accept: 'text/html' } })
      assert.equal(answer.status, 410, cookie)
      assert.doesNotMatch(await answer.text(), /mobile-store|Example Mobile/)
    }
  })
})
