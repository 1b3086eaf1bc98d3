import assert from 'node:assert/strict'
import { verifyAudit } from '../../src/audit/index.ts'
import { acts } from '../../src/support/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { beforeEachOperation } from '../world/around-storage.ts'
import { openTestDatabase } from '../world/database.ts'
import { aDesk, type Desk, refuses } from '../world/desk.ts'

describe('a case', () => {
  let app: TestApp
  let desk: Desk
  let close: () => Promise<void>
  /** The collection that takes no more, if any. */
  let full: string | undefined
  before(async () => {
    const database = await openTestDatabase()
    const connection = beforeEachOperation(database.connection, (operation, collection) => {
      if (/^(insert|update)One$/.test(operation) && collection === full) throw new Error('the store is full')
    })
    app = await aTestApp({ database: { ...database, connection } })
    desk = aDesk(app)
    close = async () => {
      await app.close()
      await database.close()
    }
  })
  after(() => close())

  it('needs a number or a sentence of reason', async () => {
    const agent = await desk.aMember('games', 'support')
    const open = (reference: string, reason: string) =>
      desk.openCase.open(agent, { reference, reason, askedBy: 'person' })
    await assert.rejects(() => open('', ''), refuses('case-needs-reason'))
    await assert.rejects(() => open('', 'hm'), refuses('case-needs-reason'))
    await open('G-100', '')
    await open('', 'Asks why the name is old')
  })

  it('finds by the whole address, number, account or case, and by nothing less (T14)', async () => {
    const { email, accounts } = await app.aPerson({ links: ['mobile'], details: { phone: '+46701740611' } })
    const agent = await desk.aMember('mobile', 'support')
    const { subject } = await app.account(accounts.mobile ?? '')
    const earlier = await desk.aCase(agent, email, 'MOB-4711')
    const code = earlier.split(':').at(-1) ?? ''
    for (const query of [
      email,
      ` ${email.toUpperCase()} `,
      '+46 70 174 06 11',
      subject,
      'mob-4711',
      code.toLowerCase(),
    ])
      assert.equal(await desk.openCase.find(agent, await desk.aCase(agent), query), 'found', query)
    const parts = [
      email.slice(1),
      email.split('@')[0] ?? '',
      '@mail.example',
      subject.slice(0, -1),
      '.*',
      '*',
      '',
      'MOB',
    ]
    for (const query of parts)
      assert.equal(await desk.openCase.find(agent, await desk.aCase(agent), query), 'not-found', query)
  })

  it('answers the same for nobody and for people of other companies, and keeps the same record (T19)', async () => {
    const { email, accounts } = await app.aPerson({ links: ['mobile'], details: { phone: '+46701740622' } })
    const { subject } = await app.account(accounts.mobile ?? '')
    const agent = await desk.aMember('games', 'support')
    const id = await desk.aCase(agent)
    for (const query of [email, '+46701740622', subject, 'nobody@mail.example', '+46701740699', 'no-such-account'])
      assert.equal(await desk.openCase.find(agent, id, query), 'not-found')
    assert.deepEqual(await desk.audited('games', id), ['case-opened', ...Array(6).fill('nothing-found')])
    assert.equal((await desk.seeCase.see(agent, id)).account, undefined)
  })

  it('does not find by a case of another company, whoever knows its number', async () => {
    const { email } = await app.aPerson({ links: ['mobile', 'games'] })
    const earlier = await desk.aCase(await desk.aMember('mobile', 'support'), email, 'TICKET-9')
    const agent = await desk.aMember('games', 'support')
    for (const query of ['TICKET-9', earlier, earlier.split(':').at(-1) ?? ''])
      assert.equal(await desk.openCase.find(agent, await desk.aCase(agent), query), 'not-found')
  })

  it('shows the status alone until the caller is proven, the details then, the links when the person approved (S4-5)', async () => {
    const { id: person, email } = await app.aPerson({ links: ['mobile', 'games'] })
    const agent = await desk.aMember('games', 'support')
    const id = await desk.aCase(agent, email)
    const open = await desk.seeCase.see(agent, id)
    assert.equal(open.state, 'case open')
    assert.equal(open.account?.linkStatus, 'in step')
    assert.deepEqual([open.details, open.services], [undefined, undefined])
    assert.doesNotMatch(JSON.stringify(open), /Berg|mail\.example|mobile/i)

    await desk.proveCaller.sendCode(agent, id)
    await desk.proveCaller.checkCode(agent, id, await app.code(email))
    const proven = await desk.seeCase.see(agent, id)
    assert.equal(proven.state, 'caller proven')
    assert.equal(proven.details?.values.familyName, 'Berg')
    assert.equal(Object.hasOwn(proven.details?.values ?? {}, 'phone'), false, 'Games may not receive the phone number')
    assert.equal(proven.services, undefined)
    assert.doesNotMatch(JSON.stringify(proven), /mobile/i)

    await desk.proveCaller.askForServices(agent, id)
    const [asked] = await desk.approvals.waitingFor(`person:${person}`)
    await desk.approvals.approve(`person:${person}`, asked?._id ?? '')
    const approved = await desk.seeCase.see(agent, id)
    assert.equal(approved.state, 'person approved')
    assert.deepEqual(approved.services?.map(({ company }) => company).sort(), ['games', 'mobile'])
  })

  it('tells which details changed and since when it is linked: by the person, by this company or elsewhere, and no more', async () => {
    const { id: person, email, accounts } = await app.aPerson({ links: ['mobile', 'games'] })
    const [agent, other] = [await desk.aMember('games', 'support'), await desk.aMember('mobile', 'support')]
    const [id, there] = [await desk.aProvenCase(agent, email), await desk.aProvenCase(other, email)]
    const phone = '+46701740644'
    await desk.corrections.correct(other, there, { city: 'Lund', phone }, { city: null, phone: null })
    await app.settled()
    await desk.corrections.correct(agent, id, { familyName: 'Ek' }, { familyName: 'Berg' })
    await app.settled()
    const seen = await desk.seeCase.see(agent, id)
    assert.deepEqual(
      seen.account?.changes.map(({ by, fields }) => [by, fields]),
      [
        ['us', ['familyName']],
        ['elsewhere', ['city']],
      ],
    )
    assert.doesNotMatch(JSON.stringify(seen), /mobile/i)
    assert.equal((await app.account(accounts.games ?? '')).link?.person, person)
  })

  it('shows the links at once where the person chose so for every case', async () => {
    const { id: person, email } = await app.aPerson({ links: ['mobile', 'games'] })
    const agent = await desk.aMember('games', 'support')
    await desk.approvals.setStandingApproval(`person:${person}`, true)
    const open = await desk.aCase(agent, email)
    assert.equal((await desk.seeCase.see(agent, open)).services, undefined)
    const id = await desk.aProvenCase(agent, email)
    assert.equal((await desk.seeCase.see(agent, id)).services?.length, 2)
    await desk.approvals.setStandingApproval(`person:${person}`, false)
    assert.equal((await desk.seeCase.see(agent, id)).services, undefined)
  })

  it('forgets what was proven when the link it was proven under ends', async () => {
    const { id: person, email } = await app.aPerson({ links: ['mobile', 'games'] })
    const agent = await desk.aMember('games', 'support')
    const id = await desk.aProvenCase(agent, email)
    await app.features.links.unlink(person, 'games', { keep: 'now', actor: { kind: 'person', id: person } })
    const seen = await desk.seeCase.see(agent, id)
    assert.deepEqual([seen.state, seen.account?.linkStatus], ['case open', 'not linked'])
    assert.equal(seen.details, undefined)
    await assert.rejects(() => desk.corrections.correct(agent, id, {}, {}), refuses('case-caller-not-proven'))
  })

  it('forgets what was proven for one account when another is found', async () => {
    const [one, other] = [await app.aPerson({ links: ['games'] }), await app.aPerson({ links: ['games'] })]
    const agent = await desk.aMember('games', 'support')
    const id = await desk.aProvenCase(agent, one.email)
    await desk.openCase.find(agent, id, other.email)
    assert.equal((await desk.seeCase.see(agent, id)).state, 'case open')
    assert.equal((await desk.seeCase.see(agent, id)).details, undefined)
  })

  it('puts each look and act where the person reads it, with company, role, case, fields and reason, first (S4-9)', async () => {
    const { id: person, email } = await app.aPerson({ links: ['games'] })
    const [agent, colleague] = [await desk.aMember('games', 'support'), await desk.aMember('games', 'support-lead')]
    const id = await desk.aProvenCase(agent, email, 'G-200')
    await desk.seeCase.see(agent, id)
    await desk.seeCase.see(agent, id)
    await desk.seeCase.see(colleague, id)
    const read = await desk.readBy(person)
    assert.deepEqual(read.map(({ act, role }) => `${role}: ${act}`).sort(), [
      'support-lead: details-seen',
      'support-lead: status-seen',
      'support: caller-proven',
      'support: code-sent',
      'support: details-seen',
      'support: status-seen',
    ])
    const look = read.find(({ act }) => act === 'details-seen')
    assert.deepEqual([look?.company, look?.case, look?.reason], ['games', 'G-200', 'The caller asks why a name is old'])
    assert.ok(look?.fields.includes('familyName'))
    assert.doesNotMatch(JSON.stringify(read), new RegExp(agent._id), 'which agent it was stays inside')
  })

  it('shows nothing when the record cannot be written', async () => {
    const { email } = await app.aPerson({ links: ['games'] })
    const agent = await desk.aMember('games', 'support')
    const id = await desk.aProvenCase(agent, email)
    full = 'audit'
    try {
      await assert.rejects(() => desk.seeCase.see(agent, id), /the store is full/)
    } finally {
      full = undefined
    }
    assert.ok((await desk.seeCase.see(agent, id)).details)
  })

  it('is closed for every further step, and shows the account no more', async () => {
    const { email } = await app.aPerson({ links: ['games'] })
    const agent = await desk.aMember('games', 'support')
    const id = await desk.aProvenCase(agent, email)
    await desk.openCase.close(agent, id)
    const seen = await desk.seeCase.see(agent, id)
    assert.deepEqual([seen.state, seen.account, seen.details], ['closed', undefined, undefined])
  })

  it('H46: says that it is closed to whoever goes on in one that a colleague has closed, whatever they do there', async () => {
    const { email } = await app.aPerson({ links: ['games'] })
    const agent = await desk.aMember('games', 'support')
    const lead = await desk.aMember('games', 'support-lead')
    const id = await desk.aProvenCase(agent, email)
    await desk.openCase.close(lead, id)
    const forExecutor = { reference: '', reason: 'Asks for somebody who died', askedBy: 'executor' } as const
    const { _id: another } = await desk.openCase.open(agent, forExecutor)
    await desk.openCase.close(agent, another)
    const { openCase, proveCaller, corrections, actOnAccount, resendCode } = desk
    for (const over of [id, another])
      for (const act of [
        () => openCase.find(agent, over, email),
        () => resendCode.toNewcomer(agent, over, email),
        () => proveCaller.sendCode(agent, over),
        () => proveCaller.checkCode(agent, over, '123456'),
        () => proveCaller.askApproval(agent, over),
        () => proveCaller.notePapers(lead, over, 'The will, and its seal'),
        () => proveCaller.agreeToPapers(lead, over),
        () => proveCaller.askForServices(agent, over),
        () => corrections.correct(agent, over, {}, {}),
        () => corrections.proposeGuarded(agent, over, { field: 'birthDate', value: '1990-01-01' }),
        () => corrections.agreeToGuarded(lead, over),
        ...acts.map((each) => () => actOnAccount.act(lead, over, each)),
      ])
        await assert.rejects(act, refuses('case-closed'), String(act))
  })

  it('tells clearly that the person was erased while it was open, and holds nothing of them', async () => {
    const { id: person, email } = await app.aPerson({ links: ['games'] })
    const agent = await desk.aMember('games', 'support')
    const id = await desk.aProvenCase(agent, email)
    const { links, closures, erasePerson } = app.features
    const left = await links.unlink(person, 'games', { keep: 'now', actor: { kind: 'person', id: person } })
    await closures.close(left, { kind: 'at-once' }, { kind: 'person', id: person })
    await erasePerson.erase(person)
    await app.settled()
    const seen = await desk.seeCase.see(agent, id)
    assert.equal(seen.state, 'case open')
    assert.equal(seen.details, undefined)
    await assert.rejects(() => desk.proveCaller.sendCode(agent, id), refuses('case-no-address'))
    assert.doesNotMatch(JSON.stringify(await desk.cases.get(id)), /mail\.example|Berg/)
  })

  it('holds nothing of what was written of an account once that is closed; the audit holds, and says so (S10, §8)', async () => {
    const { email, id: person, accounts } = await app.aPerson({ links: ['games', 'mobile'] })
    const [agent, other] = [await desk.aMember('games', 'support'), await desk.aMember('mobile', 'support')]
    const [id, elsewhere] = [await desk.aCase(agent, email), await desk.aCase(other, email)]
    await desk.proveCaller.sendCode(agent, id)
    await desk.proveCaller.checkCode(agent, id, await app.code(email))
    const guarded = { field: 'country', value: 'NO', evidence: 'A letter from a new home' } as const
    await desk.corrections.proposeGuarded(agent, id, guarded)
    const { closures, support } = app.features
    const account = await app.account(accounts.games ?? '')
    await closures.close(account, { kind: 'at-once' }, { kind: 'person', id: person })
    app.features.reconciler.enqueueAccount(account._id)
    await app.settled()
    const entries = await support.audit.search('games', { kind: 'case', value: id }, 50)
    assert.ok(entries.length >= 2)
    assert.ok(entries.every(({ reason, isErased }) => reason === undefined && isErased))
    const [newest] = await support.audit.search('games', { kind: 'account', value: account._id }, 1)
    assert.deepEqual([newest?.action, newest?.agent], ['erased', 'system'])
    const kept = await support.cases.get(id)
    assert.deepEqual([kept?.reason, kept?.guarded], ['', undefined])
    assert.match(await verifyAudit(support.audit, ['games', 'mobile']), /^games: \d+ entries hold/)
    assert.equal((await support.cases.get(elsewhere))?.reason, 'The caller asks why a name is old')
  })
})
