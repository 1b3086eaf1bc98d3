import assert from 'node:assert/strict'
import { type AdjustableClock, day, hour, minute, now } from '../../src/lib/clock.ts'
import { createLog } from '../../src/lib/log.ts'
import { messagesIn, readReport } from '../../src/mail/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { aDesk, type Desk } from '../world/desk.ts'
import { aTimedApp } from '../world/timed-app.ts'
import { aVisitor } from '../world/visitor.ts'

const mailBounces = 'bounces+*@sign-in.example'

describe('letters that come back', () => {
  let clock: AdjustableClock
  let app: TestApp
  let desk: Desk
  before(async () => {
    ;({ app, clock } = await aTimedApp({ config: { mailBounces }, log: createLog('silent') }))
    desk = aDesk(app)
  })
  after(() => app.close())

  const stored = () => app.database.connection.collection('bouncedAddresses').find({}).toArray()
  const read = async (...messages: string[]) => {
    const words = await Promise.all(messages.map((each) => readReport(Buffer.from(each), mailBounces)))
    return app.features.bounces.read(words)
  }
  const since = (...addresses: string[]) => app.features.bounces.since(addresses)
  const asksForACode = (email: string) => app.features.recovery.begin({ email, company: null, language: 'en' })
  /** What the newest letter to somebody left under. */
  const senderTo = async (email: string) => {
    const [letter] = await app.features.mailer.mailbox!.list(email)
    return /^<(.+)>$/.exec(letter?.headers['Return-Path'] ?? '')?.[1] ?? ''
  }
  /** Somebody who was sent a letter, and under what it left. */
  const somebody = async () => {
    const person = await app.aPerson({ links: ['games'] })
    await clock.advance(minute)
    await asksForACode(person.email)
    return { ...person, sender: await senderTo(person.email) }
  }

  it('O2: a letter’s sender names it within 64 characters and tells nothing; without the setting it is as ever', async () => {
    const { email, sender, id } = await somebody()
    assert.match(sender, /^bounces\+[a-z2-7]{51}@sign-in\.example$/)
    assert.ok(sender.split('@')[0]!.length <= 64)
    assert.ok(!sender.includes(email.split('@')[0]!) && !sender.includes(id))
    const other = await somebody()
    assert.notEqual(other.sender.slice(-70), sender.slice(-70))
    const without = await aTestApp()
    const there = await without.aPerson()
    await without.features.recovery.begin({ email: there.email, company: null, language: 'en' })
    const letters = await without.features.mailer.mailbox!.list(there.email)
    assert.ok(letters.every(({ headers }) => headers['Return-Path'] === undefined))
    assert.equal(await without.features.bounces.since([there.email]), undefined)
    await without.close()
  })

  it('O2: a bounce for good is shown to its person with what to do, and to their support; sign-in stays as it was', async () => {
    const { email, password, id, sender } = await somebody()
    assert.match(await read(aReport(sender)), /^1 marked/)
    const from = await since(email)
    assert.ok(from)
    assert.doesNotMatch(JSON.stringify(await stored()), new RegExp(`${email}|${id}|mailbox|example`))
    assert.match(await read(aReport(sender), aReport(sender)), /^2 known already/)
    assert.equal(await since(email), from)

    const visitor = aVisitor(app.issuer)
    await visitor.signInAt('games-arcade', `${app.urlOf('games-arcade')}/callback`, { email, password })
    for (const path of ['/account/details', '/account/security']) {
      const { text: body } = await visitor.page(path)
      assert.match(body, /data-testid="letters-come-back"/)
      assert.match(body, /#f-email/)
    }
    const elsewhere = await app.aPerson({ links: ['games'] })
    const other = aVisitor(app.issuer)
    await other.signInAt('games-arcade', `${app.urlOf('games-arcade')}/callback`, elsewhere)
    assert.doesNotMatch((await other.page('/account/security')).text, /letters-come-back/)

    const agent = await desk.aMember('games', 'support')
    const told = async (staff: typeof agent, number: string) =>
      (await desk.seeCase.see(staff, number)).account?.hindrances.map(({ what, since }) => [what, since])
    const has = (lines: Awaited<ReturnType<typeof told>>) => lines?.find(([what]) => what === 'letters-come-back')
    assert.equal(has(await told(agent, await desk.aCase(agent, email))), undefined, 'not before the caller is proven')
    const proven = await desk.aProvenCase(agent, email)
    assert.equal(has(await told(agent, proven)), undefined, 'the code that proved them came from that mailbox')
    await clock.advance(minute)
    await asksForACode(email)
    assert.match(await read(aReport(await senderTo(email))), /^1 marked/)
    assert.deepEqual(has(await told(agent, proven)), ['letters-come-back', await since(email)])
    assert.deepEqual(has(await told(agent, await desk.aProvenCase(agent, elsewhere.email))), undefined)
    const stranger = await desk.aMember('mobile', 'support')
    const there = await desk.aCase(stranger)
    assert.equal(await desk.openCase.find(stranger, there, email), 'not-found')
    assert.equal(await told(stranger, there), undefined, 'no account there, nothing told')
  })

  it('O2: what is forged, foreign, for now, too large, no report or too old changes nothing, and is said', async () => {
    const { email, sender } = await somebody()
    const before = await stored()
    const at = sender.indexOf('+') + 1
    const swapped = (place: number) =>
      `${sender.slice(0, place)}${sender[place] === 'a' ? 'b' : 'a'}${sender.slice(place + 1)}`
    for (const place of [at, at + 8, at + 20, at + 50])
      assert.match(await read(aReport(swapped(place))), /^1 not taken: names no letter of ours/)
    const refused: [string, RegExp][] = [
      [aReport('bounces@sign-in.example'), /no address of MAIL_BOUNCES/],
      [aReport(sender.replace('sign-in.example', 'other.example')), /no address of MAIL_BOUNCES/],
      [aReport(`${sender}, ${swapped(at)}`), /no address of MAIL_BOUNCES/],
      [aReport(sender, { action: 'delayed', status: '4.4.1' }), /not for good/],
      [aReport(sender, { action: 'failed', status: '4.4.7' }), /not for good/],
      [aReport(sender, { action: 'delivered', status: '5.1.1' }), /not for good/],
      [`To: ${sender}\r\nSubject: Action: failed\r\n\r\nAction: failed\r\nStatus: 5.1.1\r\n`, /no delivery report/],
      [`${aReport(sender)}${'x'.repeat(1024 * 1024)}`, /larger than 1 MiB/],
      [`X: ${'x'.repeat(80 * 1024)}\r\n${aReport(sender)}`, /cannot be read/],
    ]
    for (const [message, said] of refused) assert.match(await read(message), said)
    assert.match(await app.features.bounces.read(['__proto__']), /names no letter/)
    assert.deepEqual(await stored(), before)
    await clock.advance(31 * day)
    assert.match(await read(aReport(sender)), /30 days/)
    assert.equal(await since(email), undefined)
  })

  it('O2: a code used again ends it, and a bounce of what was sent before marks nothing anew', async () => {
    const { email, sender } = await somebody()
    await read(aReport(sender))
    assert.ok(await since(email))
    await clock.advance(hour)
    const handle = await asksForACode(email)
    const later = await senderTo(email)
    await app.features.recovery.prove(handle, await app.code(email))
    assert.equal(await since(email), undefined)
    assert.match(
      await read(aReport(sender), aReport(later)),
      /^2 not taken: a code sent to that address was used since/,
    )
    assert.equal(await since(email), undefined)
    await clock.advance(minute)
    await asksForACode(email)
    assert.match(await read(aReport(await senderTo(email))), /^1 marked/)
  })

  it('O2: with its person goes what is marked, and nothing of them is marked again', async () => {
    const { email, id } = await app.aPerson()
    await clock.advance(minute)
    const link = `${app.issuer}/account`
    await app.features.activity.writeTo({ kind: 'person', person: id }, 'approval-asked', {
      company: 'Games',
      url: link,
    })
    const sender = await senderTo(email)
    await asksForACode(email)
    const nameless = await senderTo(email)
    await read(aReport(sender))
    assert.ok(await since(email))
    await app.features.erasePerson.erase(id)
    await app.settled()
    assert.equal((await app.features.people.get(id))?.status, 'erased')
    assert.equal(await since(email), undefined)
    assert.match(await read(aReport(sender), aReport(nameless)), /^2 not taken/)
    assert.equal(await since(email), undefined)
    assert.ok((await stored()).every(({ since, whose }) => since === undefined || whose !== undefined))
    const elsewhere = app.features.bounces.senderOf(`person:${id}`, 'not-proven@mail.example', now())!
    assert.match(await read(aReport(elsewhere)), /^1 not taken/, 'a letter to an address that never signed in')
    assert.equal(await since('not-proven@mail.example'), undefined)
    await clock.advance(31 * day)
    await app.settled()
    assert.deepEqual(
      (await stored()).filter(({ since }) => since === undefined),
      [],
    )
  })

  it('O2: an mbox is several messages, one is one, and nothing is none', async () => {
    const { sender } = await somebody()
    const kept = (message: string) =>
      `From MAILER-DAEMON Sun Nov 29 02:00:00 2026\n${message.replaceAll('\r\n', '\n')}\n\n`
    const mbox = Buffer.from(kept(aReport(sender)) + kept('To: me\n\nhello'))
    const words = await Promise.all(messagesIn(mbox).map((each) => readReport(each, mailBounces)))
    assert.deepEqual(words, [sender.slice('bounces+'.length, sender.indexOf('@')), 'not-a-report'])
    assert.equal(messagesIn(Buffer.from(aReport(sender))).length, 1)
    assert.equal(messagesIn(Buffer.from('\n')).length, 0)
    assert.equal(await app.features.bounces.read([]), 'No message.')
  })
})

/** As a mail server reports (RFC 3464). */
const aReport = (to: string, { action = 'failed', status = '5.1.1' } = {}): string =>
  [
    'From: MAILER-DAEMON@mx.example',
    `To: <${to}>`,
    'Subject: Undelivered Mail',
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=delivery-status; boundary="part"',
    '',
    '--part',
    'Content-Type: text/plain',
    '',
    'It could not be delivered.',
    '--part',
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; mx.example',
    '',
    'Final-Recipient: rfc822; somebody@mail.example',
    `Action: ${action}`,
    `Status: ${status}`,
    'Diagnostic-Code: smtp; 550 no such mailbox',
    '',
    '--part',
    'Content-Type: message/rfc822',
    '',
    'Subject: Your code',
    '',
    'Code',
    '--part--',
    '',
  ].join('\r\n')
