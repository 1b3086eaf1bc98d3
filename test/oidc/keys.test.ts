import assert from 'node:assert/strict'
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { day } from '../../src/lib/clock.ts'
import { keysInForce, publishedAfter, publishedBefore } from '../../src/oidc/keys.ts'
import type { StoredKey } from '../../src/oidc/keys-store.ts'
import { createTestBrowser } from '../world/browser.ts'
import { asPerson, aTestOidc, signedIn, type TestOidc } from '../world/oidc.ts'
import { aRelyingParty } from '../world/relying-party.ts'

const aKey = (number: number, signsFrom: number): StoredKey => ({
  _id: `ES256:${number}`,
  algorithm: 'ES256',
  number,
  kid: String(number),
  sealed: '',
  createdAt: signsFrom - publishedBefore,
  signsFrom,
})
const kids = (keys: StoredKey[]) => keys.map(({ kid }) => kid)

describe('signing keys', () => {
  describe('P10: published → signing → retired → removed', () => {
    const at = 1_000 * day
    const keys = [aKey(1, at - 100 * day), aKey(2, at)]

    it('publishes a key a day before it signs', () => {
      assert.deepEqual(kids(keysInForce(keys, at - publishedBefore).inForce), ['1', '2'])
    })
    it('signs with the new one from its time on, and still publishes the old one', () => {
      assert.deepEqual(kids(keysInForce(keys, at).inForce), ['2', '1'])
    })
    it('removes the old one when no session of before can live', () => {
      assert.deepEqual(kids(keysInForce(keys, at + publishedAfter - 1).inForce), ['2', '1'])
      const { inForce, removed } = keysInForce(keys, at + publishedAfter)
      assert.deepEqual([kids(inForce), kids(removed)], [['2'], ['1']])
    })
    it('signs with the first there is when none has begun yet', () => {
      assert.deepEqual(kids(keysInForce([aKey(1, at + 5)], at).inForce), ['1'])
    })
  })

  describe('in a running provider', () => {
    let product: TestOidc
    before(async () => {
      product = await aTestOidc()
    })
    after(() => product.close())
    const published = async () => {
      const { keys } = (await (await fetch(`${product.issuer}/jwks`)).json()) as { keys: Record<string, string>[] }
      return keys
    }
    const stored = () => product.connection.collection<StoredKey>('keys')
    /** As if so much time had passed for the keys alone. */
    const age = async (milliseconds: number) => {
      for (const key of await stored().find({}).toArray())
        await stored().updateOne({ _id: key._id }, { $set: { signsFrom: key.signsFrom - milliseconds } })
      await product.oidc.tick()
    }
    const kidNow = async () => decodeProtectedHeader(await product.oidc.sign({}, { typ: 'test' })).kid

    it('publishes public halves alone, for ES256 and RS256', async () => {
      const keys = await published()
      assert.deepEqual(keys.map(({ alg }) => alg).sort(), ['ES256', 'RS256'])
      for (const key of keys)
        for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) assert.equal(key[secret], undefined)
    })

    it('a rotation loses no session, no token and no sign-out; a cached key set never meets an unknown key', async () => {
      const person = await product.aPerson()
      await product.link(person, 'mobile')
      const service = await aRelyingParty(product, 'mobile-store')
      const browser = createTestBrowser()
      const { visit, asked } = await service.travel(browser, () => signedIn(asPerson(person)))
      const tokens = await service.redeem(visit, asked)
      const before = await kidNow()
      const cached = createRemoteJWKSet(new URL(`${product.issuer}/jwks`))

      await product.oidc.rotate()
      assert.equal((await published()).length, 4)
      assert.equal(await kidNow(), before)
      await jwtVerify(tokens.id_token!, cached)

      await age(publishedBefore)
      assert.notEqual(await kidNow(), before)
      await jwtVerify(await product.oidc.sign({}, { typ: 'test' }), cached, { typ: 'test' })
      const again = await service.travel(browser, () => undefined)
      assert.deepEqual(again.pages, [])
      const renewed = await service.redeem(again.visit, again.asked)
      assert.equal(decodeProtectedHeader(renewed.id_token!).kid, await kidNow())
      const out = await browser.visit(`${product.issuer}/session/end?id_token_hint=${tokens.id_token}`)
      assert.equal(out.status, 303)

      await age(publishedAfter)
      assert.equal((await published()).length, 2)
    })

    it('two processes that rotate at once make one key, and agree within a look', async () => {
      const other = await aTestOidc({ database: product.database })
      await Promise.all([product.oidc.rotate(), other.oidc.rotate()])
      await Promise.all([product.oidc.tick(), other.oidc.tick()])
      const theirs = (await (await fetch(`${other.issuer}/jwks`)).json()) as { keys: Record<string, string>[] }
      assert.deepEqual(
        (await published()).map(({ kid }) => kid),
        theirs.keys.map(({ kid }) => kid),
      )
      assert.equal((await published()).length, 4)
      await other.close()
    })

    it('an emergency ends what the old keys vouch for at once', async () => {
      const before = await kidNow()
      await product.oidc.rotate({ atOnce: true })
      assert.notEqual(await kidNow(), before)
      assert.deepEqual(
        (await published()).filter(({ kid }) => kid === before),
        [],
      )
    })
  })
})
