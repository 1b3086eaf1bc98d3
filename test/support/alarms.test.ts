import assert from 'node:assert/strict'
import { type AdjustableClock, hour, minute, now } from '../../src/lib/clock.ts'
import type { Staff } from '../../src/staff/index.ts'
import { agentsPerAccount, peoplePerHour } from '../../src/support/index.ts'
import type { TestApp } from '../world/app.ts'
import { aDesk, type Desk, refuses } from '../world/desk.ts'
import { aTimedApp } from '../world/timed-app.ts'

describe('unusual access', () => {
  let app: TestApp
  let desk: Desk
  let clock: AdjustableClock
  before(async () => {
    ;({ app, clock } = await aTimedApp())
    desk = aDesk(app)
  })
  after(() => app.close())

  const alarms = async (company: string) => (await desk.looks.alarmsOf(company, 50)).map(({ what }) => what)

  it('is told to the lead when an agent looks at more than 60 people within an hour, once', async () => {
    const agent = await desk.aMember('games', 'support')
    const { email } = await app.aPerson({ links: ['games'] })
    await desk.aCase(agent, email)
    for (let people = 1; people < peoplePerHour; people++) await desk.looks.peopleOf(agent._id, `games:other-${people}`)
    assert.deepEqual(await alarms('games'), [])
    const one = await app.aPerson({ links: ['games'] })
    const id = await desk.aCase(agent, one.email)
    await desk.seeCase.see(agent, id)
    await desk.aCase(agent, one.email)
    assert.deepEqual(await alarms('games'), ['many-people'])
    assert.deepEqual(await alarms('mobile'), [])
  })

  it('Q14: is told as well when the hour of the clock turns between, and when the last two are looked at in one moment (T14)', async () => {
    const agent = await desk.aMember('pictures', 'support')
    const [one, other] = [await app.aPerson({ links: ['pictures'] }), await app.aPerson({ links: ['pictures'] })]
    const [first, second] = [await desk.aCase(agent), await desk.aCase(agent)]
    clock.advance(2 * hour - (now() % hour) - minute)
    for (let people = 0; people < peoplePerHour - 1; people++)
      await desk.looks.peopleOf(agent._id, `pictures:other-${people}`)
    clock.advance(2 * minute)
    await Promise.all([desk.openCase.find(agent, first, one.email), desk.openCase.find(agent, second, other.email)])
    assert.deepEqual(await alarms('pictures'), ['many-people'])
  })

  it('is told when somebody looks at their own account, and hinders nobody', async () => {
    const agent = await desk.aMember('mobile', 'support')
    await app.aPerson({ email: agent._id, links: ['mobile'] })
    await desk.aCase(agent, agent._id)
    assert.deepEqual(await alarms('mobile'), ['own-record'])
  })

  it('is written to that company’s leads and administrators, naming nobody, and never to whom it is about', async () => {
    const lead = await desk.aMember('mobile', 'support-lead')
    const [colleague, elsewhere] = [
      await desk.aMember('mobile', 'support'),
      await desk.aMember('games', 'support-lead'),
    ]
    const letters = async ({ _id }: { _id: string }) =>
      ((await app.features.mailer.mailbox?.list(_id)) ?? []).filter(({ kind }) => kind === 'support-alarm')
    const curious = await desk.aMember('mobile', 'support-lead')
    await app.aPerson({ email: curious._id, links: ['mobile'] })
    await desk.aCase(curious, curious._id)
    const [letter, ...more] = await letters(lead)
    assert.match(letter?.text ?? '', /Looked at their own account[\s\S]*\/console\/audit/)
    assert.ok(!letter?.text.includes(curious._id))
    assert.deepEqual(more, [])
    for (const other of [curious, colleague, elsewhere]) assert.deepEqual(await letters(other), [], other._id)
  })

  it('is told when many agents look at one account on one day, by opening a colleague’s case as well', async () => {
    const before = await alarms('pictures')
    const { email } = await app.aPerson({ links: ['pictures'] })
    const first = await desk.aMember('pictures', 'support')
    const id = await desk.aCase(first, email)
    for (let agents = 1; agents < agentsPerAccount; agents++) {
      assert.deepEqual(await alarms('pictures'), before)
      await desk.seeCase.see(await desk.aMember('pictures', 'support'), id)
    }
    assert.deepEqual(await alarms('pictures'), ['much-looked-at', ...before])
  })

  it('is told when a person objects to what was done on their account, and by nobody else', async () => {
    const [person, stranger] = [await app.aPerson({ links: ['games'] }), await app.aPerson({ links: ['games'] })]
    const agent = await desk.aMember('games', 'support')
    const id = await desk.aCase(agent, person.email, 'G 500/a')
    const object = (who: string) => desk.approvals.object(`person:${who}`, { company: 'games', case: 'G 500/a' })
    await assert.rejects(() => object(stranger.id), refuses('case-not-found'))
    await object(person.id)
    assert.equal((await alarms('games'))[0], 'objection')
    assert.equal((await desk.audited('games', id)).at(-1), 'objected')
  })

  it('is closed by a lead who says what came of it, once, on record; by nobody whom it is about, nor from elsewhere (T14)', async () => {
    const curious = await desk.aMember('pictures', 'support-lead')
    const { accounts } = await app.aPerson({ email: curious._id, links: ['pictures'] })
    await desk.aCase(curious, curious._id)
    const [alarm] = await desk.looks.alarmsOf('pictures', 1)
    const [lead, colleague, privacy, elsewhere] = [
      await desk.aMember('pictures', 'support-lead'),
      await desk.aMember('pictures', 'support'),
      await desk.aMember('pictures', 'privacy'),
      await desk.aMember('games', 'support-lead'),
    ]
    const close = (who: Staff, id = alarm?._id ?? '') => desk.closeAlarm(who, id, 'They tried their own sign-in')
    for (const one of [colleague, privacy]) await assert.rejects(() => close(one), refuses('staff-not-yours'))
    await assert.rejects(() => close(elsewhere), refuses('alarm-not-open'))
    await assert.rejects(() => close(curious), refuses('alarm-about-oneself'))
    await assert.rejects(() => close(lead, 'pictures:never'), refuses('alarm-not-open'))
    const entries = () => desk.audit.search('pictures', { kind: 'account', value: accounts.pictures ?? '' }, 50)
    assert.ok((await entries()).every(({ action }) => action !== 'alarm-closed'))
    await close(lead)
    const [closed] = await desk.looks.alarmsOf('pictures', 1)
    assert.deepEqual([closed?._id, closed?.closedBy], [alarm?._id, lead._id])
    assert.ok(closed?.closedAt)
    const [entry] = await entries()
    assert.deepEqual(
      [entry?.action, entry?.agent, entry?.outcome, entry?.reason],
      ['alarm-closed', lead._id, 'own-record', 'They tried their own sign-in'],
    )
    await assert.rejects(() => close(lead), refuses('alarm-not-open'))
    assert.equal((await entries()).filter(({ action }) => action === 'alarm-closed').length, 1)
  })

  it('is slowed down: who searches as if to browse has to wait', async () => {
    const agent = await desk.aMember('games', 'support')
    const id = await desk.aCase(agent)
    const { limits } = app.features
    for (let times = 0; times < 240; times++) await limits.consume('support-find', agent._id)
    await assert.rejects(() => desk.openCase.find(agent, id, 'nobody@mail.example'), refuses('too-many-attempts'))
  })
})
