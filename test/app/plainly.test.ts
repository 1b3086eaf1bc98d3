import assert from 'node:assert/strict'
import { Provider } from 'oidc-provider'
import { aTestApp } from '../world/app.ts'
import { beforeEachOperation } from '../world/around-storage.ts'
import { openTestDatabase } from '../world/database.ts'
import { aTokenClient } from '../world/tokens.ts'
import { asTyped, aTraveller } from '../world/traveller.ts'

describe('the whole product', () => {
  it('P17: answers userinfo before the library where the plain lane is on, and by it where it is off', async () => {
    for (const plainLane of [true, false]) {
      const database = await openTestDatabase()
      const insides: boolean[] = []
      const connection = beforeEachOperation(database.connection, () => void insides.push(Provider.ctx !== undefined))
      const app = await aTestApp({ database: { ...database, connection }, config: { plainLane } })
      try {
        const [person, traveller] = [await app.aPerson({ links: ['mobile'] }), aTraveller(app)]
        const back = await traveller.act(await traveller.go('mobile-store'), '', asTyped(person))
        const client = aTokenClient(app)
        const tokens = await client.redeemed('mobile-store', back)
        await app.settled()
        insides.length = 0
        assert.equal(await client.userinfo(tokens), 200)
        assert.equal(insides.includes(true), !plainLane)
        assert.ok(insides.length > 0)
      } finally {
        await app.close()
        await database.close()
      }
    }
  })
})
