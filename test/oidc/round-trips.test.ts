import assert from 'node:assert/strict'
import type { Connection, Schema } from 'mongoose'
import * as client from 'openid-client'
import { createTestBrowser } from '../support/browser.ts'
import { asPerson, aTestOidc, signedIn } from '../support/oidc.ts'
import { aRelyingParty } from '../support/relying-party.ts'

const operations = ['findOne', 'find', 'updateOne', 'findOneAndUpdate', 'deleteOne', 'deleteMany'] as const

const counting = (seen: string[]) => (connection: Connection) =>
  new Proxy(connection, {
    get: (target, name) => {
      const value = Reflect.get(target, name) as unknown
      if (name !== 'model') return typeof value === 'function' ? value.bind(target) : value
      return (model: string, schema: Schema, collection: string) => {
        for (const operation of operations) schema.pre(operation, () => void seen.push(`${operation} ${collection}`))
        return target.model(model, schema, collection)
      }
    },
  })

describe('how often the store is asked', () => {
  it('is pinned for each of the hot operations; every read is by `_id`', async () => {
    const seen: string[] = []
    const product = await aTestOidc({ wrap: counting(seen) })
    try {
      const person = await product.aPerson()
      await product.link(person, 'mobile')
      const browser = createTestBrowser()
      const service = await aRelyingParty(product, 'mobile-store')
      const counted = async <T>(act: () => Promise<T>): Promise<[number, T]> => {
        seen.length = 0
        const result = await act()
        return [seen.length, result]
      }
      await service.travel(browser, () => signedIn(asPerson(person)))
      // What a sign-in leaves to be done afterwards is none of the next request's.
      await product.oidc.stop()
      const [again, { visit, asked }] = await counted(() => service.travel(browser, () => undefined))
      const [code, tokens] = await counted(() => service.redeem(visit, asked))
      const { sub } = tokens.claims()!
      const [userinfo] = await counted(() => client.fetchUserInfo(service.config, tokens.access_token, sub))
      const [refresh] = await counted(() => client.refreshTokenGrant(service.config, tokens.refresh_token!))
      const machine = await aRelyingParty(product, 'mobile-machine')
      const resource = `${product.issuer}/scim/mobile`
      const [credentials] = await counted(() =>
        client.clientCredentialsGrant(machine.config, { scope: 'accounts.read', resource }),
      )
      assert.deepEqual(
        { again, code, userinfo, refresh, credentials },
        { again: 6, code: 8, userinfo: 5, refresh: 8, credentials: 0 },
      )
    } finally {
      await product.close()
    }
  })
})
