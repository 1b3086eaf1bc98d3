import assert from 'node:assert/strict'
import { type Action, actions, may, type Role, roles, type Staff } from '../../src/staff/index.ts'
import { aTestApp, type TestApp } from '../support/app.ts'
import { aDesk, type Desk, refuses, staffPassword } from '../support/desk.ts'

const table: Record<Role, Action[]> = {
  support: ['case', 'prove', 'correct', 'act', 'evidence', 'second'],
  'support-lead': ['case', 'prove', 'correct', 'act', 'evidence', 'second', 'mark', 'audit', 'alarms'],
  privacy: ['case', 'prove', 'evidence', 'requests', 'audit'],
  developer: [],
  analyst: [],
  administrator: ['staff', 'audit', 'alarms'],
}
/** Of these, what a company's ticket system does for whom it names. */
const throughTicketSystem: Action[] = ['case', 'prove', 'correct', 'act']

describe('who may do what in the console', () => {
  for (const role of roles)
    for (const action of actions) {
      const allowed = table[role].includes(action)
      it(`${allowed ? 'lets' : 'keeps'} ${role} ${allowed ? 'do' : 'from'} “${action}”, and never at another company (S7-a)`, () => {
        const staff = { company: 'games', roles: [role], status: 'active' as const }
        assert.equal(may(staff, action, 'games'), allowed)
        assert.equal(may(staff, action, 'mobile'), false)
        assert.equal(may({ ...staff, status: 'ended' }, action, 'games'), false)
        assert.equal(may({ ...staff, status: 'invited' }, action, 'games'), false)
      })

      const carried = allowed && throughTicketSystem.includes(action)
      it(`${carried ? 'lets' : 'keeps'} a ticket system ${carried ? 'do' : 'from'} “${action}” for ${role} (T15)`, () => {
        const agent = { company: 'games', roles: [role], status: 'active' as const, through: 'games-machine' }
        assert.equal(may(agent, action, 'games'), carried)
        assert.equal(may(agent, action, 'mobile'), false)
        assert.equal(may({ ...agent, status: 'ended' }, action, 'games'), false)
      })
    }
})

describe('staff of one company', () => {
  let app: TestApp
  let desk: Desk
  before(async () => {
    app = await aTestApp()
    desk = aDesk(app)
  })
  after(() => app.close())

  it('never reach a case of another company, by any step, and the attempt is on record (T14)', async () => {
    const { email } = await app.aPerson({ links: ['mobile', 'games'] })
    const [own, other] = [await desk.aMember('games', 'support'), await desk.aMember('mobile', 'support-lead')]
    const id = await desk.aProvenCase(own, email)
    const steps = [
      () => desk.seeCase.see(other, id),
      () => desk.openCase.find(other, id, email),
      () => desk.openCase.close(other, id),
      () => desk.proveCaller.sendCode(other, id),
      () => desk.proveCaller.checkCode(other, id, '000000'),
      () => desk.proveCaller.askApproval(other, id),
      () => desk.proveCaller.askForServices(other, id),
      () => desk.corrections.correct(other, id, { city: 'X' }, { city: null }),
      () => desk.corrections.agreeToGuarded(other, id),
      () => desk.actOnAccount.act(other, id, 'sessions-ended'),
    ]
    for (const step of steps) await assert.rejects(step, refuses('case-not-found'))
    const refusals = await desk.audit.search('mobile', { kind: 'agent', value: other._id }, 50)
    assert.equal(
      refusals.filter(({ action, outcome }) => action === 'refused' && outcome === 'case-not-found').length,
      10,
    )
    assert.equal((await desk.audit.search('games', { kind: 'agent', value: other._id }, 50)).length, 0)
  })

  it('see their own company’s open cases, staff and audit only', async () => {
    const [games, mobile] = [await desk.aMember('games', 'administrator'), await desk.aMember('mobile', 'support')]
    await desk.aCase(mobile, undefined, 'MOB-1')
    assert.ok((await desk.manageStaff.ofCompany(games)).every(({ company }) => company === 'games'))
    assert.ok((await desk.audit.newest('games', 200)).every(({ company }) => company === 'games'))
    await assert.rejects(() => desk.openCase.openOf(games), refuses('staff-not-yours'))
    await assert.rejects(async () => desk.manageStaff.ofCompany(mobile), refuses('staff-not-yours'))
  })

  it('without the role for a step are refused it in their own company’s case, and that is on record', async () => {
    const { email } = await app.aPerson({ links: ['games'] })
    const [agent, privacy] = [await desk.aMember('games', 'support'), await desk.aMember('games', 'privacy')]
    const id = await desk.aProvenCase(agent, email)
    assert.ok((await desk.seeCase.see(privacy, id)).details)
    await assert.rejects(() => desk.corrections.correct(privacy, id, {}, {}), refuses('staff-not-yours'))
    await assert.rejects(() => desk.actOnAccount.act(privacy, id, 'unlocked'), refuses('staff-not-yours'))
    const [newest] = await desk.audit.search('games', { kind: 'agent', value: privacy._id }, 1)
    assert.deepEqual([newest?.action, newest?.outcome], ['refused', 'staff-not-yours'])
  })

  it('get and lose roles from their own administrators alone, and never from themselves', async () => {
    const [chief, other] = [await desk.aMember('games', 'administrator'), await desk.aMember('mobile', 'administrator')]
    const agent = await desk.aMember('games', 'support')
    const { setRoles } = desk.manageStaff
    await assert.rejects(() => setRoles(other, agent._id, []), refuses('staff-not-found'))
    await assert.rejects(() => setRoles(agent, agent._id, ['administrator']), refuses('staff-not-yours'))
    await assert.rejects(() => setRoles(chief, chief._id, ['support']), refuses('staff-not-oneself'))
    await setRoles(chief, agent._id, ['support', 'support-lead'])
    assert.deepEqual((await desk.staff.get(agent._id))?.roles, ['support', 'support-lead'])
    await setRoles(chief, agent._id, [])
    assert.equal((await desk.staff.get(agent._id))?.status, 'ended')
  })

  it('move to another company once the first has let them go: they join anew, and nothing of before is theirs', async () => {
    const [chief, other] = [await desk.aMember('games', 'administrator'), await desk.aMember('mobile', 'administrator')]
    const agent = await desk.aMember('games', 'support')
    const { email } = await app.aPerson({ links: ['games'] })
    const id = await desk.aProvenCase(agent, email)
    const { setRoles } = desk.manageStaff
    await assert.rejects(() => setRoles(other, agent._id, ['support']), refuses('staff-elsewhere'))
    await setRoles(chief, agent._id, [])
    await assert.rejects(() => setRoles(other, agent._id, []), refuses('staff-not-found'))
    await setRoles(other, agent._id, ['support'])
    const moved = await desk.staff.get(agent._id)
    assert.deepEqual([moved?.company, moved?.status, moved?.roles], ['mobile', 'invited', ['support']])
    assert.equal(await desk.signIn.password(agent._id, staffPassword), undefined, 'the sign-in of before is none')
    await assert.rejects(() => setRoles(chief, agent._id, ['support']), refuses('staff-elsewhere'))
    await assert.rejects(() => desk.seeCase.see({ ...moved, status: 'active' } as Staff, id), refuses('case-not-found'))
  })

  it('keep an administrator when two dismiss each other at the same moment', async () => {
    const [one, two] = [
      await desk.aMember('pictures', 'administrator'),
      await desk.aMember('pictures', 'administrator'),
    ]
    await Promise.allSettled([desk.manageStaff.setRoles(one, two._id, []), desk.manageStaff.setRoles(two, one._id, [])])
    const left = await Promise.all([one, two].map(({ _id }) => desk.staff.get(_id)))
    assert.ok(left.some((member) => member && may(member, 'staff', 'pictures')))
  })
})
