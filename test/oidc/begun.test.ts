import assert from 'node:assert/strict'
import type { KoaContextWithOIDC } from 'oidc-provider'
import { createSecretBox } from '../../src/lib/secret-box.ts'
import { createAdapter } from '../../src/oidc/adapter.ts'
import { createArtifactsStore } from '../../src/oidc/artifacts-store.ts'
import { createBegun } from '../../src/oidc/begun.ts'
import { counted } from '../world/counted.ts'
import { openTestDatabase } from '../world/database.ts'

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

  it('H7: what is begun counts once, however often it is written, and without asking the store whether it was there', async () => {
    const database = await openTestDatabase()
    const seen: string[] = []
    let request: object | undefined = {}
    const taken: string[] = []
    const sought = {
      artifacts: createArtifactsStore(counted(database.connection, seen)),
      box: createSecretBox([new Uint8Array(32).fill(1)]),
      request: () => request,
      redeeming: () => false,
      begun: { take: async (model: string) => void taken.push(model), finished: async () => {} },
      waitsForLink: () => false,
    }
    const adapter = createAdapter(sought as unknown as Parameters<typeof createAdapter>[0])('DeviceCode')
    const write = () => adapter.upsert('one', { params: {} }, 60)
    await write()
    assert.deepEqual(seen, ['updateOne artifacts'])
    await write()
    request = {}
    await adapter.find('one')
    await write()
    // A page's own, in no request of the library.
    request = undefined
    await write()
    assert.equal(taken.length, 1)
    request = {}
    await adapter.upsert('two', { params: {} }, 60)
    assert.equal(taken.length, 2)
    await database.close()
  })
})
