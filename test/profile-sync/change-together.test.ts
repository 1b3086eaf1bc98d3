import assert from 'node:assert/strict'
import { type Account, type AccountsStore, blankAccount, createAccountsStore } from '../../src/accounts/index.ts'
import { createLog } from '../../src/lib/log.ts'
import { createChangeTogether } from '../../src/profile-sync/change-together.ts'
import { createEventDispatcher } from '../../src/profile-sync/index.ts'
import type { Database } from '../../src/storage/index.ts'
import { counted } from '../world/counted.ts'
import { openTestDatabase } from '../world/database.ts'

const services = Array.from({ length: 8 }, (_, n) => ({
  id: `games-${n}`,
  name: `Games ${n}`,
  company: 'games',
  endpoint: '',
  audience: '',
}))
const link = { id: 'op', person: 'ada', since: 0, agreed: [], policyVersion: '1', how: 'new' as const }

describe('changes of one account that come in the same moment', () => {
  let database: Database
  let accounts: AccountsStore
  const seen: string[] = []
  beforeEach(async () => {
    database = await openTestDatabase()
    accounts = createAccountsStore(counted(database.connection, seen), new Uint8Array(32))
    const account = {
      ...blankAccount({
        _id: 'games:1',
        company: 'games',
        subject: '1',
        status: 'open',
        epoch: 1,
        language: 'en',
        createdAt: 0,
      }),
      link,
      seq: 1,
    }
    await accounts.insert(account)
    seen.length = 0
  })
  afterEach(() => database.close())
  const now = async (): Promise<Account> => (await accounts.get('games:1')) as Account

  it('S4-3: cost a company with eight services what they cost one with two: none loses its write to another', async () => {
    const dispatcher = createEventDispatcher({
      accounts,
      recipientsOf: () => services,
      push: async () => ({ status: 202 }),
      log: createLog('silent'),
    })
    await dispatcher.tell(await now())
    const writes = seen.filter((each) => each === 'findOneAndUpdate accounts').length
    assert.ok(writes <= 4, `${writes} writes`)
    const { told, sending, log } = await now()
    for (const { id } of services) assert.deepEqual([told[id]?.outcome, told[id]?.seq], ['acknowledged', 1])
    assert.deepEqual(sending, {})
    assert.deepEqual(log.map(({ n, recipient }) => `${n} ${recipient}`).length, services.length)
    assert.equal(new Set(log.map(({ n }) => n)).size, services.length)
  })

  it('are each decided on what stands, where two touch the same; who changes nothing is told so', async () => {
    const change = createChangeTogether(accounts)
    const account = await now()
    const one = ({ seq }: Account) => ({ set: { seq: seq + 1 } })
    const made = await Promise.all([
      change(account._id, one, account),
      change(account._id, one, account),
      change(account._id, () => undefined, account),
      change(account._id, () => ({ set: { language: 'sv' } }), account),
    ])
    assert.deepEqual(
      made.map((each) => each && [each.seq, each.language]),
      [[2, 'sv'], [3, 'sv'], undefined, [2, 'sv']],
    )
  })

  it('fail together where the store refuses, and what comes after is written', async () => {
    let refuses = true
    const change = createChangeTogether({
      change: async (...asked) => {
        if (refuses) throw new Error('full')
        return accounts.change(...asked)
      },
    })
    const account = await now()
    const renamed = () => change(account._id, () => ({ set: { language: 'ja' } }), account)
    const failed = await Promise.allSettled([renamed(), renamed()])
    assert.deepEqual(
      failed.map(({ status }) => status),
      ['rejected', 'rejected'],
    )
    refuses = false
    assert.equal((await renamed())?.language, 'ja')
  })
})
