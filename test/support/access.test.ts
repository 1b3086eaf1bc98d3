import assert from 'node:assert/strict'
import { now } from '../../src/lib/clock.ts'
import { type Action, actions, may, type Role, roles, type Staff, totpOf } from '../../src/staff/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { counting } from '../world/counted.ts'
import { openTestDatabase } from '../world/database.ts'
import { aDesk, type Desk, refuses, staffPassword } from '../world/desk.ts'
import { documentOf, fieldsOf, readable } from '../world/pages.ts'
import { scanned } from '../world/scanned.ts'
import { aVisitor } from '../world/visitor.ts'

const table: Record<Role, Action[]> = {
  support: ['case', 'prove', 'correct', 'act', 'evidence', 'second'],
  'support-lead': ['case', 'prove', 'correct', 'act', 'evidence', 'second', 'mark', 'audit', 'alarms'],
  privacy: ['case', 'prove', 'evidence', 'requests', 'audit'],
  developer: [],
  analyst: ['statistics'],
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
  let database: ReturnType<typeof counting>
  before(async () => {
    database = counting(await openTestDatabase())
    app = await aTestApp({ database: database.database })
    desk = aDesk(app)
  })
  after(async () => {
    await app.close()
    await database.database.close()
  })

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

  const join = async (address: string, company?: string) => {
    const { joinStaff } = desk
    const handle = await joinStaff.beginJoining(address, 'en')
    const joining = await joinStaff.proveJoining(handle, await app.code(address))
    const code = () => totpOf(joining?.totp ?? '', 'staff').generate({ timestamp: now() })
    return {
      companies: joining?.companies,
      complete: (chosen = company) => joinStaff.completeJoining(handle, `the new ${staffPassword}`, code(), chosen),
    }
  }
  /** What an administrator reads of an address: in their list, and of what they did themselves. */
  const seenBy = async (administrator: Staff, address: string) => {
    const listed = (await desk.manageStaff.ofCompany(administrator)).find(({ _id }) => _id === address)
    const audited = await desk.audit.newest(administrator.company, 100)
    const of = ({ action, reason = '', outcome }: { action: string; reason?: string; outcome?: string }) =>
      reason.startsWith(address) ? [[action, reason.replaceAll(address, ''), outcome]] : []
    return { listed: listed && { ...listed, _id: '' }, audited: audited.flatMap(of) }
  }

  it('H21: move to another company once the first has let them go: they join anew, and nothing of before is theirs', async () => {
    const [chief, other] = [await desk.aMember('games', 'administrator'), await desk.aMember('mobile', 'administrator')]
    const agent = await desk.aMember('games', 'support')
    const { email } = await app.aPerson({ links: ['games'] })
    const id = await desk.aProvenCase(agent, email)
    const { setRoles } = desk.manageStaff
    await setRoles(other, agent._id, ['support'])
    await setRoles(chief, agent._id, [])
    assert.equal((await desk.staff.get(agent._id))?.company, 'games', 'nothing moves before they join')
    const { companies, complete } = await join(agent._id)
    assert.deepEqual(companies, ['mobile'])
    await complete()
    const moved = await desk.staff.get(agent._id)
    assert.deepEqual([moved?.company, moved?.status, moved?.roles], ['mobile', 'active', ['support']])
    assert.equal(await desk.signIn.password(agent._id, staffPassword), undefined, 'the sign-in of before is none')
    assert.ok(await desk.signIn.password(agent._id, `the new ${staffPassword}`))
    await assert.rejects(() => desk.seeCase.see(moved as Staff, id), refuses('case-not-found'))
    assert.deepEqual((await seenBy(chief, agent._id)).listed?.status, 'ended', 'where they left, nothing has changed')
    await setRoles(chief, agent._id, ['support'])
    assert.equal((await desk.staff.get(agent._id))?.company, 'mobile')
  })

  it('H21: are invited alike whoever else they work for: an administrator reads, and is answered, the same', async () => {
    const chief = await desk.aMember('games', 'administrator')
    const there = await desk.aMember('mobile', 'support-lead')
    const [invited, gone] = ['invited-by-mobile@staff.example', 'left-mobile@staff.example']
    const other = await desk.aMember('mobile', 'administrator')
    await desk.manageStaff.setRoles(other, invited, ['support'])
    const left = await desk.aMember('mobile', 'support')
    await desk.manageStaff.setRoles(other, left._id, [])
    const addresses = ['nobody-yet@staff.example', there._id, invited, left._id, gone]
    for (let wrong = 0; wrong < 10; wrong++) await desk.signIn.password(there._id, 'a wrong guess')
    const steps: [string, Role[]][] = [
      ['invited', ['support']],
      ['with other roles', ['privacy', 'support']],
      ['taken back', []],
      ['invited again', ['support']],
    ]
    // Of a company's first entry in the audit its head is made as well.
    await desk.manageStaff.setRoles(chief, 'first@staff.example', ['support'])
    for (const address of addresses)
      await assert.rejects(() => desk.manageStaff.setRoles(chief, address, []), refuses('staff-not-found'), address)
    for (const [step, given] of steps) {
      const seen = []
      for (const address of addresses) {
        const before = database.seen.length
        await desk.manageStaff.setRoles(chief, address, given)
        const asked = database.seen.slice(before)
        seen.push({ asked, ...(await seenBy(chief, address)) })
        await assert.rejects(() => desk.manageStaff.unlock(chief, address), refuses('staff-not-found'))
      }
      assert.equal(seen[0]?.listed?.status, given.length ? 'invited' : 'ended', step)
      for (const each of seen) assert.deepEqual(each, seen[0], step)
    }
    const still = await desk.staff.get(there._id)
    assert.deepEqual([still?.company, still?.status, still?.roles], ['mobile', 'active', ['support-lead']])
    const theirs = await desk.audit.newest('mobile', 100)
    assert.ok(
      theirs.every(({ agent }) => agent !== chief._id),
      'nor does the other company',
    )
  })

  it('H21: who has the address, and no one else, is told that it works for another company, and what helps', async () => {
    const [chief, other] = [await desk.aMember('games', 'administrator'), await desk.aMember('mobile', 'administrator')]
    const agent = await desk.aMember('mobile', 'support')
    await desk.manageStaff.setRoles(chief, agent._id, ['support'])
    const before = await seenBy(chief, agent._id)
    const visitor = aVisitor(app.issuer)
    await visitor.act('/console/join', { email: agent._id })
    const letters = await app.features.mailer.mailbox?.list(agent._id)
    assert.deepEqual(
      letters?.map(({ kind }) => kind),
      ['staff-code'],
    )
    const told = await visitor.act('/console/join/code', { code: await app.code(agent._id) })
    assert.equal(told.again, true)
    assert.match(readable(told), /already belongs to another company’s staff/)
    assert.doesNotMatch(readable(told), /Mobile|authenticator/)
    assert.deepEqual(await seenBy(chief, agent._id), before)
    assert.ok(await desk.signIn.password(agent._id, staffPassword), 'where they work, nothing has changed')
    await desk.manageStaff.setRoles(other, agent._id, [])
    assert.deepEqual((await join(agent._id)).companies, ['games'])
  })

  it('H21: whom two companies invited choose one; the other goes on reading *invited*', async () => {
    const [chief, other] = [await desk.aMember('games', 'administrator'), await desk.aMember('mobile', 'administrator')]
    const address = 'wanted-by-two@staff.example'
    await desk.manageStaff.setRoles(chief, address, ['support'])
    await desk.manageStaff.setRoles(other, address, ['privacy'])
    const { companies, complete } = await join(address)
    assert.deepEqual(companies, ['games', 'mobile'])
    await assert.rejects(() => complete(undefined), refuses('not-chosen'))
    await assert.rejects(() => complete('pictures'), refuses('not-chosen'))
    await complete('mobile')
    const member = await desk.staff.get(address)
    assert.deepEqual([member?.company, member?.roles, member?.status], ['mobile', ['privacy'], 'active'])
    assert.equal((await seenBy(chief, address)).listed?.status, 'invited')
    assert.equal((await seenBy(other, address)).listed?.status, 'active')
    await assert.rejects(() => join(address), refuses('staff-serves-one'))
  })

  it('H21: the page says which company they join, or asks which of two', async () => {
    const [chief, other] = [await desk.aMember('games', 'administrator'), await desk.aMember('mobile', 'administrator')]
    const address = 'reads-the-page@staff.example'
    const setUp = async () => {
      const visitor = aVisitor(app.issuer)
      await visitor.act('/console/join', { email: address })
      const page = await visitor.act('/console/join/code', { code: await app.code(address) })
      const picture = documentOf(page).querySelector('img.qr')?.getAttribute('src') ?? ''
      assert.match(scanned(decodeURIComponent(picture)), /^otpauth:\/\/totp\/.*secret=[A-Z2-7]{32}/)
      const secret = documentOf(page).querySelector('code')?.text ?? ''
      const send = (more: Record<string, string>) =>
        visitor.submit(`${app.issuer}/console/join/set-up`, {
          ...fieldsOf(page, '/console/join/set-up'),
          ...{ password: staffPassword, code: totpOf(secret, address).generate({ timestamp: now() }) },
          ...more,
        })
      return { page, send }
    }
    await desk.manageStaff.setRoles(chief, address, ['support'])
    assert.match(readable((await setUp()).page), /You are joining the staff of Games\./)
    await desk.manageStaff.setRoles(other, address, ['privacy'])
    const { page, send } = await setUp()
    assert.match(readable(page), /Which company are you joining\? .*Games .*Mobile/)
    const unsaid = await send({})
    assert.equal(unsaid.again, true)
    assert.match(unsaid.text, /id="f-company-problem"/)
    assert.equal((await send({ company: 'mobile' })).status, 303)
    assert.deepEqual((await desk.staff.get(address))?.company, 'mobile')
  })

  it('H21: an invitation that is taken back while it is joined gives nothing', async () => {
    const chief = await desk.aMember('games', 'administrator')
    const address = 'taken-back@staff.example'
    await desk.manageStaff.setRoles(chief, address, ['support'])
    const { complete } = await join(address)
    await desk.manageStaff.setRoles(chief, address, [])
    await assert.rejects(() => complete(), refuses('code-expired'))
    assert.equal((await seenBy(chief, address)).listed?.status, 'ended')

    const racing = 'races@staff.example'
    await desk.manageStaff.setRoles(chief, racing, ['support'])
    const joining = await join(racing)
    await Promise.allSettled([joining.complete(), desk.manageStaff.setRoles(chief, racing, [])])
    assert.notEqual((await desk.staff.get(racing))?.status, 'active')
    assert.equal((await seenBy(chief, racing)).listed?.status, 'ended')
    await assert.rejects(() => joining.complete(), refuses('code-expired'))
  })

  it('H21: an invitation of before has no row of its own, and is joined, changed and taken back as ever', async () => {
    const chief = await desk.aMember('games', 'administrator')
    const asOfOld = (address: string) =>
      desk.staff.insert({
        ...{ _id: address, rev: 1, company: 'games', roles: ['support'], status: 'invited', totpStep: 0, epoch: 1 },
        ...{ createdAt: now(), invitedBy: 'configuration' },
      })
    const [joins, out] = ['of-before@staff.example', 'of-before-too@staff.example']
    await asOfOld(joins)
    await asOfOld(out)
    await desk.manageStaff.setRoles(chief, joins, ['privacy'])
    await desk.manageStaff.setRoles(chief, out, [])
    assert.equal((await seenBy(chief, joins)).listed?.status, 'invited')
    await (await join(joins)).complete()
    const member = await desk.staff.get(joins)
    assert.deepEqual([member?.status, member?.roles], ['active', ['privacy']])
    assert.equal((await seenBy(chief, out)).listed?.status, 'ended')
    assert.equal((await join(out)).companies, undefined)
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
