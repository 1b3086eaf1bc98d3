import assert from 'node:assert/strict'
import type { KoaContextWithOIDC } from 'oidc-provider'
import { createBegun } from '../../src/oidc/begun.ts'

describe('who is counted for what they begin', () => {
  /** Whether `model`, begun by a client that proved itself so, counts against the network it came from. */
  const counts = async (model: string, clientAuthMethod: string): Promise<boolean> => {
    const counted: string[] = []
    const begun = createBegun({
      consume: async (_rule, network) => counted.push(network),
      refund: async () => {},
    })
    const ctx = { page: { address: '203.0.113.5' }, oidc: { client: { clientAuthMethod } } }
    await begun.take(ctx as unknown as KoaContextWithOIDC, model)
    return counted.length > 0
  }

  it('H7: a television is, also with the secret that every box carries; a service’s own servers are not', async () => {
    assert.equal(await counts('DeviceCode', 'none'), true)
    assert.equal(await counts('DeviceCode', 'client_secret_basic'), true)
    assert.equal(await counts('PushedAuthorizationRequest', 'none'), true)
    assert.equal(await counts('PushedAuthorizationRequest', 'private_key_jwt'), false)
    assert.equal(await counts('Interaction', 'client_secret_basic'), true)
    assert.equal(await counts('AccessToken', 'none'), false)
  })
})
