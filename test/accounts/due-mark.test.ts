import assert from 'node:assert/strict'
import { type Account, type AccountsStore, blankAccount, createAccountsStore } from '../../src/accounts/index.ts'
import { type AdjustableClock, adjustableClock, minute, now } from '../../src/lib/clock.ts'
import { type Database, dueIn } from '../../src/storage/index.ts'
import { openTestDatabase } from '../world/database.ts'

describe('since when an account waits to be looked at', () => {
  let clock: AdjustableClock
  let database: Database
  let accounts: AccountsStore
  beforeEach(async () => {
    clock = adjustableClock()
    database = await openTestDatabase()
    accounts = createAccountsStore(database.connection, new Uint8Array(32))
    const born = { status: 'open', epoch: 1, language: 'en', createdAt: 0 } as const
    await accounts.insert(blankAccount({ _id: 'games:ada', company: 'games', subject: 'ada', ...born }))
  })
  afterEach(async () => {
    clock.reset()
    await database.close()
  })

  const written = async (): Promise<Account> =>
    (await accounts.change('games:ada', () => ({ set: { language: 'sv' } })))!

  it('C4: is its first write that nobody looked at, however often it is written meanwhile', async () => {
    const first = await written()
    clock.advance(minute)
    assert.equal((await written()).due, first.due)
  })

  it('C4: is its newest write where it was to wait for a time that has not come', async () => {
    await accounts.settle(await written(), now() + minute, false)
    const { due = '' } = await written()
    assert.ok(due <= dueIn('games', now()), due)
  })

  it('H55: is not lost when a look ends, or puts off, the mark that a write had seen and relied on', async () => {
    for (const until of [null, now() + minute]) {
      const seen = await written()
      await accounts.settle(seen, until, false)
      // It had read the document before the look ended, and writes after it.
      const after = await accounts.change('games:ada', () => ({ set: { language: 'en' } }), seen)
      assert.ok(after?.due && after.due <= dueIn('games', now()), `falls due at ${after?.due}`)
      assert.deepEqual(
        (await accounts.due('games', now(), 10)).map(({ _id }) => _id),
        ['games:ada'],
      )
    }
  })

  it('C4: begins anew with the write after the look', async () => {
    const first = await written()
    await accounts.settle(first, null, false)
    clock.advance(minute)
    assert.ok(((await written()).due ?? '') > (first.due ?? ''))
  })
})
