import assert from 'node:assert/strict'
import { type AdjustableClock, adjustableClock, minute, now } from '../../src/lib/clock.ts'
import { isAppError } from '../../src/lib/errors.ts'
import {
  type BruteForceProtection,
  createBruteForceProtection,
  createLimits,
  type LimitRule,
  type Limits,
  limitRules,
} from '../../src/limits/index.ts'
import { siteOf } from '../../src/limits/site.ts'
import { partsOf } from '../../src/storage/embedded/paths.ts'
import type { Database } from '../../src/storage/index.ts'
import { openTestDatabase } from '../world/database.ts'

const key = new Uint8Array(32).fill(3)
const log = { info: () => {}, warn: () => {}, error: () => {}, debug: () => {} }
const isLimited = (error: unknown) => isAppError(error, 'too-many-attempts') && error.kind === 'limited'
const ada = { key: 'person:ada', epoch: 1 }
const { most } = limitRules['sign-in-address']

describe('limits', () => {
  let database: Database
  let clock: AdjustableClock
  let limits: Limits
  let bruteForceProtection: BruteForceProtection
  before(async () => {
    clock = adjustableClock()
    database = await openTestDatabase()
    limits = createLimits({ connection: database.connection, key, log, sparesLoopback: true })
    bruteForceProtection = createBruteForceProtection({ limits, key })
  })
  beforeEach(() => limits.clear())
  after(async () => {
    clock.reset()
    await database.close()
  })

  const fail = (who: Partial<{ address: string; network: string; device: string }> = {}) =>
    bruteForceProtection.attempt(
      { address: 'ada@example.org', holders: [ada], network: '203.0.113.7', ...who },
      async () => undefined,
    )
  const succeed = (who: Partial<{ address: string; network: string; device: string }> = {}) =>
    bruteForceProtection.attempt(
      { address: 'ada@example.org', holders: [ada], network: '203.0.113.7', ...who },
      async () => 'ada',
    )

  it('refuse the guess after the last one that is allowed, and say when to come back (§3)', async () => {
    for (let i = 0; i < most; i++) await fail()
    await assert.rejects(fail(), (error) => isLimited(error) && (error as { values: object }).values !== undefined)
  })

  it('are not exceeded by guesses that race each other (§3, CVE-2023-47111)', async () => {
    let looked = 0
    const results = await Promise.allSettled(
      Array.from({ length: 60 }, () =>
        bruteForceProtection.attempt(
          { address: 'ada@example.org', holders: [ada], network: '203.0.113.7' },
          async () => {
            looked += 1
            return undefined
          },
        ),
      ),
    )
    assert.equal(looked, most)
    assert.equal(results.filter(({ status }) => status === 'rejected').length, 60 - most)
  })

  it('count one address wherever the guesses come from (T2)', async () => {
    for (let i = 0; i < most; i++) await fail({ network: `198.51.100.${i}` })
    await assert.rejects(fail({ network: '198.51.100.200' }), isLimited)
  })

  it('let the owner in with a browser they used before, while strangers guess (T2)', async () => {
    const device = bruteForceProtection.trust('ada@example.org', ada)
    for (let i = 0; i < most; i++) await fail()
    await assert.rejects(succeed(), isLimited)
    assert.equal(await succeed({ device }), 'ada')
  })

  it('know a browser for the one address it signed in with, and only as long as that lasts', async () => {
    const device = bruteForceProtection.trust('ada@example.org', ada)
    assert.ok(bruteForceProtection.isTrusted({ address: 'ada@example.org', holders: [ada], device }))
    assert.ok(!bruteForceProtection.isTrusted({ address: 'eve@example.org', holders: [ada], device }))
    assert.ok(!bruteForceProtection.isTrusted({ address: 'ada@example.org', holders: [ada], device: `9${device}` }))
    clock.advance(401 * 24 * 60 * minute)
    assert.ok(!bruteForceProtection.isTrusted({ address: 'ada@example.org', holders: [ada], device }))
  })

  it('H6: know a browser under the credentials of today alone, and each of a family who use it', () => {
    const eve = { key: 'person:eve', epoch: 7 }
    let device = bruteForceProtection.trust('ada@example.org', ada)
    device = bruteForceProtection.trust('eve@example.org', eve, device)
    const isKnown = (address: string, ...holders: (typeof ada)[]) =>
      bruteForceProtection.isTrusted({ address, holders, device })
    assert.ok(isKnown('ada@example.org', ada))
    assert.ok(isKnown('eve@example.org', eve))
    assert.ok(!isKnown('ada@example.org', { ...ada, epoch: 2 }), 'after a recovery')
    assert.ok(!isKnown('ada@example.org', { ...ada, key: 'person:other' }), 'the address is somebody else’s')
    assert.ok(!isKnown('ada@example.org'), 'nobody’s address')
    for (let n = 0; n < 30; n++) device = bruteForceProtection.trust(`${n}@example.org`, eve, device)
    assert.equal(device.split('~').length, 10)
    const again = bruteForceProtection.trust('29@example.org', eve, device)
    assert.equal(again.split('~').length, 10)
  })

  it('Q4: count nothing that came to no verdict, whatever ended it', async () => {
    const busy = new Error('busy')
    const look = async () => {
      throw busy
    }
    for (let i = 0; i < 12 * most; i++)
      await assert.rejects(
        bruteForceProtection.attempt({ address: 'ada@example.org', network: '203.0.113.7' }, look),
        busy,
      )
    assert.equal(await succeed(), 'ada')
    assert.equal(await bruteForceProtection.lockedFor('ada@example.org'), 0)
  })

  it('Q4: what a process that died was looking at counts for two minutes and no longer', async () => {
    const died: Promise<unknown>[] = []
    for (let i = 0; i < most; i++)
      died.push(
        new Promise<void>((begun) => {
          const never = () => new Promise<undefined>(() => begun())
          void bruteForceProtection.attempt({ address: 'ada@example.org', network: '203.0.113.7' }, never)
        }),
      )
    await Promise.all(died)
    assert.equal(await bruteForceProtection.lockedFor('ada@example.org'), 0, 'nobody guessed')
    clock.advance(2 * minute)
    for (let i = 0; i < most; i++) await fail()
    await assert.rejects(fail(), isLimited)
  })

  it('Q4: right passwords at one moment all come in, more of them than there may be wrong ones', async () => {
    const right = Array.from({ length: most + 2 }, () => succeed())
    assert.deepEqual(new Set(await Promise.all(right)), new Set(['ada']))
  })

  it('Q4: an attempt that waits under one rule holds no place under another meanwhile', async () => {
    const over = Promise.withResolvers<string>()
    const underWay = async (...of: string[]) => {
      const began = Promise.withResolvers<string>()
      const look = () => {
        began.resolve('began')
        return over.promise
      }
      const keys = of.map((each) => ['sign-in-address', each] as const)
      const ended = limits.judged(keys, look).then(({ found }) => found)
      return { began: Promise.race([began.promise, ended]), ended }
    }
    const all = (of: string) => Promise.all(Array.from({ length: most }, () => underWay(of)))
    const busy = await all('busy')
    await Promise.all(busy.map(({ began }) => began))
    const waiting = await underWay('other', 'busy')
    const others = await all('other')
    assert.deepEqual(new Set(await Promise.all(others.map(({ began }) => began))), new Set(['began']))
    over.resolve('in')
    assert.equal(await waiting.ended, 'in')
    await Promise.all([...busy, ...others].map(({ ended }) => ended))
  })

  it('do not count what proved right', async () => {
    for (let i = 0; i < 3 * most; i++) assert.equal(await succeed(), 'ada')
  })

  it('pass with time, and at once when support unlocks', async () => {
    for (let i = 0; i < most; i++) await fail()
    assert.ok((await bruteForceProtection.lockedFor('ada@example.org')) > 0)
    await bruteForceProtection.unlock('ada@example.org')
    assert.equal(await bruteForceProtection.lockedFor('ada@example.org'), 0)
    for (let i = 0; i < most; i++) await fail()
    clock.advance(2 * limitRules['sign-in-address'].within)
    assert.equal(await succeed(), 'ada')
  })

  it('end at a hundred wrong passwords a day, however patiently they are spread, over midnight too (Q14, NIST SP 800-63B §3.2.2)', async () => {
    const { within } = limitRules['sign-in-address-day']
    // Tomorrow's midnight, where today's is too near.
    clock.advance((2 * within - (now() % within) - 150 * minute) % within)
    let looked = 0
    for (let i = 0; i < 150; i++) {
      clock.advance(2 * minute)
      const guess = async () => {
        looked += 1
        return undefined
      }
      await bruteForceProtection
        .attempt({ address: 'ada@example.org', holders: [ada], network: `198.51.100.${i}` }, guess)
        .catch(() => {})
    }
    assert.ok(looked <= 100, `${looked} guesses`)
    assert.equal(
      await bruteForceProtection.lockedFor('ada@example.org'),
      within / minute,
      'support sees that it is for a day',
    )
    assert.equal(await succeed({ device: bruteForceProtection.trust('ada@example.org', ada) }), 'ada')
  })

  it('Q4, H32: are forgotten while somebody is being looked at, and there is no guess more for it', async () => {
    const device = bruteForceProtection.trust('ada@example.org', ada)
    const { promise: looking, resolve: found } = Promise.withResolvers<string>()
    const underWay = bruteForceProtection.attempt(
      { address: 'ada@example.org', holders: [ada], network: '203.0.113.7', device },
      () => looking,
    )
    await fail({ device })
    await bruteForceProtection.unlock('ada@example.org')
    await limits.reset('sign-in-device', `ada@example.org ${device}`)
    found('ada')
    assert.equal(await underWay, 'ada')
    let looked = 0
    for (let i = 0; i < 2 * most; i++)
      await bruteForceProtection
        .attempt({ address: 'ada@example.org', holders: [ada], network: '203.0.113.7', device }, async () => {
          looked += 1
          return undefined
        })
        .catch(() => {})
    assert.equal(looked, limitRules['sign-in-device'].most)
  })

  it('end at a hundred a day from all browsers that were ever signed in: whoever knew a former password kept many (§3)', async () => {
    const trustedDevices: string[] = []
    for (let i = 0; i < 30; i++) {
      trustedDevices.push(bruteForceProtection.trust('ada@example.org', ada))
      clock.advance(1)
    }
    let looked = 0
    const guess = async () => {
      looked += 1
      return undefined
    }
    for (const device of trustedDevices)
      for (let i = 0; i < 5; i++)
        await bruteForceProtection
          .attempt({ address: 'ada@example.org', holders: [ada], network: '203.0.113.7', device }, guess)
          .catch(() => {})
    assert.equal(looked, 100)
    assert.equal(await succeed(), 'ada', 'without the cookie, like anybody')
  })

  it('have the owner told of the tenth wrong password of a day, once, and never of the owner’s own slips (§3)', async () => {
    let told = 0
    const guess = (device?: string) =>
      bruteForceProtection
        .attempt(
          { address: 'ada@example.org', holders: [ada], network: '203.0.113.7', ...(device && { device }) },
          async () => undefined,
          () => {
            told += 1
          },
        )
        .catch(() => {})
    const own = bruteForceProtection.trust('ada@example.org', ada)
    for (let i = 0; i < 12; i++) await guess(own)
    assert.equal(told, 0)
    await Promise.all(Array.from({ length: 9 }, () => guess()))
    await succeed()
    assert.equal(told, 0)
    for (let i = 0; i < 30; i++) {
      clock.advance(minute)
      await guess()
    }
    assert.equal(told, 1)
  })

  it('leave loopback alone in development, where all share it, but not one address', async () => {
    for (let i = 0; i < 3 * limitRules['registration-network'].most; i++)
      await limits.consume('registration-network', '127.0.0.1')
    for (let i = 0; i < most; i++) await fail({ network: '127.0.0.1' })
    await assert.rejects(fail({ network: '127.0.0.1' }), isLimited)
  })

  it('H7, H11: count a customer’s /48 in IPv6 beside each of its networks, whichever limit by network it is', async () => {
    const byNetwork = (Object.keys(limitRules) as LimitRule[])
      .map((name) => ({ name, ...(limitRules[name] as { most: number; network?: true; site?: number }) }))
      // What may be begun is held in test/security/begun.test.ts: it is thousands.
      .filter(({ network, most }) => network && most <= 200)
    assert.ok(byNetwork.length >= 6)
    for (const { name, most, site = 3 * most } of byNetwork) {
      const at = (network: string) => limits.consume(name, network).then(Boolean)
      for (let n = 0; n < site; n++) assert.ok(await at(`2001:db8:5:${n.toString(16)}::/64`), name)
      for (let n = 0; n < most; n++) await assert.rejects(at('2001:db8:5:ffff::/64'), isLimited, name)
      await assert.rejects(
        limits.judged([[name, '2001:db8:5:fffe::/64']], async () => true),
        isLimited,
        name,
      )
      assert.ok(await limits.isReached(name, '2001:db8:5:fffd::/64'), name)
      await limits.refund(name, '2001:db8:5:1::/64')
      for (let n = 1; n < most; n++) assert.ok(await at(`2001:db8:6:${name.length}::/64 somebody`), name)
      assert.ok(await at('2001:db8:5:ffff::/64'), `${name}: what was refused took nothing of its network`)
      assert.ok(await at('203.0.113.7/32'), name)
    }
  })

  it('H7: know the /48 of a network however it is written', () => {
    for (const [network, site] of [
      ['2001:db8:9:1::/64', '2001:db8:9::/48'],
      ['2001:db8:9::/64 recovery ada@example.org', '2001:db8:9::/48 recovery ada@example.org'],
      ['2001:db8::/64', '2001:db8::/48'],
      ['2001:0:0:1::/64', '2001::/48'],
      ['::/64', '::/48'],
      ['203.0.113.7/32', undefined],
      ['unknown', undefined],
    ])
      assert.equal(siteOf(network!), site)
  })

  it('are counted by paths that the embedded database changes itself, not by the query engine', async () => {
    await fail()
    const stored = await database.connection.collection('limits').find({}).toArray()
    const paths = stored.flatMap(({ held = {} }) => Object.keys(held as object).map((slot) => `held.${slot}`))
    assert.ok(paths.length >= 3)
    for (const path of paths) assert.ok(partsOf(path), path)
  })

  it('are kept without anybody’s address in them', async () => {
    await fail()
    const stored = JSON.stringify(await database.connection.collection('limits').find({}).toArray())
    assert.ok(!stored.includes('ada') && !stored.includes('203.0.113'))
  })
})
