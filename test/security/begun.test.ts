import assert from 'node:assert/strict'
import { adjustableClock, minute } from '../../src/lib/clock.ts'
import { limitRules } from '../../src/limits/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { anAuthorization, createTestBrowser } from '../world/browser.ts'
import { asTyped, aTraveller } from '../world/traveller.ts'

const { most } = limitRules['begun-network']

describe('what is begun without a sign-in is bounded, and goes (H7)', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp({ config: { trustedProxies: ['127.0.0.0/8', '::1/128'] } })
  })
  after(() => app.close())
  beforeEach(() => app.features.limits.clear())

  const startAt = (more: Record<string, string> = {}) =>
    `${app.issuer}/auth?${anAuthorization('mobile-store', app.config.group.clients.get('mobile-store')?.client.redirectUris[0] ?? '', more)}`
  /** A browser that was never here before, from an address. */
  const begin = (from: string, more: Record<string, string> = {}) =>
    createTestBrowser().visit(startAt(more), { headers: { 'x-forwarded-for': from } })
  const errorOf = ({ next }: { next?: string }) => new URL(next ?? app.issuer).searchParams.get('error')
  const fill = async (subject: string, left: number, all: number = most) => {
    for (let taken = 0; taken < all - left; taken += 500)
      await Promise.all(
        Array.from({ length: Math.min(500, all - left - taken) }, () =>
          app.features.limits.consume('begun-network', subject),
        ),
      )
  }
  const rows = (name: string) => app.database.connection.collection(name).countDocuments({})

  it('H7: one network may leave so many sign-ins unfinished, and another goes on', async () => {
    await fill('203.0.113.7/32', 1)
    assert.equal(errorOf(await begin('203.0.113.7')), null)
    const before = await rows('artifacts')
    for (let i = 0; i < 3; i++) assert.equal(errorOf(await begin('203.0.113.7')), 'temporarily_unavailable')
    assert.equal(await rows('artifacts'), before, 'nothing is kept of what was refused')
    assert.equal(errorOf(await begin('203.0.113.8')), null)
  })

  it('H7: in IPv6 a customer has one /64 after another, and is counted by /48 as well', async () => {
    await fill('2001:db8:1:2::/64', 0)
    assert.equal(errorOf(await begin('2001:db8:1:2::77')), 'temporarily_unavailable')
    assert.equal(errorOf(await begin('2001:db8:1:3::77')), null)
    await fill('2001:db8:9::/48', 1, 3 * most)
    assert.equal(errorOf(await begin('2001:db8:9:1::1')), null)
    assert.equal(errorOf(await begin('2001:db8:9:2::1')), 'temporarily_unavailable')
    assert.equal(errorOf(await begin('2001:db8:a:2::1')), null)
  })

  it('H7: what is finished is given back: a school signs in from one address all morning', async () => {
    const person = await app.aPerson({ links: ['mobile'] })
    await fill('198.51.100.9/32', 1)
    for (let pupil = 0; pupil < 3; pupil++) {
      const traveller = aTraveller(app)
      const headers = { 'x-forwarded-for': '198.51.100.9' }
      const first = await traveller.visit(startAt(), { headers })
      const page = await traveller.visit(first.next ?? '', { headers })
      const form = { ...asTyped(person), csrf: /name="csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? '' }
      const sent = await traveller.submit(page.url, form, headers)
      const back = await traveller.visit(sent.next ?? '', { headers })
      assert.ok(new URL(back.next ?? app.issuer).searchParams.get('code'), back.text.slice(0, 300))
    }
  })

  it('H7: each parameter is measured before anything of it is kept', async () => {
    const before = await rows('artifacts')
    const tooLong: Record<string, string>[] = [
      { state: 'x'.repeat(4097) },
      { nonce: 'x'.repeat(513) },
      { login_hint: 'x'.repeat(321) },
      { claims: JSON.stringify({ userinfo: { email: { value: 'x'.repeat(4097) } } }) },
    ]
    for (const more of tooLong) {
      const answer = await begin('203.0.113.20', more)
      assert.ok(errorOf(answer) === 'invalid_request' || answer.status === 400, JSON.stringify(more).slice(0, 40))
    }
    assert.equal(await rows('artifacts'), before)
    assert.equal(errorOf(await begin('203.0.113.20', { state: 'x'.repeat(4000) })), null)
  })

  it('H7: what was only begun is gone after its hour, with all that belongs to it', async () => {
    await app.features.oidc.tick()
    const [artifacts, sessions] = [await rows('artifacts'), await rows('sessions')]
    for (let i = 0; i < 10; i++) {
      const page = await begin('203.0.113.30')
      assert.equal(errorOf(page), null)
      // Somebody looks at a television's page, which keeps nobody's session.
      await createTestBrowser().visit(`${app.issuer}/device`, { headers: { 'x-forwarded-for': '203.0.113.30' } })
    }
    assert.ok((await rows('artifacts')) > artifacts)
    const clock = adjustableClock()
    clock.advance(61 * minute)
    try {
      await app.features.oidc.tick()
      assert.equal(await rows('sessions'), sessions)
      const left = await app.database.connection.collection('artifacts').find({}).toArray()
      const inADay = left.filter(({ exp }) => (exp as number) > Date.now() / 1000)
      assert.ok(inADay.length <= artifacts, `${inADay.length} outlive their hour`)
      assert.ok(left.length <= artifacts, `${left.length} rows, ${artifacts} before`)
    } finally {
      clock.reset()
    }
  })

  it('H7: a television’s page and a form too long for an address count as begun, and are not kept beyond it', async () => {
    await fill('203.0.113.40/32', 2)
    const from = { 'x-forwarded-for': '203.0.113.40' }
    const browser = createTestBrowser(undefined, '203.0.113.40')
    const look = () => createTestBrowser().visit(`${app.issuer}/device`, { headers: from })
    const post = () => createTestBrowser().submit(`${app.issuer}/auth`, { state: 'x'.repeat(3500) }, from)
    assert.equal((await browser.visit(`${app.issuer}/device`)).status, 200)
    assert.equal((await browser.visit(`${app.issuer}/device`)).status, 200, 'the same browser is counted once')
    assert.equal((await post()).status, 303)
    const [artifacts, sessions] = [await rows('artifacts'), await rows('sessions')]
    for (const answer of [await look(), await post()]) {
      assert.equal(answer.status, 429)
      assert.ok(Number(answer.headers.get('retry-after')) > 0)
    }
    assert.deepEqual([await rows('artifacts'), await rows('sessions')], [artifacts, sessions])
    assert.equal((await createTestBrowser(undefined, '203.0.113.41').visit(`${app.issuer}/device`)).status, 200)
  })
})
