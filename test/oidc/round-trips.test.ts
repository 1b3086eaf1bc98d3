import assert from 'node:assert/strict'
import * as client from 'openid-client'
import { createTestBrowser, type Visit } from '../world/browser.ts'
import { aCountedApp, counted } from '../world/counted.ts'
import { asPerson, aTestOidc, signedIn } from '../world/oidc.ts'
import { aRelyingParty } from '../world/relying-party.ts'
import { asTyped, aTraveller } from '../world/traveller.ts'

describe('how often the store is asked', () => {
  it('is pinned for each of the hot operations; every read is by `_id`', async () => {
    const seen: string[] = []
    const product = await aTestOidc({ wrap: (connection) => counted(connection, seen) })
    try {
      const person = await product.aPerson()
      await product.link(person, 'mobile')
      const browser = createTestBrowser()
      const service = await aRelyingParty(product, 'mobile-store')
      const countedOf = async <T>(act: () => Promise<T>): Promise<[number, T]> => {
        seen.length = 0
        const result = await act()
        return [seen.length, result]
      }
      await service.travel(browser, () => signedIn(asPerson(person)))
      // What a sign-in leaves to be done afterwards is none of the next request's.
      await product.oidc.stop()
      const [again, { visit, asked }] = await countedOf(() => service.travel(browser, () => undefined))
      const [code, tokens] = await countedOf(() => service.redeem(visit, asked))
      const { sub } = tokens.claims()!
      const [userinfo] = await countedOf(() => client.fetchUserInfo(service.config, tokens.access_token, sub))
      const [refresh] = await countedOf(() => client.refreshTokenGrant(service.config, tokens.refresh_token!))
      const [introspection, shown] = await countedOf(() =>
        client.tokenIntrospection(service.config, tokens.access_token),
      )
      assert.equal(shown.active, true)
      // In the plain lane one write each.
      const redeemed = product.config.plainLane ? { code: 6, refresh: 6 } : { code: 8, refresh: 7 }
      const machine = await aRelyingParty(product, 'mobile-machine')
      const resource = `${product.issuer}/scim/mobile`
      const [credentials] = await countedOf(() =>
        client.clientCredentialsGrant(machine.config, { scope: 'accounts.read', resource }),
      )
      assert.deepEqual(
        { again, code, userinfo, introspection, refresh, credentials },
        { again: 6, ...redeemed, userinfo: 5, introspection: 5, credentials: 0 },
      )
    } finally {
      await product.close()
    }
  })

  it('is pinned for a whole sign-in, by a browser that is new and by one that is known', async () => {
    const { app, seen } = await aCountedApp()
    const person = await app.aPerson({ links: ['games'] })
    const traveller = aTraveller(app)
    const signIn = async () => {
      const counts: number[] = []
      const countedOf = async (act: () => Promise<Visit>): Promise<Visit> => {
        seen.length = 0
        const visit = await act()
        counts.push(seen.length)
        return visit
      }
      const page = await countedOf(() => traveller.go('games-arcade', { prompt: 'login' }))
      const answer = await countedOf(() => traveller.send(page, '', asTyped(person)))
      assert.equal(traveller.told(await countedOf(() => traveller.visit(answer.next ?? ''))), 'code')
      // What is only recorded is recorded behind the answer.
      await app.features.oidc.stop()
      return counts
    }
    const [begun, proven] = await signIn()
    assert.deepEqual({ begun, proven }, { begun: 2, proven: 18 })
    const [again, known, resumed] = await signIn()
    assert.deepEqual({ again, known, resumed }, { again: 9, known: 20, resumed: 16 })
    await app.close()
  })
})
