import assert from 'node:assert/strict'
import { aTestApp, type TestApp } from '../support/app.ts'
import { aDesk, type Desk } from '../support/desk.ts'

describe('a company’s ticket system', () => {
  let app: TestApp
  let desk: Desk
  before(async () => {
    app = await aTestApp()
    desk = aDesk(app)
  })
  after(() => app.close())

  const call = async (path: string, token: string, body?: unknown) => {
    const answer = await fetch(`${app.issuer}/support/${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
  }
  const asked = { reference: 'TICKET-1', reason: 'Asks why a name is old', askedBy: 'person' }

  it('opens a case for an agent and reads the first level, which the person sees like any other look', async () => {
    const { id: person, email } = await app.aPerson({ links: ['mobile', 'games'] })
    const { _id: agent } = await desk.aMember('games', 'support')
    const token = await app.companyToken('games')
    const opened = await call('games/cases', token, { ...asked, agent, find: email })
    assert.equal(opened.status, 201)
    assert.equal(opened.body.state, 'case open')
    assert.equal((opened.body.account as Record<string, unknown>).linkStatus, 'in step')
    assert.doesNotMatch(JSON.stringify(opened.body), /Berg|mail\.example|mobile/i)
    const again = await call(`games/cases/${opened.body.id}?agent=${agent}`, token)
    assert.deepEqual([again.status, again.body], [200, opened.body])
    assert.deepEqual(
      (await desk.readBy(person)).map(({ act, case: name }) => [act, name]),
      [['status-seen', 'TICKET-1']],
    )
  })

  it('sees what the company may receive once the caller has read the code out, never before, and only in that case', async () => {
    const { id: person, email } = await app.aPerson({ links: ['games', 'mobile'] })
    const { _id: agent } = await desk.aMember('games', 'support')
    const token = await app.companyToken('games')
    const opened = await call('games/cases', token, { ...asked, reference: 'TICKET-2', agent, find: email })
    const other = await call('games/cases', token, { ...asked, reference: 'TICKET-3', agent, find: email })
    const at = (end: string, body: object, id = opened.body.id) =>
      call(`games/cases/${id}/${end}`, token, { agent, ...body })
    const sent = await at('code', {})
    assert.deepEqual([sent.status, 'basicDetails' in sent.body], [200, false])
    const wrong = await at('proof', { code: '000000' })
    assert.deepEqual([wrong.status, wrong.body.error], [400, 'code-wrong'])
    const code = await app.code(email)
    assert.equal((await at('proof', { code }, other.body.id)).status, 410)
    const proven = await at('proof', { code })
    assert.equal(proven.body.state, 'caller proven')
    assert.equal((proven.body.basicDetails as Record<string, string>).familyName, 'Berg')
    assert.ok(!('linkedServices' in proven.body))
    assert.ok(!('basicDetails' in (await call(`games/cases/${other.body.id}?agent=${agent}`, token)).body))
    assert.equal((await at('services', {})).status, 200)
    assert.equal((await at('close', {})).body.state, 'closed')
    assert.equal((await at('code', {})).body.error, 'case-closed')
    assert.deepEqual(
      (await desk.readBy(person)).filter(({ case: name }) => name === 'TICKET-2').map(({ act }) => act),
      ['status-seen', 'code-sent', 'code-wrong', 'caller-proven', 'details-seen', 'services-asked', 'case-closed'],
    )
  })

  it('is answered the same for nobody and for another company’s people (T19)', async () => {
    const { email } = await app.aPerson({ links: ['mobile'] })
    const { _id: agent } = await desk.aMember('games', 'support')
    const token = await app.companyToken('games')
    const answers = []
    for (const find of [email, 'nobody@mail.example', email.slice(0, 5), '']) {
      const { status, body } = await call('games/cases', token, { ...asked, agent, find })
      answers.push({ status, ...body, id: '', url: '' })
    }
    for (const answer of answers) assert.deepEqual(answer, answers[0])
    assert.equal(answers[0] && 'found' in answers[0] && answers[0].found, false)
  })

  it('acts for nobody but its own company’s active staff in the right role, with its own token', async () => {
    const { email } = await app.aPerson({ links: ['games', 'mobile'] })
    const [agent, chief, other] = [
      await desk.aMember('games', 'support'),
      await desk.aMember('games', 'administrator'),
      await desk.aMember('mobile', 'support'),
    ]
    const token = await app.companyToken('games')
    const open = async (who: string, by = token, company = 'games') =>
      (await call(`${company}/cases`, by, { ...asked, agent: who, find: email })).status
    assert.equal(await open(other._id), 403)
    assert.equal(await open(chief._id), 403)
    assert.equal(await open('nobody@games.example'), 403)
    assert.equal(await open(other._id, token, 'mobile'), 401)
    assert.equal(await open(agent._id, 'forged'), 401)
    assert.equal(await open(agent._id), 201)
    await desk.manageStaff.setRoles(chief, agent._id, [])
    assert.equal(await open(agent._id), 403)
    const foreign = await desk.aCase(other, email)
    const reader = await desk.aMember('games', 'support')
    assert.equal((await call(`games/cases/${foreign.replaceAll(':', '.')}?agent=${reader._id}`, token)).status, 404)
  })

  it('is refused what is no case: no reason, unknown members, operators in place of text', async () => {
    const { _id: agent } = await desk.aMember('games', 'support')
    const token = await app.companyToken('games')
    for (const body of [
      { agent, find: 'x@mail.example' },
      { ...asked, agent },
      { ...asked, agent, find: { $ne: null } },
      { ...asked, agent: { $gt: '' }, find: 'x@mail.example' },
      { ...asked, agent, find: 'x@mail.example', role: 'support-lead' },
      { ...asked, agent, find: 'x@mail.example', askedBy: 'anybody' },
      [],
      null,
    ])
      assert.equal((await call('games/cases', token, body)).status, 400, JSON.stringify(body))
  })
})
