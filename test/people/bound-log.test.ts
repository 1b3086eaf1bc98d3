import assert from 'node:assert/strict'
import { companyWrites } from '../../src/accounts/index.ts'
import { boundPersonOutbox, byCompany, byPerson, changeDetails, detailsOf, longestLog } from '../../src/people/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'

/** Nobody sweeps here: what is recorded was recorded by whoever wrote. */
describe('the log of a document that nobody drains (model M4)', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp()
  })
  after(() => app.close())

  const changes = longestLog * 2 + 3

  it('stays short, however often a person changes a detail, and every change is in their trail once', async () => {
    const { people, activity } = app.features
    const { id, now } = await app.aPerson()
    const actor = { kind: 'person', id } as const
    for (let i = 0; i < changes; i++) {
      const change = { field: 'city', value: `City ${i}` } as const
      await changeDetails(people, id, { source: byPerson, actor, changes: [change] })
      assert.ok((await now()).log.length <= longestLog)
    }
    await app.settled()
    const told = await activity.listFor({ kind: 'person', person: id }, { limit: 500, kinds: ['details-changed'] })
    assert.deepEqual(
      told.map((event) => event.changes[0]?.after),
      Array.from({ length: changes }, (_, i) => `City ${changes - 1 - i}`),
    )
  })

  it('stays short, however often a company writes, and its holder reads each of it once', async () => {
    const { accounts, activity } = app.features
    const { account: id } = await app.aSeparateAccount('games')
    for (let i = 0; i < changes; i++) {
      await accounts.change(id, (account) =>
        companyWrites(account, {
          op: `write-${i}`,
          changes: [{ field: 'givenName', value: `Name ${i}` }],
          actor: { kind: 'company', company: 'games', epoch: account.epoch },
          source: byCompany,
          at: Date.now(),
        }),
      )
      assert.ok((await app.account(id)).log.length <= longestLog)
    }
    await app.settled()
    const told = await activity.listFor({ kind: 'account', account: id }, { limit: 500, kinds: ['details-changed'] })
    assert.equal(new Set(told.map(({ op }) => op)).size, changes)
    assert.equal(told.length, changes)
  })

  it('full, and with no way to record what is in it, takes nothing more: whoever writes is told to come back', async () => {
    const { people } = app.features
    const { id, now } = await app.aPerson()
    const recorded: number[] = []
    let isBroken = true
    const bound = boundPersonOutbox(people, async (_, entries) => {
      if (isBroken) throw new Error('the trail cannot be written')
      recorded.push(...entries.map(({ n }) => n))
    })
    const change = (value: string) =>
      changeDetails(bound, id, {
        source: byPerson,
        actor: { kind: 'person', id },
        changes: [{ field: 'city', value }],
      })
    while ((await now()).log.length < longestLog) await change(`City ${(await now()).n}`)
    const full = await now()
    await assert.rejects(change('Lost'), { kind: 'unavailable' })
    assert.deepEqual(await now(), full, 'no change without its record, and no record lost')
    isBroken = false
    await change('Kept')
    assert.deepEqual(
      recorded,
      full.log.map(({ n }) => n),
    )
    assert.deepEqual([(await now()).log.length, detailsOf(await now()).city], [1, 'Kept'])
  })
})
