import assert from 'node:assert/strict'
import { aTestApp, type TestApp } from '../world/app.ts'
import { aDesk, type Desk, refuses } from '../world/desk.ts'

describe('proving who is calling', () => {
  let app: TestApp
  let desk: Desk
  before(async () => {
    app = await aTestApp()
    desk = aDesk(app)
  })
  after(() => app.close())

  it('sends a code to the address proven here, never to one that a company noted (T14, T15)', async () => {
    const { email } = await app.aPerson({ links: ['games'] })
    const agent = await desk.aMember('games', 'support')
    const id = await desk.aCase(agent, email)
    const account = (await desk.cases.get(id))?.account ?? ''
    await app.features.accounts.change(account, () => ({ set: { 'copy.email': 'thief@evil.example' } }))
    await desk.proveCaller.sendCode(agent, id)
    assert.equal((await app.features.mailer.mailbox?.list('thief@evil.example'))?.length, 0)
    const [letter] = (await app.features.mailer.mailbox?.list(email)) ?? []
    assert.equal(letter?.kind, 'support-code')
    assert.match(letter?.text ?? '', /Nobody can sign in with it/)
  })

  it('writes one number of six digits, whatever the case is called', async () => {
    const { email } = await app.aPerson({ links: ['games'] })
    const agent = await desk.aMember('games', 'support')
    await desk.proveCaller.sendCode(agent, await desk.aCase(agent, email, '20261124-123456'))
    const [letter] = (await app.features.mailer.mailbox?.list(email)) ?? []
    assert.equal(letter?.text.match(/\d{6}/g)?.length, 1)
  })

  it('takes a code once, for its own case, its own account and its own link (T11)', async () => {
    const [one, other] = [await app.aPerson({ links: ['games'] }), await app.aPerson({ links: ['games'] })]
    const agent = await desk.aMember('games', 'support')
    const [id, another] = [await desk.aCase(agent, one.email), await desk.aCase(agent, one.email)]
    await desk.proveCaller.sendCode(agent, id)
    const code = await app.code(one.email)
    await assert.rejects(() => desk.proveCaller.checkCode(agent, another, code), refuses('code-expired'))
    await desk.proveCaller.checkCode(agent, id, code)
    await assert.rejects(() => desk.proveCaller.checkCode(agent, id, code), refuses('code-expired'))

    await desk.proveCaller.sendCode(agent, another)
    const stale = await app.code(one.email)
    await desk.openCase.find(agent, another, other.email)
    await assert.rejects(() => desk.proveCaller.checkCode(agent, another, stale), refuses('code-expired'))
  })

  it('lets a code be guessed at five times, counted before each look, and the person sees that somebody did', async () => {
    const { id: person, email } = await app.aPerson({ links: ['games'] })
    const agent = await desk.aMember('games', 'support')
    const id = await desk.aCase(agent, email)
    await desk.proveCaller.sendCode(agent, id)
    const right = await app.code(email)
    const wrong = right === '111111' ? '222222' : '111111'
    await Promise.allSettled(Array.from({ length: 8 }, () => desk.proveCaller.checkCode(agent, id, wrong)))
    await assert.rejects(() => desk.proveCaller.checkCode(agent, id, right), refuses('code-expired'))
    assert.equal((await desk.seeCase.see(agent, id)).state, 'case open')
    assert.equal((await desk.readBy(person)).filter(({ act }) => act === 'code-wrong').length, 9)
  })

  it('H11: sends few letters of a kind an hour to one address, from however many cases', async () => {
    const { email } = await app.aPerson({ links: ['games'] })
    const agent = await desk.aMember('games', 'support')
    const send = async () => desk.proveCaller.sendCode(agent, await desk.aCase(agent, email))
    for (let sent = 0; sent < 6; sent++) await send()
    await assert.rejects(send, refuses('too-many-attempts'))
    const recover = async () => desk.actOnAccount.act(agent, await desk.aCase(agent, email), 'recovery-started')
    for (let sent = 0; sent < 6; sent++) await recover()
    await assert.rejects(recover, refuses('too-many-attempts'))
  })

  it('is done by the person’s own approval as well, who is written to and asked once', async () => {
    const { id: person, email } = await app.aPerson({ links: ['games'] })
    const stranger = await app.aPerson({ links: ['games'] })
    const agent = await desk.aMember('games', 'support')
    await app.database.connection.collection('people').updateOne({ _id: person as never }, { $set: { language: 'sv' } })
    const id = await desk.aCase(agent, email, 'G-300')
    await desk.proveCaller.askApproval(agent, id)
    await desk.proveCaller.askApproval(agent, id)
    const waiting = await desk.approvals.waitingFor(`person:${person}`)
    assert.deepEqual(
      waiting.map(({ company, case: name, ask }) => [company, name, ask.what]),
      [['games', 'G-300', 'caller']],
    )
    const letters = (await app.features.mailer.mailbox?.list(email)) ?? []
    const asking = letters.filter(({ kind }) => kind === 'approval-asked')
    assert.deepEqual(
      asking.map(({ subject }) => subject),
      ['Kundtjänst hos Games ber om ditt godkännande'],
    )
    const listed = await app.features.activity.listFor({ kind: 'person', person }, { limit: 9, kinds: ['written-to'] })
    assert.equal(listed.filter(({ mail }) => mail === 'approval-asked').length, 1)
    const asked = waiting[0]?._id ?? ''
    await assert.rejects(() => desk.approvals.approve(`person:${stranger.id}`, asked), refuses('approval-expired'))
    await desk.approvals.approve(`person:${person}`, asked)
    assert.equal((await desk.seeCase.see(agent, id)).state, 'caller proven')
    const { proven } = (await desk.cases.get(id)) ?? {}
    await desk.approvals.approve(`person:${person}`, asked)
    assert.deepEqual((await desk.cases.get(id))?.proven, proven, 'pressed twice it is approved once')
    await assert.rejects(() => desk.approvals.decline(`person:${person}`, asked), refuses('approval-expired'))
    await assert.rejects(() => desk.approvals.approve(`person:${stranger.id}`, asked), refuses('approval-expired'))
  })

  it('H50: is not done, nor asked for any more, by an approval of a case that is closed, or of a link that has ended', async () => {
    const { id: person, email } = await app.aPerson({ links: ['games'] })
    const agent = await desk.aMember('games', 'support')
    const [closed, unlinked] = [await desk.aCase(agent, email), await desk.aCase(agent, email)]
    await desk.proveCaller.askApproval(agent, closed)
    await desk.proveCaller.askApproval(agent, unlinked)
    const asked = await desk.approvals.waitingFor(`person:${person}`)
    assert.equal(asked.length, 2)
    await desk.openCase.close(agent, closed)
    await app.features.links.unlink(person, 'games', { keep: 'now', actor: { kind: 'person', id: person } })
    assert.deepEqual(await desk.approvals.waitingFor(`person:${person}`), [])
    for (const { _id } of asked)
      await assert.rejects(() => desk.approvals.approve(`person:${person}`, _id), refuses('approval-expired'))
  })
})

describe('correcting details through support', () => {
  let app: TestApp
  let desk: Desk
  before(async () => {
    app = await aTestApp()
    desk = aDesk(app)
  })
  after(() => app.close())

  it('reaches every linked company, and the person is told with a way to take it back (S4-3)', async () => {
    const { id: person, email, accounts } = await app.aPerson({ links: ['mobile', 'games', 'pictures'] })
    const agent = await desk.aMember('games', 'support')
    const id = await desk.aProvenCase(agent, email, 'G-400')
    assert.deepEqual(await desk.corrections.correct(agent, id, { familyName: 'Ek' }, { familyName: 'Berg' }), [
      'familyName',
    ])
    await app.settled()
    for (const account of Object.values(accounts)) assert.equal((await app.account(account)).copy.familyName, 'Ek')
    const [letter] = (await app.features.mailer.mailbox?.list(email)) ?? []
    assert.equal(letter?.kind, 'details-changed')
    assert.match(letter?.text ?? '', /Games/)
    assert.match(letter?.text ?? '', /\/undo\//)
    const newest = (await desk.readBy(person)).find(({ act }) => act === 'details-corrected')
    assert.deepEqual([newest?.act, newest?.fields, newest?.case], ['details-corrected', ['familyName'], 'G-400'])
  })

  it('changes only what its company may write, and nothing guarded by one agent alone (T14, T17)', async () => {
    const { email, accounts } = await app.aPerson({ links: ['mobile', 'games', 'pictures'] })
    const agent = await desk.aMember('games', 'support')
    const id = await desk.aProvenCase(agent, email)
    const correct = (field: string, value: string, shown: string | null) =>
      desk.corrections.correct(agent, id, { [field]: value }, { [field]: shown })
    await assert.rejects(() => correct('email', 'thief@evil.example', email), refuses('field-not-writable'))
    await assert.rejects(() => correct('phone', '+46701740633', null), refuses('field-not-writable'))
    await assert.rejects(() => correct('birthDate', '2015-01-01', '1990-02-03'), refuses('field-not-writable'))
    await assert.rejects(() => correct('country', 'JP', 'SE'), refuses('field-guarded'))
    const pictures = await desk.aMember('pictures', 'support')
    const there = await desk.aProvenCase(pictures, email)
    await assert.rejects(
      () => desk.corrections.correct(pictures, there, { familyName: 'X' }, { familyName: 'Berg' }),
      refuses('field-not-writable'),
    )
    assert.equal((await app.account(accounts.games ?? '')).copy.country, 'SE')
  })

  it('never lets two agents at one person undo each other unseen', async () => {
    const { email, accounts } = await app.aPerson({ links: ['games'] })
    const [one, two] = [await desk.aMember('games', 'support'), await desk.aMember('games', 'support')]
    const [first, second] = [await desk.aProvenCase(one, email), await desk.aProvenCase(two, email)]
    await desk.corrections.correct(one, first, { city: 'Malmö' }, { city: null })
    await assert.rejects(
      () => desk.corrections.correct(two, second, { city: 'Ystad' }, { city: null }),
      refuses('detail-changed-meanwhile'),
    )
    await desk.corrections.correct(two, second, { postalCode: '211 11' }, { postalCode: null })
    await app.settled()
    const { copy } = await app.account(accounts.games ?? '')
    assert.deepEqual([copy.city, copy.postalCode], ['Malmö', '211 11'])
  })

  it('changes a guarded detail when a second agent has seen the evidence, not by the first again', async () => {
    const { email, accounts } = await app.aPerson({ links: ['mobile', 'games'] })
    const [one, two] = [await desk.aMember('mobile', 'support'), await desk.aMember('mobile', 'support-lead')]
    const id = await desk.aProvenCase(one, email)
    await desk.corrections.proposeGuarded(one, id, { field: 'birthDate', value: '1991-02-03', evidence: 'A passport' })
    await assert.rejects(() => desk.corrections.agreeToGuarded(one, id), refuses('second-agent-needed'))
    await desk.corrections.agreeToGuarded(two, id)
    await assert.rejects(() => desk.corrections.agreeToGuarded(two, id), refuses('nothing-to-agree-to'))
    await app.settled()
    for (const account of Object.values(accounts))
      assert.equal((await app.account(account)).copy.birthDate, '1991-02-03')
  })

  it('changes a guarded detail when the person approves exactly that', async () => {
    const { id: person, email, accounts } = await app.aPerson({ links: ['games'] })
    const agent = await desk.aMember('games', 'support')
    const id = await desk.aProvenCase(agent, email)
    const propose = (value: string) =>
      desk.corrections.proposeGuarded(agent, id, { field: 'country', value, evidence: 'Says they moved' })
    await propose('NO')
    const [norway] = await desk.approvals.waitingFor(`person:${person}`)
    await propose('DK')
    const [denmark, another] = await desk.approvals.waitingFor(`person:${person}`)
    assert.equal(another, undefined, 'what another proposal took the place of waits no more')
    await assert.rejects(
      () => desk.approvals.approve(`person:${person}`, norway?._id ?? ''),
      refuses('approval-expired'),
    )
    await desk.approvals.approve(`person:${person}`, denmark?._id ?? '')
    await app.settled()
    assert.equal((await app.account(accounts.games ?? '')).copy.country, 'DK')
  })

  it('changes nothing by an approval once the agent who proposed it has left', async () => {
    const { id: person, email, accounts } = await app.aPerson({ links: ['games'] })
    const [agent, chief] = [await desk.aMember('games', 'support'), await desk.aMember('games', 'administrator')]
    const id = await desk.aProvenCase(agent, email)
    await desk.corrections.proposeGuarded(agent, id, { field: 'country', value: 'FI', evidence: 'Says they moved' })
    const [asked] = await desk.approvals.waitingFor(`person:${person}`)
    assert.ok(asked)
    await desk.manageStaff.setRoles(chief, agent._id, [])
    assert.deepEqual(await desk.approvals.waitingFor(`person:${person}`), [])
    await assert.rejects(
      () => desk.approvals.approve(`person:${person}`, asked?._id ?? ''),
      refuses('approval-expired'),
    )
    assert.equal((await app.account(accounts.games ?? '')).copy.country, 'SE')
  })

  it('takes out an account that is not theirs at the person’s wish alone (T18)', async () => {
    const { id: person, email, accounts } = await app.aPerson({ links: ['mobile', 'games'] })
    const agent = await desk.aMember('games', 'support')
    const id = await desk.aProvenCase(agent, email)
    await desk.actOnAccount.act(agent, id, 'unlink-asked')
    assert.ok((await app.account(accounts.games ?? '')).link)
    const [asked] = await desk.approvals.waitingFor(`person:${person}`)
    await desk.approvals.approve(`person:${person}`, asked?._id ?? '')
    assert.equal((await app.account(accounts.games ?? '')).link, null)
    assert.ok((await app.account(accounts.mobile ?? '')).link)
  })

  it('does what helps without proof, and what touches the person only with it', async () => {
    const { email, accounts } = await app.aPerson({ links: ['games'] })
    const agent = await desk.aMember('games', 'support')
    const id = await desk.aCase(agent, email)
    for (const act of ['sessions-ended', 'unlocked', 'recovery-started', 'redelivery', 'handed-on'] as const)
      await desk.actOnAccount.act(agent, id, act)
    for (const act of ['address-offered', 'unlink-asked', 'marked-fraudulent', 'fraud-cleared'] as const)
      await assert.rejects(
        () => desk.actOnAccount.act(agent, id, act, 'new@mail.example'),
        refuses('case-caller-not-proven'),
      )
    await desk.proveCaller.sendCode(agent, id)
    await desk.proveCaller.checkCode(agent, id, await app.code(email))
    await desk.actOnAccount.act(agent, id, 'marked-fraudulent')
    assert.equal((await app.account(accounts.games ?? '')).fraud?.agent, agent._id)
    await desk.actOnAccount.act(agent, id, 'fraud-cleared')
    assert.equal((await app.account(accounts.games ?? '')).fraud, undefined)
  })

  it('sends whoever has a sign-in at that company alone to where it is recovered, and the others to their pages', async () => {
    const agent = await desk.aMember('games', 'support')
    const letterTo = async (email: string) => {
      await desk.actOnAccount.act(agent, await desk.aCase(agent, email), 'recovery-started')
      const [letter] = (await app.features.mailer.mailbox?.list(email)) ?? []
      assert.equal(letter?.kind, 'recovery-offered')
      return letter?.text ?? ''
    }
    const own = await letterTo((await app.aSeparateAccount('games')).email)
    assert.match(own, /sign in at a service of Games and press “Forgot password\?” there/)
    assert.ok(!own.includes(`${app.issuer}/account`), 'where unified sign-ins alone are recovered')
    const unified = await letterTo((await app.aPerson({ links: ['games'] })).email)
    assert.match(unified, /Open your account pages and press/)
    assert.ok(unified.includes(`${app.issuer}/account`))
  })

  it('offers a new address to the person where they are known, and changes no sign-in (T14)', async () => {
    const person = await app.aPerson({ links: ['games'] })
    const agent = await desk.aMember('games', 'support')
    const id = await desk.aProvenCase(agent, person.email)
    const before = await person.now()
    await desk.actOnAccount.act(agent, id, 'address-offered', 'thief@evil.example')
    await app.settled()
    assert.deepEqual((await person.now()).identifiers, before.identifiers)
    assert.equal((await app.features.mailer.mailbox?.list('thief@evil.example'))?.length, 0)
    const [letter] = (await app.features.mailer.mailbox?.list(person.email)) ?? []
    assert.equal(letter?.kind, 'approval-asked')
    const [asked] = await desk.approvals.waitingFor(`person:${person.id}`)
    assert.deepEqual(asked?.ask, { what: 'address', address: 'thief@evil.example' })
    await assert.rejects(
      () => desk.actOnAccount.act(agent, id, 'address-offered', 'no address'),
      refuses('invalid-email'),
    )
  })

  it('helps the holder of an account that is not linked, at its own address, and they read it there (S4-1)', async () => {
    const { account, email } = await app.aSeparateAccount('games')
    const agent = await desk.aMember('games', 'support')
    const id = await desk.aProvenCase(agent, email)
    const seen = await desk.seeCase.see(agent, id)
    assert.deepEqual([seen.account?.linkStatus, seen.account?.wayIn], ['not linked', 'own'])
    await desk.corrections.correct(agent, id, { familyName: 'Ekberg' }, { familyName: 'Ek' })
    assert.equal((await app.account(account)).copy.familyName, 'Ekberg')
    await assert.rejects(() => desk.actOnAccount.act(agent, id, 'unlink-asked'), refuses('not-linked'))
    await desk.proveCaller.askApproval(agent, id)
    assert.equal((await desk.approvals.waitingFor(`account:${account}`)).length, 1)
    const read = await app.features.activity.listFor(
      { kind: 'account', account },
      { limit: 50, kinds: ['support-act'] },
    )
    assert.ok(read.some(({ act }) => act === 'details-corrected'))
  })

  it('delivers again to this company, and all is in step after it', async () => {
    const { email, accounts } = await app.aPerson({ links: ['games'] })
    const agent = await desk.aMember('games', 'support')
    const id = await desk.aCase(agent, email)
    const count = () => app.told.filter(({ service, kind }) => service === 'games-arcade' && kind === 'events').length
    const before = count()
    await desk.actOnAccount.act(agent, id, 'redelivery')
    await app.settled()
    assert.equal(count(), before + 1)
    assert.equal((await desk.seeCase.see(agent, id)).account?.linkStatus, 'in step')
    assert.ok(accounts.games)
  })
})
