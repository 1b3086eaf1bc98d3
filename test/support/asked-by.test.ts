import assert from 'node:assert/strict'
import { type Act, acts, isDoneFor, type Proof, provesFor, requesters } from '../../src/support/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { aDesk, type Desk, refuses } from '../world/desk.ts'

const everyProof: Proof[] = ['code', 'approval', 'papers']

describe('who asks for help', () => {
  let app: TestApp
  let desk: Desk
  before(async () => {
    app = await aTestApp()
    desk = aDesk(app)
  })
  after(() => app.close())

  const aCase = async (askedBy: 'guardian' | 'executor', links = ['games', 'mobile']) => {
    const { email, id: person } = await app.aPerson({ links })
    const [agent, second] = [await desk.aMember('games', 'support'), await desk.aMember('games', 'support')]
    const reason = 'Somebody asks for somebody else'
    const { _id: id } = await desk.openCase.open(agent, { reference: `G-${askedBy}`, reason, askedBy })
    await desk.openCase.find(agent, id, email)
    return { id, agent, second, email, person }
  }
  /** What support had written, newest first. */
  const letters = async (email: string) =>
    ((await app.features.mailer.mailbox?.list(email)) ?? []).filter(({ kind }) =>
      /^(support-code|approval-asked|papers-shown|recovery-offered)$/.test(kind),
    )

  it('decides what proves that they may, and what is done for them', () => {
    assert.deepEqual(
      requesters.map((asker) => everyProof.filter((proof) => provesFor(asker, proof))),
      [['code', 'approval'], ['code', 'approval', 'papers'], ['papers']],
    )
    for (const act of [...acts, 'details-corrected', 'services-asked']) {
      assert.ok(isDoneFor('person', act) && isDoneFor('guardian', act))
      const ends = /^(sessions-ended|handed-on|marked-fraudulent|fraud-cleared|device-marked|device-cleared)$/.test(act)
      assert.equal(isDoneFor('executor', act), ends, act)
    }
  })

  it('an executor is let in by papers that two agents saw, never by a code to a mailbox they may have (T15)', async () => {
    const { id, agent, second, email, person } = await aCase('executor')
    await assert.rejects(() => desk.proveCaller.sendCode(agent, id), refuses('case-needs-papers'))
    await assert.rejects(() => desk.proveCaller.askApproval(agent, id), refuses('case-needs-papers'))
    await assert.rejects(() => desk.proveCaller.agreeToPapers(second, id), refuses('nothing-to-agree-to'))
    assert.deepEqual(await letters(email), [])
    await desk.proveCaller.notePapers(agent, id, 'A death certificate and the deed of the estate')
    const [told] = await letters(email)
    assert.deepEqual([told?.kind, /you have died/.test(told?.text ?? '')], ['papers-shown', true])
    await assert.rejects(() => desk.proveCaller.agreeToPapers(agent, id), refuses('second-agent-needed'))
    assert.equal((await desk.seeCase.see(agent, id)).details, undefined)
    await desk.proveCaller.agreeToPapers(second, id)
    const seen = await desk.seeCase.see(agent, id)
    assert.deepEqual([seen.state, seen.details?.values.familyName], ['caller proven', 'Berg'])
    assert.deepEqual(
      (await desk.readBy(person)).map(({ act }) => act).filter((act) => /papers|proven/.test(act ?? '')),
      ['papers-noted', 'caller-proven'],
    )
  })

  it('for an executor nothing is changed and no way in is opened, also once they are proven (T15)', async () => {
    const { id, agent, second, email } = await aCase('executor')
    await desk.proveCaller.notePapers(agent, id, 'A death certificate and the deed of the estate')
    await desk.proveCaller.agreeToPapers(second, id)
    const refused = refuses('case-not-for-executor')
    await assert.rejects(() => desk.corrections.correct(agent, id, { city: 'X' }, { city: null }), refused)
    const guarded = { field: 'country', value: 'NO', evidence: 'A letter' } as const
    await assert.rejects(() => desk.corrections.proposeGuarded(agent, id, guarded), refused)
    await assert.rejects(() => desk.proveCaller.askForServices(agent, id), refused)
    for (const act of ['recovery-started', 'unlocked', 'redelivery', 'address-offered', 'unlink-asked'] as Act[])
      await assert.rejects(() => desk.actOnAccount.act(agent, id, act, 'heir@mail.example'), refused, act)
    await desk.actOnAccount.act(agent, id, 'sessions-ended')
    await desk.actOnAccount.act(agent, id, 'handed-on')
    assert.deepEqual(
      (await letters(email)).map(({ kind }) => kind),
      ['papers-shown'],
    )
  })

  it('a guardian is let in by the person, who is told what they agree to, or by papers', async () => {
    const { id, agent, email, person } = await aCase('guardian')
    await desk.proveCaller.sendCode(agent, id)
    const [letter] = await letters(email)
    assert.match(letter?.text ?? '', /your guardian/)
    await desk.proveCaller.askApproval(agent, id)
    const [asked] = await desk.approvals.waitingFor(`person:${person}`)
    assert.deepEqual(asked?.ask, { what: 'caller', askedBy: 'guardian' })
    await desk.proveCaller.checkCode(agent, id, /\d{6}/.exec(letter?.text ?? '')?.[0] ?? '')
    assert.equal((await desk.seeCase.see(agent, id)).state, 'caller proven')
    const other = await aCase('guardian')
    await desk.proveCaller.notePapers(other.agent, other.id, 'A decision of the district court')
    await desk.proveCaller.agreeToPapers(other.second, other.id)
    assert.equal((await desk.seeCase.see(other.agent, other.id)).state, 'caller proven')
  })

  it('the person shows no papers, and papers count for the account and the case they were shown in', async () => {
    const { email } = await app.aPerson({ links: ['games'] })
    const [agent, second] = [await desk.aMember('games', 'support'), await desk.aMember('games', 'support')]
    const id = await desk.aCase(agent, email)
    await assert.rejects(() => desk.proveCaller.notePapers(agent, id, 'A passport'), refuses('case-needs-person'))
    const theirs = await aCase('guardian')
    await desk.proveCaller.notePapers(theirs.agent, theirs.id, 'A decision of the district court')
    await desk.openCase.find(theirs.agent, theirs.id, email)
    await assert.rejects(() => desk.proveCaller.agreeToPapers(second, theirs.id), refuses('nothing-to-agree-to'))
  })
})

describe('what support hands on', () => {
  let app: TestApp
  let desk: Desk
  before(async () => {
    app = await aTestApp()
    desk = aDesk(app)
  })
  after(() => app.close())

  it('is read by its own company’s privacy role, and by nobody else (S4-9)', async () => {
    const { email, accounts } = await app.aPerson({ links: ['games', 'mobile'] })
    const agent = await desk.aMember('games', 'support')
    const id = await desk.aCase(agent, email, 'G-900')
    await desk.actOnAccount.act(agent, id, 'handed-on')
    await desk.openCase.close(agent, id)
    const [privacy, other] = [await desk.aMember('games', 'privacy'), await desk.aMember('mobile', 'privacy')]
    const [handed, ...more] = await desk.openCase.handedOn(privacy)
    assert.deepEqual(more, [])
    assert.deepEqual([handed?.account, handed?.by, handed?.from?.reference], [accounts.games, agent._id, 'G-900'])
    assert.deepEqual(await desk.openCase.handedOn(other), [])
    await assert.rejects(() => desk.openCase.handedOn(agent), refuses('staff-not-yours'))
  })
})
