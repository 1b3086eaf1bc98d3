import assert from 'node:assert/strict'
import { aTestApp, type TestApp } from '../world/app.ts'
import type { Visit } from '../world/browser.ts'
import { asTyped, aTraveller } from '../world/traveller.ts'
import { aVisitor } from '../world/visitor.ts'

/** The buttons of the page itself: one, with a name on it. */
const waysBack = ({ text }: Visit): { href: string; label: string }[] =>
  [
    ...(/<main[\s\S]*<\/main>/.exec(text)?.[0] ?? '').matchAll(/<(?:a|button)[^>]*class="button[^"]*"[^>]*>[^<]*</g),
  ].map(([button]) => ({
    href: /href="([^"]*)"/.exec(button)?.[1] ?? '',
    label: />([^<]*)</.exec(button)?.[1]?.trim() ?? '',
  }))

describe('the way on from a page that ends', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp()
  })
  after(() => app.close())

  const games = () => app.config.group.services.get('games-arcade')!

  const endInteractions = () => app.database.connection.collection('artifacts').deleteMany({})

  it('U8: the page of a sign-in that ran out names its service, whichever step it was', async () => {
    const traveller = aTraveller(app)
    const page = await traveller.go('games-arcade')
    const other = await traveller.go('mobile-store')
    await endInteractions()
    const back = { href: games().url, label: `Back to ${games().name}` }
    for (const end of ['', '/create', '/recover', '/link']) {
      const over = await traveller.open(page, end)
      assert.equal(over.status, 410, end)
      assert.deepEqual(waysBack(over), [back], end)
    }
    for (const end of ['', '/not-now', '/another', '/somebody-else'])
      assert.deepEqual(waysBack(await traveller.post(page, end, { csrf: 'of no page' })), [back], end)
    assert.equal(
      waysBack(await traveller.open(other, ''))[0]?.label,
      `Back to ${app.config.group.services.get('mobile-store')?.name}`,
    )
    assert.deepEqual(waysBack(await traveller.visit(`${app.issuer}/auth/${traveller.baseOf(page).split('/')[2]}`)), [
      back,
    ])
    // Another browser is told nothing of whose it was.
    const stranger = aTraveller(app)
    assert.deepEqual(waysBack(await stranger.open(page, '')), [{ href: '/account', label: 'Go to your account' }])
  })

  it('U8: *Back* after signing in goes on by itself, to the service that it was for', async () => {
    const person = await app.aPerson({ links: ['games'] })
    const traveller = aTraveller(app)
    const page = await traveller.go('games-arcade')
    assert.equal(traveller.told(await traveller.act(page, '', asTyped(person))), 'code')
    for (const path of [traveller.baseOf(page), traveller.baseOf(page).replace('sign-in', 'auth')]) {
      const back = await traveller.visit(`${app.issuer}${path}`)
      assert.equal(back.status, 303, path)
      assert.equal(back.next, new URL(games().url, app.issuer).href, path)
    }
    // A form is never taken for a wish to go on as who is signed in.
    assert.equal((await traveller.post(page, '', { csrf: 'of no page' })).status, 410)
  })

  it('U8: a step that cannot be taken leads on with its sign-in', async () => {
    const traveller = aTraveller(app)
    const page = await traveller.go('games-arcade')
    const refused = await traveller.post(page, '', { csrf: 'of no page' })
    assert.equal(refused.status, 403)
    assert.deepEqual(waysBack(refused), [{ href: traveller.baseOf(page), label: `Continue to ${games().name}` }])
  })

  it('U8: every other error page has one button with a name on it', async () => {
    const visitor = aVisitor(app.issuer)
    const account = { href: '/account', label: 'Go to your account' }
    const desk = { href: '/console', label: 'Go to the support console' }
    const expected: [string, number, object][] = [
      ['/nowhere', 404, account],
      ['/account/nowhere', 404, account],
      ['/undo/nothing', 404, account],
      ['/console/nowhere', 404, desk],
      ['/auth?client_id=nobody', 400, account],
      [
        '/auth?client_id=games-arcade&redirect_uri=https://elsewhere.example',
        400,
        { href: games().url, label: `Back to ${games().name}` },
      ],
      [
        '/session/end?post_logout_redirect_uri=https://elsewhere.example',
        400,
        { href: '/session/end', label: 'Sign out here' },
      ],
    ]
    for (const [path, , way] of expected) {
      const page = await visitor.page(path)
      assert.ok(page.status >= 400, `${path} ${page.status}`)
      assert.deepEqual(waysBack(page), [way], path)
    }
    const forged = await visitor.submit(`${app.issuer}/console/sign-in`, { csrf: 'of no page' })
    assert.deepEqual(waysBack(forged), [desk])
  })

  it('U8: the bare address leads to the account pages', async () => {
    const asked = await aVisitor(app.issuer).page('/')
    assert.equal(asked.status, 303)
    assert.equal(new URL(asked.next ?? '').pathname, '/account')
  })
})
