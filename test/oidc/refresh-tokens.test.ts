import assert from 'node:assert/strict'
import { detailNames } from '../../src/details/index.ts'
import { type AdjustableClock, adjustableClock, day, hour, minute, second } from '../../src/lib/clock.ts'
import { digest, padded, randomId } from '../../src/lib/ids.ts'
import { beforeEachOperation } from '../world/around-storage.ts'
import { createTestBrowser } from '../world/browser.ts'
import { Died } from '../world/dying.ts'
import { aCompany, aPartner, aService, declared } from '../world/group.ts'
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
  newest?: string
  exp: number
  purgeAt: string
}

describe('refresh tokens that follow each other', () => {
  let product: TestOidc
  let clock: AdjustableClock
  /** Operations on the store until the process dies; undefined: it lives. */
  let left: number | undefined
  beforeEach(() => {
    clock = adjustableClock()
  })
  before(async () => {
    product = await aTestOidc({
      wrap: (connection) =>
        beforeEachOperation(connection, () => {
          if (left === undefined) return
          if (left <= 0) throw new Died()
          left -= 1
        }),
      companies: (url) => {
        const store = aService('mobile', 'mobile-store', url('mobile-store'))
        const [web] = store.clients
        store.clients = [
          web!,
          { ...web!, id: 'lasting', offline: true },
          { ...web!, id: 'keeping', keepsRefreshToken: true },
          { ...web!, id: 'several', retriesRefresh: true },
        ]
        return [
          declared(aCompany({ id: 'mobile' }), [store], [aPartner('mobile', 'leaderboard', url('leaderboard'))]),
          declared(aCompany({ id: 'games' }), [aService('games', 'games-arcade', url('games-arcade'))]),
        ]
      },
    })
  })
  after(() => product.close())
  afterEach(() => {
    left = undefined
    clock.reset()
  })

  const artifacts = () => product.database.connection.collection<Row>('artifacts')
  const post = async (id: string, path: string, fields: Record<string, string>) => {
    const { secret } = await aRelyingParty(product, id)
    const answer = await fetch(`${product.issuer}${path}`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${id}:${encodeURIComponent(secret!)}`)}` },
      body: new URLSearchParams(fields),
    })
    return { status: answer.status, text: await answer.text() }
  }
  const lives = async (token: string) =>
    (await fetch(`${product.issuer}/me`, { headers: { authorization: `Bearer ${token}` } })).status === 200

  /** Somebody who is signed in at a client of Mobile and, in the same browser, at Games. */
  const signIn = async (id: string) => {
    const person = await product.aPerson()
    const account = await product.link(person, 'mobile')
    await product.link(person, 'games')
    const given = { account: account._id, client: id, fields: detailNames, policyVersion: '1' }
    await product.consents.give({ ...given, scopes: ['openid', 'profile', 'email'] })
    const browser = createTestBrowser()
    const at = async (client: string) => {
      const service = await aRelyingParty(product, client)
      const { visit, asked } = await service.travel(browser, () => signedIn(asPerson(person)))
      const authorization = `Basic ${btoa(`${client}:${encodeURIComponent(service.secret!)}`)}`
      const { refresh_token, access_token } = await service.redeem(visit, asked)
      const refresh = async (token: string) => {
        const answer = await fetch(`${product.issuer}/token`, {
          method: 'POST',
          headers: { authorization },
          body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: token }),
        })
        return { status: answer.status, body: (await answer.json()) as Tokens }
      }
      return { token: refresh_token!, access: access_token, refresh }
    }
    const [own, games] = [await at(id), await at('games-arcade')]
    const isSignedInAtGames = async () => {
      const { status, body } = await games.refresh(games.token)
      games.token = body.refresh_token
      return status === 200
    }
    return { ...own, person, account, browser, isSignedInAtGames }
  }
  const familyOf = async (token: string) =>
    artifacts().findOne({ _id: `RefreshFamily:${digest(token.slice(0, 22))}` }) as Promise<Row | null>
  const rowsOf = async (token: string): Promise<string[]> => {
    const { grantId } = (await familyOf(token)) ?? {}
    const found = await artifacts()
      .find({ grantId: grantId as never })
      .toArray()
    return found.map(({ _id }) => _id.split(':')[0]!).sort()
  }
  const times = async (count: number, token: string, refresh: Awaited<ReturnType<typeof signIn>>['refresh']) => {
    const given = [token]
    for (let n = 0; n < count; n++) {
      const { status, body } = await refresh(given.at(-1)!)
      assert.equal(status, 200, JSON.stringify(body))
      given.push(body.refresh_token)
    }
    return given
  }

  it('P15: a day of refreshes each ten minutes, and a month after it, leave one row', async function () {
    this.timeout(60_000)
    const { token, refresh } = await signIn('lasting')
    let newest = token
    const refreshed = async (every: number, until: number) => {
      for (let at = 0; at < until; at += every) {
        clock.advance(every)
        const { status, body } = await refresh(newest)
        assert.equal(status, 200, JSON.stringify(body))
        newest = body.refresh_token
      }
      clock.advance(11 * minute)
      await product.oidc.tick()
      assert.deepEqual(await rowsOf(newest), ['RefreshFamily'])
    }
    await refreshed(10 * minute, day)
    const before = JSON.stringify(await familyOf(newest)).length
    await refreshed(8 * hour, 30 * day)
    assert.equal((await familyOf(newest))?.number, 6 * 24 + 3 * 30)
    assert.ok(Math.abs(JSON.stringify(await familyOf(newest)).length - before) < 9, 'nor does the row grow')
  })

  for (const id of ['mobile-store', 'lasting', 'leaderboard'])
    it(`§1: ${id}: one that was spent long ago ends all that came of its grant, and nothing at another company`, async () => {
      const { token, refresh, isSignedInAtGames } = await signIn(id)
      const given = await times(4, token, refresh)
      const { access_token, refresh_token } = (await refresh(given.at(-1)!)).body
      const isPlain = product.config.plainLane && id !== 'leaderboard'
      const ofTheLibrary = [...Array<string>(6).fill('AccessToken'), 'RefreshFamily']
      assert.deepEqual(await rowsOf(token), [...(isPlain ? [] : ofTheLibrary), 'RefreshFamily'])
      assert.equal((await refresh(given[1]!)).body.error, 'invalid_grant')
      assert.equal(await familyOf(token), null)
      assert.equal(await lives(access_token), false)
      assert.equal((await refresh(refresh_token)).body.error, 'invalid_grant')
      assert.ok(await isSignedInAtGames())
    })

  it('§1: nobody ends a family by its name: only a token that was given out does, at every endpoint', async () => {
    const { token, refresh } = await signIn('mobile-store')
    const [, spent = '', newest = ''] = await times(2, token, refresh)
    const [family, secret, proof] = [spent.slice(0, 22), spent.slice(22, 44), spent.slice(44, 66)]
    const { newest: digested } = (await familyOf(token))!
    const made = [
      family,
      `${family}${randomId()}${randomId()}0`,
      `${family}${randomId()}${proof}1`,
      `${family}${secret}${randomId()}1`,
      ...['0', '2', '3', '01', '1e0', '-1', '999999999', '1\n', ''].map(
        (number) => `${family}${secret}${proof}${number}`,
      ),
      `${newest.slice(0, 66)}1`,
      `${newest.slice(0, 66)}3`,
      `${family}${digested}1`,
      digested!,
    ]
    for (const guess of made) {
      assert.equal((await refresh(guess)).body.error, 'invalid_grant', guess)
      assert.equal((await post('mobile-store', '/token/revocation', { token: guess })).status, 200)
      assert.deepEqual(JSON.parse((await post('mobile-store', '/token/introspection', { token: guess })).text), {
        active: false,
      })
    }
    const { body } = await refresh(newest)
    assert.ok(await lives(body.access_token))
  })

  it('§1: a spent one that is only asked about, or given back by another client, ends nothing', async () => {
    const { token, refresh } = await signIn('mobile-store')
    const [, newest = ''] = await times(1, token, refresh)
    assert.deepEqual(JSON.parse((await post('mobile-store', '/token/introspection', { token })).text), {
      active: false,
    })
    await post('keeping', '/token/revocation', { token })
    const { status, body } = await refresh(newest)
    assert.equal(status, 200)
    await post('mobile-store', '/token/revocation', { token })
    assert.deepEqual([await lives(body.access_token), await familyOf(token)], [false, null])
  })

  it('P7: a sign-out, what ends everything else, an unlink and an account’s end leave no row of it', async () => {
    const ends: ((held: Awaited<ReturnType<typeof signIn>>) => Promise<unknown>)[] = [
      ({ browser }) => browser.submit(`${product.issuer}/account/sign-out`, {}),
      ({ person }) => product.oidc.endOthers(asPerson(person)),
      async ({ person, account }) => {
        await product.links.unlink(person._id, 'mobile', { keep: 'now', actor: { kind: 'person', id: person._id } })
        await product.oidc.endAccount(account._id)
      },
      ({ account }) => product.oidc.endAccount(account._id, { livingToo: true }),
    ]
    for (const end of ends) {
      const held = await signIn('mobile-store')
      const [, newest = ''] = await times(1, held.token, held.refresh)
      const { grantId } = (await familyOf(newest))!
      await end(held)
      assert.equal(await artifacts().countDocuments({ grantId: grantId as never }), 0, String(end))
      assert.equal((await held.refresh(newest)).body.error, 'invalid_grant')
    }
  })

  it('O14: a client kept without rotation keeps its first, and its row as it was', async () => {
    const { token, refresh } = await signIn('keeping')
    const before = await familyOf(token)
    for (let n = 0; n < 3; n++) assert.equal((await refresh(token)).body.refresh_token, token)
    assert.deepEqual(await familyOf(token), before)
  })

  for (const id of ['mobile-store', 'leaderboard'])
    it(`Z1: ${id}: wherever the process dies, the token presented is still good, or spent and ends its grant; never are two`, async () => {
      let [unspent, spent] = [0, 0]
      for (let operations = 0; ; operations++) {
        const { token, refresh } = await signIn(id)
        left = operations
        const { status } = await refresh(token)
        left = undefined
        if (status === 200) {
          assert.ok(operations > 5)
          break
        }
        const { number } = (await familyOf(token))!
        const again = await refresh(token)
        if (number === 0) {
          unspent += 1
          assert.equal(again.status, 200)
          assert.equal((await familyOf(token))?.number, 1)
        } else {
          spent += 1
          assert.equal(again.body.error, 'invalid_grant')
          assert.equal(await familyOf(token), null)
        }
      }
      // In the plain lane there is one write.
      assert.ok(unspent > 2 && (spent > 0 || id === 'mobile-store'), `${unspent}, ${spent}`)
    })

  it('§1: a store that lost the newest write takes what it does not know for unknown, and ends nothing', async () => {
    const { token, refresh } = await signIn('mobile-store')
    const before = (await familyOf(token))!
    const [, newest = ''] = await times(1, token, refresh)
    const { _id, ...fields } = before
    await artifacts().updateOne({ _id: _id as never }, { $set: fields })
    const told = await post('mobile-store', '/token/introspection', { token: newest })
    assert.deepEqual(JSON.parse(told.text), { active: false })
    assert.equal((await refresh(newest)).body.error, 'invalid_grant')
    assert.equal((await refresh(token)).status, 200)
  })

  describe('of 0.3.0, a row each', () => {
    /** What that version would have stored, and given out, in the place of a family. */
    const asBefore = async (token: string): Promise<string> => {
      const value = randomId(32)
      const { _id, number: _number, newest: _newest, ...row } = (await familyOf(token))!
      await artifacts().deleteOne({ _id: _id as never })
      const fields = { ...row, purgeAt: padded(row.exp * 1000) }
      await artifacts().insertOne({ ...fields, _id: `RefreshToken:${digest(value)}` } as never)
      return value
    }
    const rowOf = (value: string) => artifacts().findOne({ _id: `RefreshToken:${digest(value)}` as never })

    it('goes on in a family when it is next replaced; presented again it ends all that came of it', async () => {
      for (const id of ['mobile-store', 'lasting', 'leaderboard']) {
        const { token, refresh, isSignedInAtGames } = await signIn(id)
        const value = await asBefore(token)
        const { payload } = (await rowOf(value))!
        const given = await times(3, (await refresh(value)).body.refresh_token, refresh)
        const family = (await familyOf(given[0]!))!
        assert.equal(family.number, 3)
        const [was, is] = [payload, family.payload].map((text) => JSON.parse(text!))
        for (const name of ['grantId', 'accountId', 'iiat', 'sessionUid', 'expiresWithSession', 'scope', 'clientId'])
          assert.deepEqual(is[name], was[name], name)
        assert.equal((await refresh(value)).body.error, 'invalid_grant')
        assert.equal((await refresh(given.at(-1)!)).body.error, 'invalid_grant')
        assert.deepEqual([await familyOf(given[0]!), await rowOf(value)], [null, null])
        assert.ok(await isSignedInAtGames())
      }
    })

    it('Z1: of eight that replace it at the same moment, one gets a new one', async () => {
      const { token, refresh } = await signIn('mobile-store')
      const value = await asBefore(token)
      const answers = await Promise.all(Array.from({ length: 8 }, () => refresh(value)))
      assert.equal(answers.filter(({ status }) => status === 200).length, 1)
    })

    it('stays as it is at a client kept without rotation, is told about, and can be given back', async () => {
      const { token, refresh } = await signIn('keeping')
      const value = await asBefore(token)
      const { body } = await refresh(value)
      assert.equal(body.refresh_token, value)
      assert.equal(JSON.parse((await post('keeping', '/token/introspection', { token: value })).text).active, true)
      await post('keeping', '/token/revocation', { token: value })
      assert.deepEqual([await lives(body.access_token), await rowOf(value)], [false, null])
    })

    it('R3: a client that asks again is answered the same, until the newer one was used', async () => {
      const { token, refresh } = await signIn('several')
      const value = await asBefore(token)
      const [first, ...others] = await Promise.all([1, 2, 3].map(() => refresh(value)))
      for (const { body } of [...others, await refresh(value)]) assert.deepEqual(body, first!.body)
      const { body } = await refresh(first!.body.refresh_token)
      assert.equal((await refresh(value)).body.error, 'invalid_grant')
      assert.equal(await lives(body.access_token), false)
    })

    it('runs out when it said it would', async () => {
      const { token, refresh } = await signIn('lasting')
      const value = await asBefore(token)
      clock.advance(30 * day + second)
      assert.equal((await refresh(value)).body.error, 'invalid_grant')
      await product.oidc.tick()
      assert.equal(await rowOf(value), null)
    })
  })

  it('P7: thirty days unused, the newest is none, and its row goes within the day', async () => {
    const { token, refresh } = await signIn('lasting')
    clock.advance(29 * day)
    const [, newest = ''] = await times(1, token, refresh)
    clock.advance(30 * day + second)
    assert.equal((await refresh(newest)).body.error, 'invalid_grant')
    clock.advance(day)
    await product.oidc.tick()
    assert.equal(await familyOf(newest), null)
  })
})
