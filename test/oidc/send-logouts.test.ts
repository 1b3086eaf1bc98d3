import assert from 'node:assert/strict'
import { type AdjustableClock, adjustableClock, day, minute, second } from '../../src/lib/clock.ts'
import { createLog } from '../../src/lib/log.ts'
import type { Outbound } from '../../src/lib/outbound.ts'
import { createLogoutStore } from '../../src/oidc/logout-store.ts'
import { createSendLogouts } from '../../src/oidc/send-logouts.ts'
import type { GroupClient } from '../../src/services/index.ts'
import type { Database } from '../../src/storage/index.ts'
import { openTestDatabase } from '../world/database.ts'

const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5))
}

describe('telling services of sign-outs', () => {
  let clock: AdjustableClock
  let database: Database
  let store: ReturnType<typeof createLogoutStore>
  let sender: ReturnType<typeof createSendLogouts>
  /** By service: its answers, or `hang`. */
  let services: Record<string, number | 'hang'>
  let asked: string[]
  let told: string[]
  before(() => {
    clock = adjustableClock()
  })
  beforeEach(async () => {
    database = await openTestDatabase()
    store = createLogoutStore(database.connection)
    services = {}
    asked = []
    told = []
    sender = aSender()
  })
  afterEach(async () => {
    await sender.stop()
    await database.close()
  })
  after(() => clock.reset())

  const request: Outbound['request'] = async ({ url, signal }) => {
    const service = new URL(url).hostname
    asked.push(service)
    const answer = services[service] ?? 200
    if (answer === 'hang')
      return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason), { once: true }))
    if (answer === 200) told.push(service)
    return { status: answer, headers: {}, body: '' }
  }
  const clientAt = (id: string) =>
    ({
      company: 'games',
      client: { id, backchannelLogoutUri: `http://${id}/`, idTokenAlgorithm: 'ES256' },
    }) as GroupClient
  const aSender = () =>
    createSendLogouts({
      issuer: 'http://localhost',
      logouts: store,
      get: clientAt,
      reachablePrivately: () => [],
      outbound: { request },
      sign: async () => 'token',
      log: createLog('silent'),
    })
  const signOuts = async (client: string, count: number) => {
    for (let n = 0; n < count; n++) await store.enqueue({ client, sub: 'ada', sid: `${client}-${n}` })
  }
  const rows = () => database.connection.collection('logouts')

  it('Q8: a service that hangs at its logout address holds up nobody else, however many sign-outs it is owed', async () => {
    services = { hangs: 'hang' }
    await signOuts('hangs', 200)
    sender.wake()
    await until(() => asked.length > 0)
    await signOuts('arcade', 5)
    await signOuts('store', 5)
    sender.wake()
    await until(() => told.length === 10)
    assert.ok(asked.filter((service) => service === 'hangs').length <= 4, 'it has places of its own')
  })

  it('Q8: a service that is well again is told of all it missed within a minute', async () => {
    services = { arcade: 503, store: 503 }
    await signOuts('arcade', 30)
    await signOuts('store', 1)
    for (let round = 0; round < 60; round++) {
      await sender.drain()
      clock.advance(10 * second)
    }
    assert.ok(asked.length < 60, `${asked.length} attempts in ten minutes`)
    services = {}
    clock.advance(minute)
    await sender.drain()
    clock.advance(minute)
    await sender.drain()
    assert.equal(told.length, 31)
    assert.equal(await rows().countDocuments({ outcome: 'acknowledged' }), 31)
  })

  it('P13: a service that never answers is given up after a day, one that says no after seven times', async () => {
    services = { dead: 500, refuses: 400 }
    await signOuts('dead', 1)
    await signOuts('refuses', 1)
    for (let hours = 0; hours < 30; hours++) {
      await sender.drain()
      clock.advance(day / 24)
    }
    assert.equal(await rows().countDocuments({ outcome: 'gave-up' }), 2)
    assert.equal(asked.filter((service) => service === 'refuses').length, 8)
  })

  it('Q9: a logout address that hangs does not keep the process from stopping; it is told after the next start', async () => {
    services = { arcade: 'hang' }
    await signOuts('arcade', 1)
    sender.wake()
    await until(() => asked.length === 1)
    const began = performance.now()
    await sender.stop()
    assert.ok(performance.now() - began < 4 * second)
    services = {}
    sender = aSender()
    await sender.drain()
    assert.deepEqual(told, ['arcade'])
  })

  it('sign-outs that an older version had queued are told by this one', async () => {
    await signOuts('arcade', 1)
    await rows().updateOne({}, { $set: { due: '001700000000000' } })
    await sender.drain()
    assert.deepEqual(told, [])
    await store.adoptQueued()
    await sender.drain()
    assert.deepEqual(told, ['arcade'])
  })
})
