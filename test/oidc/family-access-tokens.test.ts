import assert from 'node:assert/strict'
import { type AdjustableClock, adjustableClock, minute } from '../../src/lib/clock.ts'
import { digest, randomId } from '../../src/lib/ids.ts'
import { createTestBrowser } from '../world/browser.ts'
import { aCompany, aService, declared } from '../world/group.ts'
import { asPerson, aTestOidc, signedIn, type TestOidc } from '../world/oidc.ts'
import { aRelyingParty } from '../world/relying-party.ts'

interface Tokens {
  error?: string
  access_token: string
  refresh_token: string
}

interface Row {
  _id: string
  grantId?: string
  payload: string
  number?: number
  access?: string
  givenBackUntil?: number
}

describe('what a code begins: one row for it, the refresh tokens that follow, and their access tokens', () => {
  let product: TestOidc
  let clock: AdjustableClock
  before(async function () {
    product = await aTestOidc({
      companies: (url) => {
        const store = aService('mobile', 'mobile-store', url('mobile-store'), {
          scopes: ['openid', 'profile', 'email'],
        })
        const [web] = store.clients
        store.clients = [web!, { ...web!, id: 'another' }]
        return [
          declared(aCompany({ id: 'mobile' }), [store]),
          declared(aCompany({ id: 'games' }), [aService('games', 'games-arcade', url('games-arcade'))]),
        ]
      },
    })
    // Without the lane each has a row of its own.
    if (!product.config.plainLane) this.skip()
  })
  after(() => product.close())
  beforeEach(() => {
    clock = adjustableClock()
  })
  afterEach(() => clock.reset())

  const artifacts = () => product.database.connection.collection<Row>('artifacts')
  const post = async (id: string, path: string, fields: Record<string, string>) => {
    const { secret } = await aRelyingParty(product, id)
    const answer = await fetch(`${product.issuer}${path}`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${id}:${encodeURIComponent(secret!)}`)}` },
      body: new URLSearchParams(fields),
    })
    const text = await answer.text()
    return { status: answer.status, body: (text ? JSON.parse(text) : {}) as Tokens & Record<string, unknown> }
  }
  const statusAtUserinfo = async (token: string) =>
    (await fetch(`${product.issuer}/me`, { headers: { authorization: `Bearer ${token}` } })).status
  const isActive = async (token: string) =>
    (await post('mobile-store', '/token/introspection', { token })).body.active as boolean
  const lives = async (token: string) => {
    const [status, active] = [await statusAtUserinfo(token), await isActive(token)]
    assert.deepEqual([status, active], active ? [200, true] : [401, false])
    return active
  }
  const familyOf = async (token: string) =>
    artifacts().findOne({ _id: `RefreshFamily:${digest(token.slice(0, 22))}` }) as Promise<Row | null>
  const rowsUnder = async (grantId: unknown) =>
    (
      await artifacts()
        .find({ grantId: grantId as never })
        .toArray()
    )
      .map(({ _id }) => _id.split(':')[0]!)
      .sort()

  /** Somebody signed in at Mobile, with a code that is not redeemed yet. */
  const aCode = async (scope = 'openid profile') => {
    const person = await product.aPerson()
    await product.link(person, 'mobile')
    await product.link(person, 'games')
    const browser = createTestBrowser()
    const service = await aRelyingParty(product, 'mobile-store')
    const { visit, asked } = await service.travel(browser, () => signedIn(asPerson(person)), { scope })
    const code = new URL(visit.next!).searchParams.get('code')!
    const redeem = () =>
      post('mobile-store', '/token', {
        ...{ grant_type: 'authorization_code', code, redirect_uri: service.redirectUri },
        code_verifier: asked.verifier,
      })
    return { code, redeem, browser, person, service }
  }
  const redeemed = async () => {
    const { redeem, ...rest } = await aCode()
    const { body, status } = await redeem()
    assert.equal(status, 200, JSON.stringify(body))
    return { ...rest, redeem, ...body }
  }
  const refresh = async (refresh_token: string) =>
    (await post('mobile-store', '/token', { grant_type: 'refresh_token', refresh_token })).body

  it('P15: it is one row from the code on; each access token is good for its ten minutes, whatever follows it', async () => {
    const { code, redeem } = await aCode()
    const { grantId } = (await familyOf(code))!
    assert.deepEqual(await rowsUnder(grantId), ['RefreshFamily'])
    const first = (await redeem()).body
    clock.advance(4 * minute)
    const second = await refresh(first.refresh_token)
    assert.deepEqual(await rowsUnder(grantId), ['RefreshFamily'])
    assert.deepEqual([await lives(first.access_token), await lives(second.access_token)], [true, true])
    clock.advance(6 * minute)
    assert.deepEqual([await lives(first.access_token), await lives(second.access_token)], [false, true])
    await product.oidc.tick()
    assert.deepEqual(await rowsUnder(grantId), ['RefreshFamily'])
  })

  it('P15: a code that nobody redeems is no more once it has run out', async () => {
    const { code, redeem } = await aCode()
    clock.advance(2 * minute)
    assert.equal((await redeem()).body.error, 'invalid_grant')
    await product.oidc.tick()
    assert.equal(await familyOf(code), null)
  })

  it('P15: a code that comes again ends all that came of it, and a minute later nothing', async () => {
    const again = await redeemed()
    assert.equal((await again.redeem()).body.error, 'invalid_grant')
    assert.equal(await familyOf(again.refresh_token), null)
    assert.equal(await lives(again.access_token), false)
    assert.equal((await refresh(again.refresh_token)).error, 'invalid_grant')
    const late = await redeemed()
    clock.advance(2 * minute)
    assert.equal((await late.redeem()).body.error, 'invalid_grant')
    assert.ok(await lives(late.access_token))
  })

  it('P3: nobody makes one, whatever they know of a family: its name, another token, what the store holds', async () => {
    const [{ access_token, refresh_token }, other] = [await redeemed(), await redeemed()]
    const { refresh_token: newest } = await refresh(refresh_token)
    const [family, proof, issued, number] = /^(.{22})(.{43})(\w+)-(\d+)$/.exec(access_token)!.slice(1) as string[]
    const row = (await familyOf(access_token))!
    const made = [
      `${family}${randomId(32)}${issued}-${number}`,
      `${other.access_token.slice(0, 22)}${proof}${issued}-${number}`,
      `${family}${proof}${(Number.parseInt(issued!, 36) + 60).toString(36)}-${number}`,
      ...['1', '2', '00', '-1', ''].map((nth) => `${family}${proof}${issued}-${nth}`),
      `${family}${(row as Row & { newest: string }).newest}${issued}-${number}`,
      `${newest.slice(0, 65)}${issued}-${number}`,
      ...[newest, family!, access_token.slice(0, -1), `${access_token}0`],
    ]
    for (const guess of made) assert.equal(await statusAtUserinfo(guess), 401, guess)
    for (const guess of made.filter((each) => each !== newest)) assert.equal(await isActive(guess), false, guess)
    assert.ok(await lives(access_token))
  })

  it('§1: a store that lost the newest write takes what came with it for unknown', async () => {
    const { access_token, refresh_token } = await redeemed()
    const { _id, ...before } = (await familyOf(refresh_token))!
    const lost = await refresh(refresh_token)
    await artifacts().updateOne({ _id: _id as never }, { $set: before })
    assert.deepEqual([await lives(lost.access_token), await lives(access_token)], [false, true])
  })

  it('P7: one that is given back is dead, and nothing else: not those before and after it, not at another company', async () => {
    const { access_token: first, refresh_token, browser, person } = await redeemed()
    const arcade = await aRelyingParty(product, 'games-arcade')
    const { visit, asked } = await arcade.travel(browser, () => signedIn(asPerson(person)))
    const games = await arcade.redeem(visit, asked)
    const second = await refresh(refresh_token)
    const third = await refresh(second.refresh_token)
    for (const id of ['another', 'games-arcade']) await post(id, '/token/revocation', { token: second.access_token })
    assert.ok(await lives(second.access_token), 'another client gives back nothing')
    for (let n = 0; n < 2; n++)
      assert.equal((await post('mobile-store', '/token/revocation', { token: second.access_token })).status, 200)
    assert.equal(await lives(second.access_token), false)
    assert.deepEqual([await lives(first), await lives(third.access_token)], [true, true])
    assert.equal(await statusAtUserinfo(games.access_token), 200)
    const fourth = await refresh(third.refresh_token)
    assert.deepEqual([await lives(second.access_token), await lives(fourth.access_token)], [false, true])
    clock.advance(11 * minute)
    await product.oidc.tick()
    assert.equal(await artifacts().findOne({ _id: `AccessToken:${digest(second.access_token)}` as never }), null)
    assert.equal(await lives(second.access_token), false)
  })

  it('U1: what is granted later is told by no token of before', async () => {
    const { access_token, refresh_token, browser, person, service } = await redeemed()
    const { visit, asked } = await service.travel(browser, () => signedIn(asPerson(person)), {
      scope: 'openid profile email',
    })
    const wider = await service.redeem(visit, asked)
    const said = async (token: string) =>
      (await fetch(`${product.issuer}/me`, { headers: { authorization: `Bearer ${token}` } })).json() as Promise<object>
    assert.ok('email' in (await said(wider.access_token)))
    const next = await refresh(refresh_token)
    for (const token of [access_token, next.access_token]) assert.ok(!('email' in (await said(token))))
  })

  it('P7: a sign-out, and what ends everything else, end them at once and leave no row', async () => {
    const ends: ((held: Awaited<ReturnType<typeof redeemed>>) => Promise<unknown>)[] = [
      ({ browser }) => browser.submit(`${product.issuer}/account/sign-out`, {}),
      ({ person }) => product.oidc.endOthers(asPerson(person)),
    ]
    for (const end of ends) {
      const held = await redeemed()
      const { grantId } = (await familyOf(held.access_token))!
      await end(held)
      assert.equal(await lives(held.access_token), false)
      assert.deepEqual(await rowsUnder(grantId), [])
    }
  })
})
