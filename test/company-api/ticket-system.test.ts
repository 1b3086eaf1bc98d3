import assert from 'node:assert/strict'
import { aTestApp, type TestApp } from '../world/app.ts'
import { aDesk, type Desk, refuses } from '../world/desk.ts'

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
    assert.deepEqual([sent.status, 'basicDetails' in sent.body, 'provenUntil' in sent.body], [200, false, false])
    const wrong = await at('proof', { code: '000000' })
    assert.deepEqual([wrong.status, wrong.body.error], [400, 'code-wrong'])
    const code = await app.code(email)
    assert.equal((await at('proof', { code }, other.body.id)).status, 410)
    const proven = await at('proof', { code })
    assert.equal(proven.body.state, 'caller proven')
    assert.ok(Date.parse(String(proven.body.provenUntil)) - Date.now() <= 60 * 60_000, 'and for an hour')
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

  /** A case in which the caller has read the code out, as a ticket system goes about it. */
  const aProvenCase = async (company: string, email: string, reference = 'TICKET-9') => {
    const { _id: agent } = await desk.aMember(company, 'support')
    const token = await app.companyToken(company)
    const { body } = await call(`${company}/cases`, token, { ...asked, reference, agent, find: email })
    const at = (end: string, more: object = {}, by = token) =>
      call(`${company}/cases/${body.id}/${end}`, by, { agent, ...more })
    await at('code')
    assert.equal((await at('proof', { code: await app.code(email) })).body.state, 'caller proven')
    return { agent, token, at, id: String(body.id) }
  }
  const auditOf = (company: string, id: string) =>
    desk.audit.search(company, { kind: 'case', value: id.replaceAll('.', ':') }, 50)

  it('corrects details as the console does: the same fields, every copy, told, undoable, and on record with its client', async () => {
    const { id: person, email, accounts } = await app.aPerson({ links: ['games', 'mobile'] })
    const { agent, at, id } = await aProvenCase('games', email)
    const details = { familyName: 'Ek' }
    const saved = await at('details', { details, shown: { familyName: 'Berg' } })
    assert.deepEqual([saved.status, (saved.body.basicDetails as Record<string, string>).familyName], [200, 'Ek'])
    assert.equal((await at('details', { details, shown: { familyName: 'Berg' } })).status, 200, 'sent twice, done once')
    await app.settled()
    assert.equal((await app.account(accounts.mobile ?? '')).copy.familyName, 'Ek')
    const [letter] = (await app.features.mailer.mailbox?.list(email)) ?? []
    assert.equal(letter?.kind, 'details-changed')
    assert.match(letter?.text ?? '', /undo/i)

    const stale = await at('details', { details: { familyName: 'Alm' }, shown: { familyName: 'Berg' } })
    assert.deepEqual(
      [stale.status, stale.body.error, stale.body.field],
      [409, 'detail-changed-meanwhile', 'familyName'],
    )
    const mail = { details: { email: 'thief@evil.example' }, shown: { email } }
    assert.deepEqual(
      [(await at('details', mail)).status, (await at('details', mail)).body.error],
      [403, 'field-not-writable'],
    )
    const wrong = await at('details', { details: { country: 'Atlantis' }, shown: { country: 'SE' } })
    assert.deepEqual([wrong.status, wrong.body.field, typeof wrong.body.detail], [400, 'country', 'string'])

    assert.ok(
      (await desk.readBy(person)).some(({ act, fields }) => act === 'details-corrected' && fields?.length === 1),
    )
    const record = await auditOf('games', id)
    assert.ok(record.every(({ agent: by, through }) => by === agent && through === 'games-machine'))
    assert.equal((await desk.audit.search('mobile', { kind: 'agent', value: agent }, 10)).length, 0)
  })

  it('asks the person for a guarded detail, and passes for no agent’s eyes: nobody agrees to it before evidence is noted', async () => {
    const { id: person, email } = await app.aPerson({ links: ['mobile'] })
    const { agent, at, id } = await aProvenCase('mobile', email)
    const plain = await at('details', { details: { birthDate: '1991-02-03' }, shown: { birthDate: '1990-02-03' } })
    assert.deepEqual([plain.status, plain.body.error], [409, 'field-guarded'])
    const asking = await at('guarded', { field: 'birthDate', value: '1991-02-03' })
    assert.equal(asking.status, 200)
    assert.deepEqual(asking.body.waiting, {
      ...(asking.body.waiting as object),
      field: 'birthDate',
      value: '1991-02-03',
      by: agent,
    })
    assert.equal((await at('guarded', { field: 'birthDate', value: '1991-02-03', evidence: 'A passport' })).status, 400)
    const [second, key] = [await desk.aMember('mobile', 'support-lead'), id.replaceAll('.', ':')]
    await assert.rejects(() => desk.corrections.agreeToGuarded(second, key), refuses('nothing-to-agree-to'))
    const machine = { ...second, through: 'mobile-machine' }
    await assert.rejects(() => desk.corrections.agreeToGuarded(machine, key), refuses('console-only'))
    await assert.rejects(() => desk.proveCaller.notePapers(machine, key, 'A passport'), refuses('console-only'))
    const seen = { field: 'birthDate', value: '1991-02-03', evidence: 'A passport' } as const
    await assert.rejects(() => desk.corrections.proposeGuarded(machine, key, seen), refuses('console-only'))
    const refusal = (await auditOf('mobile', id)).find(({ outcome }) => outcome === 'console-only')
    assert.deepEqual([refusal?.agent, refusal?.through], [second._id, 'mobile-machine'])

    const principal = `person:${person}`
    const [approval] = await desk.approvals.waitingFor(principal)
    assert.deepEqual(approval?.ask, { what: 'guarded', field: 'birthDate', value: '1991-02-03' })
    await desk.approvals.approve(principal, approval?._id ?? '')
    assert.equal((await app.features.people.get(person))?.status, 'active')
    const after = await call(`mobile/cases/${id}?agent=${agent}`, await app.companyToken('mobile'))
    assert.equal((after.body.basicDetails as Record<string, string>).birthDate, '1991-02-03')
    assert.ok(!('waiting' in after.body))
  })

  it('does for an account what an agent may, and what needs a proven caller or a lead’s own eyes not without the caller', async () => {
    const { id: person, email, accounts } = await app.aPerson({ links: ['games', 'mobile'] })
    const lead = await desk.aMember('games', 'support-lead')
    const token = await app.companyToken('games')
    const opened = await call('games/cases', token, { ...asked, reference: 'ACTS', agent: lead._id, find: email })
    const act = (name: string, more: object = {}) =>
      call(`games/cases/${opened.body.id}/acts`, token, { agent: lead._id, act: name, ...more })
    for (const name of ['sessions-ended', 'unlocked', 'recovery-started', 'redelivery', 'handed-on'])
      assert.equal((await act(name)).status, 200, name)
    for (const name of ['marked-fraudulent', 'fraud-cleared', 'unlink-asked', 'address-offered']) {
      const { status, body } = await act(name)
      assert.deepEqual([status, body.error], [403, 'case-caller-not-proven'], name)
      assert.match(String(body.detail), /Confirm first who the caller is/)
    }
    const [unknown, none] = [await act('password-set'), await act('code-resent')]
    assert.deepEqual([unknown.status, unknown.body.error, unknown.body.field], [400, 'invalid-body', 'act'])
    assert.deepEqual([none.status, none.body.error], [409, 'no-code-waits'])
    assert.equal((await app.account(accounts.games ?? '')).fraud, undefined)

    const { at } = await aProvenCase('games', email)
    const offered = await at('acts', { act: 'address-offered', newAddress: 'no address' })
    assert.deepEqual([offered.status, offered.body.field], [400, 'newAddress'])
    assert.equal((await at('acts', { act: 'address-offered', newAddress: 'new@mail.example' })).status, 200)
    assert.equal((await at('acts', { act: 'unlink-asked' })).status, 200)
    assert.equal((await at('acts', { act: 'device-marked', device: 'nothing' })).body.error, 'device-unknown')
    const marked = await at('acts', { act: 'marked-fraudulent' })
    assert.equal((marked.body.account as { fraud: boolean }).fraud, true)
    assert.equal((await app.account(accounts.mobile ?? '')).fraud, undefined)
    const acts = (await desk.readBy(person)).map(({ act: done }) => done)
    for (const done of ['unlocked', 'handed-on', 'unlink-asked', 'marked-fraudulent'])
      assert.ok(acts.includes(done), done)
  })

  it('has a code sent again to where it belongs, and learns neither the code nor whether a newcomer waits for one (T19)', async () => {
    const { email } = await app.aPerson({ links: ['games'] })
    const { recovery, registration } = app.features
    const handle = await recovery.begin({ email, company: null, language: 'en' })
    const { _id: agent } = await desk.aMember('games', 'support')
    const token = await app.companyToken('games')
    const opened = await call('games/cases', token, { ...asked, reference: 'AGAIN', agent, find: email })
    const at = (id: unknown, end: string, more: object) => call(`games/cases/${id}/${end}`, token, { agent, ...more })
    const resent = await at(opened.body.id, 'acts', { act: 'code-resent' })
    const code = await app.code(email)
    assert.equal(resent.status, 200)
    assert.ok(!JSON.stringify(resent.body).includes(code))
    assert.equal((await recovery.prove(handle, code)).length, 1)

    const details = { email: 'newcomer@new.example', givenName: 'Ny', familyName: 'Ek' }
    await registration.begin({ details, password: 'a boat of thin paper', language: 'en', company: 'Games' })
    const none = await call('games/cases', token, { ...asked, reference: 'NEW', agent, find: details.email })
    assert.equal(none.body.found, false)
    const [there, nobody] = [
      await at(none.body.id, 'first-code', { email: details.email }),
      await at(none.body.id, 'first-code', { email: 'nobody@new.example' }),
    ]
    assert.deepEqual(there, nobody)
    const letters = async () => (await app.features.mailer.mailbox?.list(details.email))?.length
    while ((await letters()) !== 2) await app.settled()
    const wrong = await at(none.body.id, 'first-code', { email: 'no address' })
    assert.deepEqual([wrong.status, wrong.body.field], [400, 'email'])
  })

  it('unlocks an account a few times a day, so that guessing does not go on for ever', async () => {
    const { email } = await app.aPerson({ links: ['games'] })
    const { at } = await aProvenCase('games', email)
    const answers = []
    for (let times = 0; times < 7; times++) answers.push((await at('acts', { act: 'unlocked' })).status)
    assert.deepEqual(answers, [...Array(6).fill(200), 429])
  })

  it('finds another account in the same case, for which nothing proven before counts', async () => {
    const [one, other] = [await app.aPerson({ links: ['games'] }), await app.aPerson({ links: ['mobile', 'games'] })]
    const { at } = await aProvenCase('games', one.email)
    const found = await at('find', { find: other.email })
    assert.deepEqual([found.body.state, 'basicDetails' in found.body], ['case open', false])
    assert.equal((await at('details', { details: { city: 'X' }, shown: {} })).body.error, 'case-caller-not-proven')
  })

  it('of another company meets no case, no account and no agent here, whatever it asks to be done', async () => {
    const { email, accounts } = await app.aPerson({ links: ['games', 'mobile'] })
    const { id, agent } = await aProvenCase('games', email)
    const { _id: own } = await desk.aMember('mobile', 'support')
    const token = await app.companyToken('mobile')
    const ask = (who: string, end: string, body: object, company = 'mobile') =>
      call(`${company}/cases/${id}/${end}`, token, { agent: who, ...body })
    for (const [end, body] of Object.entries({
      details: { details: { familyName: 'Ek' }, shown: { familyName: 'Berg' } },
      guarded: { field: 'country', value: 'NO' },
      acts: { act: 'sessions-ended' },
      'first-code': { email },
      find: { find: email },
    })) {
      assert.deepEqual(
        [(await ask(own, end, body)).status, (await ask(own, end, body)).body.error],
        [404, 'case-not-found'],
      )
      assert.equal((await ask(agent, end, body)).status, 403)
      assert.equal((await ask(agent, end, body, 'games')).status, 401)
    }
    assert.equal((await app.account(accounts.games ?? '')).copy.familyName, 'Berg')
  })

  it('changes nothing with a token that only reads, and is told what and where it is when a body is wrong', async () => {
    const { email, accounts } = await app.aPerson({ links: ['games'] })
    const { at, token, id } = await aProvenCase('games', email)
    const details = { details: { familyName: 'Ek' }, shown: { familyName: 'Berg' } }
    const reads = await app.companyToken('games', 'accounts.read')
    assert.deepEqual(
      [(await at('details', details, reads)).status, (await at('acts', { act: 'unlocked' }, reads)).status],
      [403, 403],
    )
    const wrong: [object, string][] = [
      [{ ...details, role: 'support-lead' }, 'role'],
      [{ ...details, details: { password: 'x' } }, 'details'],
      [{ ...details, details: { familyName: { $ne: '' } } }, 'details.familyName'],
      [{ ...details, details: { 'fields.email': 'x' } }, 'details'],
      [{ details: {} }, 'shown'],
    ]
    for (const [body, field] of wrong) {
      const answer = await at('details', body)
      assert.deepEqual(
        [answer.status, answer.body.error, answer.body.field],
        [400, 'invalid-body', field],
        JSON.stringify(body),
      )
      assert.ok(String(answer.body.detail).length > 8)
    }
    const nothing = JSON.parse('{"details":{"__proto__":{"familyName":"Ek"}},"shown":{}}') as object
    assert.equal((await at('details', nothing)).status, 200, 'a prototype is no detail, and changes none')
    const raw = await fetch(`${app.issuer}/support/games/cases/${id}/acts`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: '{"agent":',
    })
    assert.equal(raw.status, 400)
    assert.match(raw.headers.get('content-type') ?? '', /json/)
    for (const end of ['papers', 'agree', 'agree-papers', 'nothing']) {
      const { status, body } = await at(end, { evidence: 'A passport' })
      assert.deepEqual([status, body.error], [404, 'not-found'])
    }
    assert.equal((await app.account(accounts.games ?? '')).copy.familyName, 'Berg')
  })
})
