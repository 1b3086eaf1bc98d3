import assert from 'node:assert/strict'
import { asPerson } from '../../src/accounts/index.ts'
import type { AdjustableClock } from '../../src/lib/clock.ts'
import type { Staff } from '../../src/staff/index.ts'
import type { TestApp } from '../world/app.ts'
import { aDesk, type Desk } from '../world/desk.ts'
import { aTimedApp } from '../world/timed-app.ts'

describe('what support learns, and hears, of a person', () => {
  let app: TestApp
  let desk: Desk
  let staff: Staff
  let clock: AdjustableClock
  before(async () => {
    ;({ app, clock } = await aTimedApp())
    desk = aDesk(app)
    staff = await desk.aMember('mobile', 'support')
  })
  after(() => app.close())

  it('H10: before any approval nothing differs between who is linked elsewhere and who is not', async () => {
    const answers: unknown[] = []
    for (const links of [['mobile'], ['mobile', 'games']]) {
      const person = await app.aPerson({ links })
      app.faults.set('games-arcade', 500)
      const changes = [{ field: 'givenName' as const, value: 'Alva', was: null }]
      await app.features.changeDetails(asPerson(person.id), { changes, minimumAge: 16 })
      await app.features.reconciler.enqueuePerson(person.id)
      const id = await desk.aCase(staff, person.email)
      const { account } = await desk.seeCase.see(staff, id)
      answers.push([account?.furtherRecipientBehind, account?.linkStatus, account?.changes.map(({ by }) => by)])
    }
    app.faults.clear()
    assert.deepEqual(answers[1], answers[0])
    assert.deepEqual(answers[0], [false, 'in step', ['elsewhere']])
  })

  it('H16: an objection counts once for what was done until then, however often it is sent', async () => {
    const person = await app.aPerson({ links: ['mobile'] })
    await desk.aMember('mobile', 'support-lead')
    const id = await desk.aCase(staff, person.email)
    await desk.seeCase.see(staff, id)
    const name = id.split(':').at(-1)!
    const principal = `person:${person.id}`
    for (let i = 0; i < 20; i++) await desk.approvals.object(principal, { company: 'mobile', case: name })
    const objections = async () => (await desk.audited('mobile', id)).filter((act) => act === 'objected').length
    assert.equal(await objections(), 1)
    clock.advance(1000)
    await desk.actOnAccount.act(staff, id, 'sessions-ended')
    await desk.approvals.object(principal, { company: 'mobile', case: name })
    assert.equal(await objections(), 2)
  })
})
