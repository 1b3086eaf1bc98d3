import assert from 'node:assert/strict'
import { asPerson } from '../../src/accounts/index.ts'
import { type AdjustableClock, adjustableClock, day } from '../../src/lib/clock.ts'
import type { Staff } from '../../src/staff/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { aDesk, type Desk, refuses, staffPassword, totpNow } from '../world/desk.ts'
import { fieldsOf, formsOf, linksOf, partsOf, readable, testIds, tokenOf } from '../world/pages.ts'
import { aVisitor } from '../world/visitor.ts'

describe('the request desk, as those who work at it meet it', () => {
  let app: TestApp
  let desk: Desk
  let clock: AdjustableClock
  beforeEach(async () => {
    clock = adjustableClock()
    app = await aTestApp()
    desk = aDesk(app)
  })
  afterEach(async () => {
    clock.reset()
    await app.close()
  })

  const signedIn = async (member: Staff) => {
    const visitor = aVisitor(app.issuer)
    const sent = await visitor.act('/console/sign-in', { email: member._id, password: staffPassword })
    const { to = '' } = fieldsOf(sent, '/console/sign-in/code')
    await visitor.submit(`${app.issuer}/console/sign-in/code`, { csrf: tokenOf(sent), code: totpNow(), to })
    return visitor
  }

  const asks = async (company = 'games') => {
    const person = await app.aPerson({ links: [company] })
    const who = await app.features.readPrincipal(asPerson(person.id))
    assert.ok(who)
    const held = await app.features.links.accountsOf(person.id)
    const { ask } = app.features.rightsRequests
    await ask.ask(who, held, { kind: 'access', about: 'All', companies: [company], once: person.id })
    const [part] = (await ask.page(who.id, held)).parts
    assert.ok(part)
    return part
  }

  const anExecutorAsks = async (company = 'games') => {
    const paper = { name: 'will.txt', bytes: Buffer.from('The will') }
    await app.features.rightsRequests.askForTheDead({ company, words: 'Please close it', once: company }, [paper])
    await app.settled()
  }

  const pageOf = (id: string) => `/console/requests/${id.replace(':', '.')}`

  it('S9: an executor, who has no account, is asked nothing that they could not read, and no time stands still for it', async () => {
    const staff = await desk.aMember('games', 'privacy')
    const { desk: requests } = app.features.rightsRequests
    await anExecutorAsks()
    const [part] = (await requests.queue(staff)).open
    assert.ok(part)
    for (const act of [
      () => requests.say(staff, part.id, 'Which of her accounts?', []),
      () => requests.askProof(staff, part.id, 'A copy of the will'),
    ])
      await assert.rejects(act, refuses('request-without-account'))
    const [same] = (await requests.queue(staff)).open
    assert.deepEqual(same, part, 'nothing was written')
    const visitor = await signedIn(staff)
    const page = await visitor.page(pageOf(part.id))
    const acts = formsOf(page).map(({ action }) => action.slice(action.lastIndexOf('/') + 1))
    for (const act of ['message', 'ask-proof']) assert.ok(!acts.includes(act), act)
    for (const act of ['answer', 'extend', 'refuse', 'hand-over']) assert.ok(acts.includes(act), act)
    assert.match(readable(page), /The requester · .*Nothing is sent: write to the requester yourself/)
    assert.doesNotMatch(readable(page), /The person reads it/)
    const path = pageOf(part.id)
    const answered = await visitor.act(path, { answer: 'Closed; written by post' }, `${path}/answer`)
    assert.match(readable(answered), /Recorded. Nothing is sent from here/)
  })

  it('U19: each act says that it is done and whether anybody is told of it', async () => {
    const [staff, other] = [await desk.aMember('games', 'privacy'), await desk.aMember('games', 'privacy')]
    const path = pageOf((await asks()).id)
    const visitor = await signedIn(staff)
    const said = async (act: string, fields: Record<string, string>) =>
      readable(await visitor.act(path, fields, `${path}/${act}`))
    assert.match(await said('take', {}), /It is assigned to you now/)
    assert.match(await said('message', { message: 'Which games?' }), /Sent. The person is told by email/)
    assert.match(await said('ask-proof', { proof: 'A paper' }), /Asked. The person is told by email/)
    assert.match(await said('extend', { extension: 'It lies in many systems' }), /Extended. The person is told/)
    assert.match(await said('hand-over', { to: other._id }), /Handed over. Your colleague is told by email/)
    assert.match(await said('answer', { answer: 'Here it is' }), /Answered. The person is told by email/)
    assert.doesNotMatch(readable(await visitor.page(`${path}?done=nonsense`)), /nonsense/)
  })

  it('H47: of two who take one request from their pages, at once or one after the other, one has it and the other reads who', async () => {
    const members = [await desk.aMember('games', 'privacy'), await desk.aMember('games', 'privacy')]
    const visitors = await Promise.all(members.map(signedIn))
    const withForms = async (id: string, page: string) => {
      const path = `${pageOf(id)}/take`
      const forms = await Promise.all(visitors.map(async (each) => fieldsOf(await each.page(page), path)))
      return visitors.map((each, n) => () => each.submit(app.issuer + path, forms[n] ?? {}))
    }
    for (const page of ['/console/requests', undefined])
      for (const isAtOnce of [false, true]) {
        const { id } = await asks()
        const [first, second] = await withForms(id, page ?? pageOf(id))
        assert.ok(first && second)
        const told = isAtOnce ? await Promise.all([first(), second()]) : [await first(), await second()]
        const { taken } = await app.features.rightsRequests.desk.see(members[0] as Staff, id)
        const loser = told[taken === members[0]?._id ? 1 : 0]
        assert.ok(loser)
        assert.equal(told.filter(({ next }) => next?.endsWith('done=take')).length, 1)
        assert.ok(readable(loser).includes(`${taken} has taken this request meanwhile`), String(taken))
      }
  })

  it('S9: a request that a colleague has is taken over by whoever sees that they have it', async () => {
    const [one, other] = [await desk.aMember('games', 'privacy'), await desk.aMember('games', 'privacy')]
    const { id } = await asks()
    const [first, second] = [await signedIn(one), await signedIn(other)]
    for (const each of [first, second])
      assert.match(readable(await each.act(pageOf(id), {}, `${pageOf(id)}/take`)), /assigned to you now/)
    assert.equal((await app.features.rightsRequests.desk.see(one, id)).taken, other._id)
  })

  it('S9: it is handed to whoever works at the desk, and said what a colleague who does not would need', async () => {
    const staff = await desk.aMember('games', 'privacy')
    const { id } = await asks()
    for (const { _id } of [await desk.aMember('games', 'support'), await desk.aMember('mobile', 'privacy')])
      await assert.rejects(
        () => app.features.rightsRequests.desk.handOver(staff, id, _id),
        refuses('staff-not-at-desk'),
      )
  })

  it('S9: what has to be answered now stands first and says so; what waits for proof stands last', async () => {
    const staff = await desk.aMember('games', 'privacy')
    const { desk: requests } = app.features.rightsRequests
    const waiting = await asks()
    await requests.askProof(staff, waiting.id, 'A copy of a paper')
    clock.advance(day)
    const urgent = await asks()
    const ids = async () => (await requests.queue(staff)).open.map(({ id }) => id)
    assert.deepEqual(await ids(), [urgent.id, waiting.id])
    clock.advance(25 * day)
    assert.deepEqual(testIds(await (await signedIn(staff)).page('/console/requests'), 'urgency'), ['due soon'])
    clock.advance(7 * day)
    assert.deepEqual(testIds(await (await signedIn(staff)).page('/console/requests'), 'urgency'), ['late'])
    assert.deepEqual(await ids(), [urgent.id, waiting.id])
  })

  it('T14: the alarm before a deadline leads each to what their role may see, and from the audit to the request', async () => {
    const { id } = await asks()
    const [privacy, watcher] = [await desk.aMember('games', 'privacy'), await desk.aMember('games', 'administrator')]
    const both = await desk.aMember('games', 'privacy', 'support-lead')
    clock.advance(25 * day)
    await app.settled()
    const leads = async ({ _id }: Staff) => {
      const letters = (await app.features.mailer.mailbox?.list(_id)) ?? []
      return letters.find(({ kind }) => kind === 'request-due')?.text.match(/\/console\/[\w/.]+/)?.[0]
    }
    assert.deepEqual(await Promise.all([privacy, both, watcher].map(leads)), [pageOf(id), pageOf(id), '/console/audit'])
    const alarm = async (member: Staff) => {
      const page = await (await signedIn(member)).page('/console/audit')
      assert.equal(partsOf(page, 'open-alarm').length, 1)
      return linksOf(page).includes(pageOf(id))
    }
    assert.equal(await alarm(both), true)
    assert.equal(await alarm(watcher), false)
  })
})
