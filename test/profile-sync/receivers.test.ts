import assert from 'node:assert/strict'
import { mock } from 'node:test'
import {
  type Account,
  type AccountsStore,
  blankAccount,
  createAccountsStore,
  heldUntil,
} from '../../src/accounts/index.ts'
import { type AdjustableClock, adjustableClock, minute, now, second } from '../../src/lib/clock.ts'
import { createLog } from '../../src/lib/log.ts'
import { byPerson, changeDetails } from '../../src/people/index.ts'
import { createEventDispatcher } from '../../src/profile-sync/index.ts'
import type { Database } from '../../src/storage/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { counted } from '../world/counted.ts'
import { openTestDatabase } from '../world/database.ts'

const until = async (isSo: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 5))
}
const arcade = { id: 'arcade', name: 'Arcade', company: 'games', endpoint: '', audience: '' }
const link = { id: 'op', person: 'ada', since: 0, agreed: [], policyVersion: '1', how: 'new' as const }

describe('a service that is told of changes', () => {
  let clock: AdjustableClock
  let database: Database
  let accounts: AccountsStore
  let onWire: { subject: string; answer: (status: number) => void }[]
  let pushed: number
  let most: number
  let answers: ((subject: string) => number) | undefined
  let well: number
  let eventDispatcher: ReturnType<typeof createEventDispatcher>
  before(() => {
    clock = adjustableClock()
  })
  beforeEach(async () => {
    database = await openTestDatabase()
    accounts = createAccountsStore(database.connection, new Uint8Array(32))
    onWire = []
    pushed = 0
    most = 0
    answers = undefined
    well = 0
    eventDispatcher = createEventDispatcher({
      accounts,
      recipientsOf: () => [arcade],
      push: ({ subject }, signal) =>
        new Promise((resolve, reject) => {
          pushed++
          const entry = { subject, answer: (status: number) => end(() => resolve({ status })) }
          const end = (settle: () => void) => {
            onWire = onWire.filter((each) => each !== entry)
            settle()
          }
          onWire.push(entry)
          most = Math.max(most, onWire.length)
          signal.addEventListener('abort', () => end(() => reject(signal.reason)))
          if (answers) entry.answer(answers(subject))
        }),
      log: createLog('silent'),
      onWell: () => well++,
    })
  })
  afterEach(() => database.close())
  after(() => clock.reset())

  const someAccounts = async (count: number): Promise<Account[]> => {
    const made = Array.from({ length: count }, (_, n) => ({
      ...blankAccount({
        _id: `games:${n}`,
        company: 'games',
        subject: `${n}`,
        status: 'open',
        epoch: 1,
        language: 'en',
        createdAt: 0,
      }),
      link,
      seq: 1,
    }))
    for (const account of made) await accounts.insert(account)
    return made
  }
  const fresh = async (account: Account) => (await accounts.get(account._id))!
  const tellAll = async (all: Account[]) => {
    await Promise.all(all.map(async (account) => eventDispatcher.tell(await fresh(account))))
  }
  const isTold = async (account: Account) => (await fresh(account)).told.arcade?.outcome === 'acknowledged'
  const allTold = async (all: Account[]) => (await Promise.all(all.map(isTold))).every(Boolean)

  it('Q1: is sent eight tellings at once, however many are asked for in the same moment, and then the others', async () => {
    const all = await someAccounts(40)
    const told = tellAll(all)
    await until(() => onWire.length === 8)
    answers = () => 202
    for (const { answer } of onWire) answer(202)
    await told
    assert.equal(most, 8)
    assert.ok(await allTold(all))
  })

  it('Q1: has failed once when a burst fails, and is asked again within a second or two', async () => {
    const all = await someAccounts(40)
    answers = () => 500
    await tellAll(all)
    assert.ok(pushed <= 8, `${pushed} were sent`)
    for (const account of all) assert.ok(eventDispatcher.nextTry(await fresh(account))! <= now() + 3 * second)
  })

  it('Q1: is asked by one telling alone after each pause, a minute at the longest', async () => {
    const all = await someAccounts(20)
    answers = () => 503
    await tellAll(all)
    for (let round = 0; round < 15; round++) {
      clock.advance(minute)
      pushed = 0
      await tellAll(all)
      assert.equal(pushed, 1)
      await tellAll(all)
      assert.equal(pushed, 1, 'and by none before the next pause has passed')
    }
    for (const account of all) assert.ok(eventDispatcher.nextTry(await fresh(account))! <= now() + minute)
  })

  it('Q1: that takes the probe is open for everybody at once, and whoever waited is woken', async () => {
    const all = await someAccounts(20)
    answers = () => 500
    for (let round = 0; round < 10; round++) {
      await tellAll(all)
      clock.advance(minute)
    }
    assert.equal(well, 0)
    answers = () => 202
    await eventDispatcher.tell(await fresh(all[7]!))
    assert.equal(well, 1)
    await tellAll(all)
    assert.ok(await allTold(all), 'without another wait')
  })

  it('Q1: that fails for one account only is told of all others without a pause that matters', async () => {
    const all = await someAccounts(12)
    answers = (subject) => (subject === '3' ? 500 : 202)
    for (let round = 0; round < 12; round++) {
      await tellAll(all)
      clock.advance(2 * second)
    }
    for (const account of all) assert.equal(await isTold(account), account.subject !== '3')
    const own = await fresh(all[3]!)
    assert.ok(own.retry.arcade!.failures >= 2, 'it waits longer and longer by itself')
    pushed = 0
    for (let round = 0; round < 30; round++) {
      clock.advance(10 * second)
      await tellAll(all)
    }
    assert.ok(pushed <= 10, `${pushed} in five minutes`)
  })

  it('Q1: that was found well ends the wait of what failed before, not that of an account which fails by itself', async () => {
    const [account] = await someAccounts(1)
    const failed = (failures: number, failedAt: number) => ({
      ...account!,
      retry: { arcade: { failures, failedAt, at: 9000, why: 'status 500' } },
    })
    assert.equal(heldUntil(failed(1, 1000), 'arcade', 2000, 5000), 0)
    assert.equal(heldUntil(failed(1, 3000), 'arcade', 2000, 5000), 9000)
    assert.equal(heldUntil(failed(2, 1000), 'arcade', 2000, 5000), 9000)
    assert.equal(heldUntil(account!, 'arcade', 2000, 5000), 0)
  })

  it('Q3: has not failed when a telling is broken off because its link has ended', async () => {
    const all = await someAccounts(9)
    const told = tellAll(all.slice(0, 8))
    await until(() => onWire.length === 8)
    for (const account of all.slice(0, 8)) eventDispatcher.abort(account._id)
    await told
    for (const account of all.slice(0, 8)) {
      const { retry, sending } = await fresh(account)
      assert.deepEqual([retry, sending], [{}, {}])
    }
    answers = () => 202
    await tellAll(all.slice(8))
    assert.ok(await isTold(all[8]!), 'nobody else waits for it')
  })

  it('Q9: is told nothing by a turn that was taken while the process stopped; it is told after the next start', async () => {
    const [account] = await someAccounts(1)
    const told = eventDispatcher.tell(await fresh(account!))
    eventDispatcher.stop()
    await told
    assert.equal(pushed, 0)
    assert.deepEqual((await fresh(account!)).sending, {})
    assert.ok(eventDispatcher.nextTry(await fresh(account!))! <= now())
  })

  it('Q9: is told no more once the process stops; what was on the wire is due at the next start', async () => {
    const [account] = await someAccounts(1)
    const told = eventDispatcher.tell(await fresh(account!))
    await until(() => onWire.length === 1)
    eventDispatcher.stop()
    await told
    assert.deepEqual((await fresh(account!)).sending, {})
    assert.ok(eventDispatcher.nextTry(await fresh(account!))! <= now())
  })
})

describe('services that were down, in the whole product', () => {
  let clock: AdjustableClock
  let app: TestApp
  before(async () => {
    clock = adjustableClock()
    app = await aTestApp()
  })
  after(async () => {
    await app.close()
    clock.reset()
  })

  it('S4-3: cost few questions to the store: a change by a company is carried and told from documents handed on', async () => {
    const database = await openTestDatabase()
    const seen: string[] = []
    const product = await aTestApp({ database: { ...database, connection: counted(database.connection, seen) } })
    const ada = await product.aPerson({ links: ['mobile', 'games', 'pictures'] })
    const { subject } = await product.account(ada.accounts.mobile!)
    const authorization = `Bearer ${await product.companyToken('mobile')}`
    const rename = async (value: string) => {
      const answer = await fetch(`${product.issuer}/scim/mobile/Users/${subject}`, {
        method: 'PATCH',
        headers: { authorization, 'content-type': 'application/scim+json' },
        body: JSON.stringify({
          schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
          Operations: [{ op: 'replace', path: 'name.givenName', value }],
        }),
      })
      assert.equal(answer.status, 200)
    }
    await rename('Adam')
    await product.settled()
    // Not the change: a telling that takes long looks every so often whether the link still stands.
    mock.timers.enable({ apis: ['setInterval'] })
    seen.length = 0
    await rename('Eve')
    // Counted until nothing of it is left to be done, whatever was done first; whoever waits for that asks elsewhere.
    const { db } = database.connection
    const left = { due: { $exists: true } } as never
    await until(async () => (await db.collection('people').countDocuments(left)) === 0)
    await until(async () => (await db.collection('accounts').countDocuments(left)) === 0)
    mock.timers.reset()
    const asked = Object.entries(Object.groupBy(seen, (each) => each)).map(([each, all]) => `${all?.length} ${each}`)
    assert.ok(seen.length <= 42, `${seen.length} operations: ${asked.join(', ')}`)
    const told = product.told.filter(({ payload }) => JSON.stringify(payload).includes('"Eve"'))
    assert.equal(told.length, 4)
    for (const id of Object.values(ada.accounts)) assert.equal((await product.account(id)).copy.givenName, 'Eve')
    await product.close()
    await database.close()
  })

  it('Q1, Q2: are told of everybody within seconds of being well; until then the lag says since when', async () => {
    const { people, accounts, reconciler } = app.features
    const crowd: Awaited<ReturnType<TestApp['aPerson']>>[] = []
    for (let n = 0; n < 12; n++) crowd.push(await app.aPerson({ links: ['pictures'] }))
    await app.settled()
    app.faults.set('pictures-cinema', 500)
    for (const { id } of crowd) {
      const changes = [{ field: 'givenName' as const, value: 'Late' }]
      await changeDetails(people, id, { source: byPerson, actor: { kind: 'person', id }, changes })
      await reconciler.enqueuePerson(id)
    }
    const lag = async () => Number(/^sync_lag_seconds (.*)$/m.exec(await metrics())?.[1])
    const metrics = async () => (await fetch(`${app.issuer}/metrics`)).text()
    for (let minutes = 0; minutes < 30; minutes++) {
      clock.advance(minute)
      await app.settled()
    }
    assert.ok((await lag()) >= 30 * 60, 'half an hour old, though each waits for its next try')
    app.faults.clear()
    clock.advance(minute)
    const began = now()
    await reconciler.sweep()
    await until(async () => {
      const all = await Promise.all(crowd.map(({ accounts: at }) => app.account(at.pictures!)))
      return all.every((account) => account.told['pictures-cinema']?.seq === account.seq)
    })
    assert.ok(now() - began < 5 * second)
    await app.settled()
    assert.equal(await lag(), 0)
    assert.equal(await accounts.waitsSince(), undefined)
  })
})
