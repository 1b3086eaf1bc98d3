import assert from 'node:assert/strict'
import { type AdjustableClock, day, hour } from '../../src/lib/clock.ts'
import { detailsOf } from '../../src/people/index.ts'
import type { TestApp } from '../world/app.ts'
import { movedAddress } from '../world/moved-address.ts'
import { readable } from '../world/pages.ts'
import { aTimedApp } from '../world/timed-app.ts'
import { aRegistration, aTraveller } from '../world/traveller.ts'
import { aVisitor } from '../world/visitor.ts'

const details = '/account/details'

describe('*Wasn’t you?*: whoever reads the mailbox of before takes a sign-in back (T5)', () => {
  let app: TestApp
  let clock: AdjustableClock
  beforeEach(async () => {
    ;({ app, clock } = await aTimedApp())
  })
  afterEach(() => app.close())

  const { undoPath, move, tryMove } = movedAddress(() => app)

  const victims = {
    'a person’s': async () => {
      const { id, email, password, accounts } = await app.aPerson({ links: ['mobile'] })
      const thief = aVisitor(app.issuer)
      await thief.signIn({ email, password })
      const address = async () => (await app.features.people.get(id))?.identifiers.join().replace('email:group:', '')
      const stands = async () => detailsOf((await app.features.people.get(id))!)
      return { email, password, thief, address, stands, told: async () => (await app.account(accounts.mobile!)).copy }
    },
    'a separate account’s': async () => {
      const { account, email, password } = await app.aSeparateAccount('mobile')
      const thief = aVisitor(app.issuer)
      await thief.signInAt('mobile-store', `${app.urlOf('mobile-store')}/callback`, { email, password })
      const address = async () => (await app.account(account)).signIn?.address
      const stands = async () => (await app.account(account)).copy
      return { email, password, thief, address, stands, told: stands }
    },
  }
  for (const [whose, victim] of Object.entries(victims)) {
    it(`H4: a thief takes nothing back from the owner with a letter of their own: ${whose}`, async () => {
      const { email, thief, address } = await victim()
      const [second, third] = [`second-${email}`, `third-${email}`]
      await move(thief, second)
      await move(thief, third)
      await aVisitor(app.issuer).act(await undoPath(second))
      assert.equal(await address(), second)
      const owner = aVisitor(app.issuer)
      assert.match(readable(await owner.act(await undoPath(email))), /Undone/)
      assert.equal(await address(), email)
    })

    it(`H4: what was written in the details since is undone with it: ${whose}`, async () => {
      const { email, thief, stands, told } = await victim()
      const before = await stands()
      await move(thief, `second-${email}`)
      await thief.act(details, { givenName: 'Eve', city: 'Rome' })
      await thief.act(details, { givenName: 'Eva' })
      assert.equal((await stands()).givenName, 'Eva')
      await aVisitor(app.issuer).act(await undoPath(email))
      await app.settled()
      const expected = { ...before, city: null }
      assert.deepEqual({ ...(await stands()) }, expected)
      assert.equal((await told()).givenName, before.givenName)
      assert.equal((await told()).email, email)
    })

    it(`H25: the former address is kept free while it may be given back: ${whose}`, async () => {
      const { email, thief, address } = await victim()
      await move(thief, `second-${email}`)
      // What a crash leaves half taken is free again by then.
      clock.advance(hour)
      const [other, way] = await Promise.all([app.aPerson(), app.aSeparateAccount('mobile')])
      const visitors = [aVisitor(app.issuer), aVisitor(app.issuer)]
      await visitors[0]!.signIn(other)
      await visitors[1]!.signInAt('mobile-store', `${app.urlOf('mobile-store')}/callback`, way)
      const visitor = visitors[whose === 'a person’s' ? 0 : 1]!
      const taken = await tryMove(visitor, email)
      assert.equal(taken.again, true)
      assert.match(readable(taken), /already/)
      await aVisitor(app.issuer).act(await undoPath(email))
      assert.equal(await address(), email)
    })

    it(`H25: after three days the former address is anybody’s again, and nothing is kept of it: ${whose}`, async () => {
      const { email, thief } = await victim()
      await move(thief, `second-${email}`)
      await app.settled()
      clock.advance(3 * day + hour)
      await app.settled()
      for (const holders of ['people', 'accounts']) {
        const kept = await app.database.connection.collection(holders).countDocuments({ takeBacks: { $exists: true } })
        assert.equal(kept, 0, holders)
      }
      assert.equal((await app.aPerson({ email })).email, email)
      assert.equal((await app.aSeparateAccount('mobile', { email })).email, email)
    })
  }

  it('H25: nobody registers with an address that may be given back, and no other address is shown to who tries', async () => {
    const { email, thief, address } = await victims['a person’s']()
    const second = `second-${email}`
    await move(thief, second)
    clock.advance(hour)
    const stranger = aTraveller(app)
    const form = await stranger.open(await stranger.go('mobile-store'), '/create')
    const asked = await stranger.act(form, '/create', aRegistration(email))
    const answer = await stranger.send(asked, '/create/code', { code: await app.code(email) })
    assert.ok(answer.again || answer.status >= 400, String(answer.status))
    assert.ok(!answer.text.includes(second))
    await aVisitor(app.issuer).act(await undoPath(email))
    assert.equal(await address(), email)
  })
})
