import assert from 'node:assert/strict'
import { asAccount, asPerson } from '../../src/accounts/index.ts'
import { limitRules } from '../../src/limits/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { aDesk, type Desk, refuses } from '../world/desk.ts'

describe('a code sent again by support', () => {
  let app: TestApp
  let desk: Desk
  before(async () => {
    app = await aTestApp()
    desk = aDesk(app)
  })
  after(() => app.close())

  const lettersTo = async (address: string) => (await app.features.mailer.mailbox?.list(address)) ?? []
  /** What is sent beside an answer has been sent. */
  const untilLetters = async (address: string, count: number): Promise<void> => {
    while ((await lettersTo(address)).length < count) await app.settled()
  }
  const recover = (email: string, language: 'en' | 'sv') =>
    app.features.recovery.begin({ email, company: null, language })
  /** What has been begun was begun a minute earlier. */
  const aWhileAgo = () =>
    app.database.connection.collection('drafts').updateMany({}, { $inc: { expiresAt: -60_000 } as never })
  const resend = (agent: Parameters<Desk['actOnAccount']['act']>[0], id: string) =>
    desk.actOnAccount.act(agent, id, 'code-resent')

  it('to whoever is on the way to a new password goes to their own mailbox, into the browser that asked, and replaces the one before', async () => {
    const { id: person, email } = await app.aPerson({ links: ['games'] })
    const { recovery } = app.features
    const handle = await recover(email, 'sv')
    const first = await app.code(email)
    const agent = await desk.aMember('games', 'support')
    const id = await desk.aCase(agent, email)
    const before = (await lettersTo(email)).length
    await resend(agent, id)
    const [letter] = await lettersTo(email)
    assert.deepEqual([(await lettersTo(email)).length, letter?.kind], [before + 1, 'recovery-code'])
    assert.match(letter?.subject ?? '', /lösenord/, 'in the language in which it was asked for')
    const second = await app.code(email)
    if (first !== second) await assert.rejects(() => recovery.prove(handle, first), refuses('code-wrong'))
    assert.equal((await recovery.prove(handle, second)).length, 1)
    assert.deepEqual((await desk.readBy(person)).at(-1)?.act, 'code-resent')
    assert.ok((await desk.audited('games', id)).includes('code-resent'))
    assert.doesNotMatch(JSON.stringify(await desk.seeCase.see(agent, id)), new RegExp(second))
    await recovery.complete(handle, 'unified', 'a lantern over other water')
    await assert.rejects(() => resend(agent, id), refuses('no-code-waits'))
  })

  it('to a new address goes there and not to the old one; the newest of what is waited for is what counts', async () => {
    const person = await app.aPerson({ links: ['games', 'mobile'] })
    const { addressChanges } = app.features
    await recover(person.email, 'en')
    await aWhileAgo()
    const changed = await addressChanges.begin(asPerson(person.id), 'fresh@mail.example')
    const agent = await desk.aMember('mobile', 'support')
    const id = await desk.aCase(agent, person.email)
    const before = (await lettersTo(person.email)).length
    await resend(agent, id)
    assert.deepEqual(
      [(await lettersTo('fresh@mail.example')).length, (await lettersTo(person.email)).length],
      [2, before],
    )
    await addressChanges.complete(asPerson(person.id), changed, await app.code('fresh@mail.example'))
    await assert.rejects(
      () => resend(agent, id),
      refuses('no-code-waits'),
      'neither what is spent nor to a former address',
    )
  })

  it('reaches an account with a sign-in of its own: its password, its new address, and its way back in', async () => {
    const separate = await app.aSeparateAccount('games')
    const { addressChanges, separateLogins, links } = app.features
    const agent = await desk.aMember('games', 'support')
    const id = await desk.aCase(agent, separate.email)
    await recover(separate.email, 'en')
    await resend(agent, id)
    assert.equal((await lettersTo(separate.email))[0]?.kind, 'recovery-code')
    await aWhileAgo()
    await addressChanges.begin(asAccount(separate.account), 'other@own.example')
    await resend(agent, id)
    assert.equal((await lettersTo('other@own.example')).length, 2)

    const person = await app.aPerson({ links: ['games'] })
    await links.unlink(person.id, 'games', { keep: 'before', actor: { kind: 'person', id: person.id } })
    const left = await app.account(person.accounts.games ?? '')
    await separateLogins.beginWayIn(left, 'Games', person.email)
    const there = await desk.aCase(agent, left.subject)
    const before = (await lettersTo(person.email)).length
    await resend(agent, there)
    assert.deepEqual(
      [(await lettersTo(person.email)).length, (await lettersTo(person.email))[0]?.kind],
      [before + 1, 'way-in-code'],
    )

    await app.database.connection.collection('drafts').deleteMany({})
    await app.features.recovery.begin({ email: person.email, company: null, language: 'en' })
    await assert.rejects(() => resend(agent, there), refuses('no-code-waits'), 'what they do elsewhere is theirs')
    await app.features.recovery.begin({ email: person.email, company: 'games', language: 'en' })
    await resend(agent, there)
    assert.equal((await lettersTo(person.email))[0]?.kind, 'recovery-code')
  })

  it('is nobody else’s, runs out like any other, and comes no oftener than the person could ask for it', async () => {
    const [person, other] = [await app.aPerson({ links: ['games'] }), await app.aPerson({ links: ['games'] })]
    await recover(other.email, 'en')
    const agent = await desk.aMember('games', 'support')
    const id = await desk.aCase(agent, person.email)
    await assert.rejects(() => resend(agent, id), refuses('no-code-waits'))
    assert.ok(
      (await desk.readBy(person.id)).every(({ act }) => act !== 'code-resent'),
      'nothing was sent',
    )
    await recover(person.email, 'en')
    for (let times = 0; times < 3; times++) await resend(agent, id)
    await assert.rejects(() => resend(agent, id), refuses('no-code-waits'), 'three times at most (U5)')
    await recover(person.email, 'en')
    await app.database.connection.collection('drafts').updateMany({}, { $set: { endsAt: 1 } })
    await assert.rejects(() => resend(agent, id), refuses('no-code-waits'))
  })

  it('to somebody who is registering goes to exactly their address, and nobody is told whether there is one (T19)', async () => {
    const { registration, separateLogins } = app.features
    const details = { givenName: 'Noor', familyName: 'Ali', email: 'noor@new.example' }
    const password = 'a lighthouse without a keeper'
    const handle = await registration.begin({ details, password, language: 'en', company: 'Games' })
    const elsewhere = { ...details, email: 'elsewhere@new.example' }
    await registration.begin({ details: elsewhere, password, language: 'en', company: 'Mobile' })
    const alone = { ...details, email: 'alone@new.example' }
    await separateLogins.beginSeparate({
      company: 'games',
      companyName: 'Games',
      details: alone,
      ownData: {},
      password,
      language: 'en',
    })
    const agent = await desk.aMember('games', 'support')
    const { _id: id } = await desk.openCase.open(agent, { reference: 'NEW-1', reason: '', askedBy: 'person' })
    for (const { email } of [details, elsewhere, alone, { email: 'nobody@new.example' }])
      assert.equal(await desk.resendCode.toNewcomer(agent, id, email), undefined)
    await untilLetters('noor@new.example', 2)
    await untilLetters('alone@new.example', 2)
    assert.equal((await lettersTo('elsewhere@new.example')).length, 1, 'they are another company’s')
    assert.equal((await lettersTo('nobody@new.example')).length, 0)
    const { outcome } = await registration.complete(handle, await app.code('noor@new.example'))
    assert.equal(outcome, 'registered')

    assert.deepEqual(await desk.audited('games', id), ['case-opened', ...Array(4).fill('code-resent')])
    const record = await desk.audit.search('games', { kind: 'case', value: id }, 10)
    assert.doesNotMatch(JSON.stringify(record), /new\.example/)
    await assert.rejects(() => desk.resendCode.toNewcomer(agent, id, 'no address'), refuses('invalid-email'))
  })

  it('answers the same when a mailbox has had enough, and counts as searching for whoever tries many', async () => {
    const { registration } = app.features
    const email = 'often@new.example'
    const details = { givenName: 'Often', familyName: 'Asked', email }
    await registration.begin({ details, password: 'a hill of small lamps', language: 'en', company: 'Games' })
    const agent = await desk.aMember('games', 'support')
    const { _id: id } = await desk.openCase.open(agent, { reference: 'NEW-2', reason: '', askedBy: 'person' })
    const most = 3
    for (let times = 0; times < most + 3; times++) await desk.resendCode.toNewcomer(agent, id, email)
    await untilLetters(email, most + 1)
    await app.settled()
    assert.equal((await lettersTo(email)).length, most + 1)
    for (let times = most + 3; times < limitRules['support-find'].most; times++)
      await app.features.limits.consume('support-find', agent._id)
    await assert.rejects(() => desk.resendCode.toNewcomer(agent, id, email), refuses('too-many-attempts'))
  })

  it('is not sent for an executor, in a closed case, or by another company’s staff', async () => {
    const { email } = await app.aPerson({ links: ['games'] })
    await recover(email, 'en')
    const [agent, other] = [await desk.aMember('games', 'support'), await desk.aMember('mobile', 'support')]
    const { _id: id } = await desk.openCase.open(agent, { reference: 'ESTATE', reason: '', askedBy: 'executor' })
    await desk.openCase.find(agent, id, email)
    const before = (await lettersTo(email)).length
    await assert.rejects(() => resend(agent, id), refuses('case-not-for-executor'))
    await assert.rejects(() => desk.resendCode.toNewcomer(agent, id, email), refuses('case-not-for-executor'))
    const own = await desk.aCase(agent, email)
    await assert.rejects(() => resend(other, own), refuses('case-not-found'))
    await desk.openCase.close(agent, own)
    await assert.rejects(() => resend(agent, own), refuses('case-closed'))
    assert.equal((await lettersTo(email)).length, before)
  })
})
