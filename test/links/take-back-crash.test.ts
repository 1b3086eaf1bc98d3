import assert from 'node:assert/strict'
import { asPerson, isLinkedTo } from '../../src/accounts/index.ts'
import { minute } from '../../src/lib/clock.ts'
import { signInAddresses } from '../../src/people/index.ts'
import type { TestApp } from '../world/app.ts'
import { aMortalApp, type MortalApp } from '../world/dying-anywhere.ts'

describe('what a crash leaves of a sign-in that is taken back (H4, M1)', function () {
  this.timeout(240_000)
  let mortal: MortalApp
  let app: TestApp
  before(async () => {
    mortal = await aMortalApp()
    app = mortal.app
  })
  after(() => mortal.close())

  /** A thief moved the sign-in, unlinked one account, closed another and allowed a partner what outran the rule. */
  const robbed = async () => {
    const { addressChanges, unlink, closeAccount, consents } = app.features
    const { id, email, accounts } = await app.aPerson({ links: ['games', 'mobile', 'pictures'] })
    const handle = await addressChanges.begin(asPerson(id), `thief-${email}`)
    await addressChanges.complete(asPerson(id), handle, await app.code(`thief-${email}`))
    mortal.clock.advance(minute)
    const actor = { kind: 'person', id } as const
    const [games, mobile, pictures] = [accounts.games!, accounts.mobile!, accounts.pictures!]
    await unlink(id, 'games', { keep: 'before', actor })
    await closeAccount.close(await app.account(mobile), { kind: 'at-once' }, actor)
    const { _id: account } = await app.account(pictures)
    await consents.give({ account, client: 'leaderboard', scopes: ['openid'], fields: [], policyVersion: '1' })
    await app.settled()
    mortal.clock.advance(minute)
    return { id, email, held: [games, mobile, pictures], account }
  }
  type Robbed = Awaited<ReturnType<typeof robbed>>

  it('H4: all of it is as before, or all of it waits, wherever the process dies', async () => {
    let [back, waiting] = [0, 0]
    const take = async ({ id }: Robbed) => {
      const [former] = (await app.features.people.get(id))?.takeBacks ?? []
      assert.ok(former)
      await app.features.takeBackAddress.take(asPerson(id), former)
    }
    const operations = await mortal.dyingAnywhere(robbed, take, async ({ id, email, held, account }) => {
      const person = await app.features.people.get(id)
      assert.ok(person)
      const isBack = signInAddresses(person).join() === email
      const shared = await Promise.all(held.map(async (each) => isLinkedTo(await app.account(each), id)))
      const allowed = await app.features.consents.ofAccount(account)
      if (isBack) {
        back += 1
        assert.deepEqual([shared, person.credentials, allowed], [[true, true, true], [], []])
        return
      }
      waiting += 1
      assert.deepEqual([shared, person.takeBacks?.length, allowed.length], [[false, false, true], 1, 1])
    })
    assert.ok(operations > 8 && back > 3 && waiting > 1, `${operations}, ${back}, ${waiting}`)
  })
})
