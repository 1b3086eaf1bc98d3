import assert from 'node:assert/strict'
import { asPerson } from '../../src/accounts/index.ts'
import { type AdjustableClock, adjustableClock, day, iso, now, second } from '../../src/lib/clock.ts'
import { deadline, mayExtend } from '../../src/rights-requests/request.ts'
import { keysOf } from '../../src/rights-requests/write-part.ts'
import { dueIn } from '../../src/storage/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { aDesk, type Desk, refuses } from '../world/desk.ts'
import { formsOf, partsOf, readable, testIds, tokenOf } from '../world/pages.ts'
import { aVisitor, type Visitor } from '../world/visitor.ts'

describe('the time in which a company answers, as people and its desk meet it (S9, GDPR Art. 12)', () => {
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

  const asked = async () => {
    const person = await app.aPerson({ links: ['games'] })
    const who = await app.features.readPrincipal(asPerson(person.id))
    assert.ok(who)
    const { ask } = app.features.rightsRequests
    const held = await app.features.links.accountsOf(person.id)
    await ask.ask(who, held, { kind: 'access', about: 'All', companies: ['games'], once: person.id })
    const [{ id, deadline = 0 } = { id: '' }] = (await ask.page(who.id, held)).parts
    return { person, id, deadline, one: () => ask.one(who.id, id), say: () => ask.say(who.id, id, 'It is me', []) }
  }
  const lettersTo = async (to: string) => {
    await app.settled()
    return (await app.features.mailer.mailbox?.list(to)) ?? []
  }

  it('S9: an extension and its reason are told at once, up to the last moment of the first month and not after it', async () => {
    const { desk: requests } = app.features.rightsRequests
    const staff = await desk.aMember('games', 'privacy')
    const [first, second_] = [await asked(), await asked()]
    clock.advance(first.deadline - now() - second)
    await requests.extend(staff, first.id, 'It lies in many systems')
    const { deadline: longer = 0, said } = await first.one()
    assert.equal(said.at(-1)?.text, 'It lies in many systems')
    const letter = (await lettersTo(first.person.email)).find(({ kind }) => kind === 'request-extended')
    assert.match(letter?.text ?? '', /Games has extended the time/)
    assert.ok(longer > first.deadline + 57 * day && longer < first.deadline + 64 * day, iso(longer))
    clock.advance(2 * second)
    await assert.rejects(() => requests.extend(staff, second_.id, 'Too late'), refuses('extension-too-late'))
    assert.deepEqual(
      (await lettersTo(second_.person.email)).filter(({ kind }) => kind === 'request-extended'),
      [],
    )
  })

  it('S9: whom a request is handed to has it from then on, and hears of it; nobody else of the company or of another can', async () => {
    const { desk: requests } = app.features.rightsRequests
    const [one, other] = [await desk.aMember('games', 'privacy'), await desk.aMember('games', 'privacy')]
    const [support, theirs] = [await desk.aMember('games', 'support'), await desk.aMember('mobile', 'privacy')]
    const { id, ...request } = await asked()
    await requests.take(one, id)
    await app.settled()
    const before = (await lettersTo(other._id)).length
    for (const to of [support._id, theirs._id, 'nobody@games.example'])
      await assert.rejects(() => requests.handOver(one, id, to), refuses('staff-not-at-desk'))
    await requests.handOver(one, id, ` ${other._id.toUpperCase()} `)
    assert.equal((await requests.see(other, id)).taken, other._id)
    const [letter, ...earlier] = await lettersTo(other._id)
    assert.deepEqual([earlier.length, letter?.kind], [before, 'request-waiting'])
    assert.ok(letter?.text.includes(`/console/requests/${id.replace(':', '.')}`), 'which leads to the request')
    await request.say()
    assert.equal((await lettersTo(other._id)).length, before + 2, 'and what the person writes')
  })

  it('S9: the time stands still while proof is outstanding and for nothing else, however often it is asked for', async () => {
    const { desk: requests } = app.features.rightsRequests
    const staff = await desk.aMember('games', 'privacy')
    const { id, deadline, one, say } = await asked()
    for (const act of [
      () => requests.take(staff, id),
      () => requests.say(staff, id, 'Which games?', []),
      () => requests.handOver(staff, id, staff._id),
    ]) {
      await act()
      clock.advance(day)
      assert.equal((await one()).deadline, deadline)
    }
    await requests.askProof(staff, id, 'A copy of a paper')
    clock.advance(2 * day)
    await requests.askProof(staff, id, 'Please, a copy of a paper')
    clock.advance(2 * day)
    await say()
    assert.equal((await one()).deadline, deadline + 4 * day)
    clock.advance(day)
    assert.equal((await one()).deadline, deadline + 4 * day, 'and goes on from then')
  })

  it('S9: how long it is, and when its desk is warned, comes from the configuration', () => {
    const received = Date.UTC(2026, 0, 10)
    const part = { _id: 'games:x', company: 'games', receivedAt: received, paused: 0, said: [], news: [] } as never
    const rules = { answerMonths: 1, extensionMonths: 0, alarmDays: 20, keptMonths: 12 }
    assert.equal(mayExtend(part, rules, received + day), false, 'a company that declares no extension has none')
    const longer = { ...rules, extensionMonths: 1 }
    assert.equal(mayExtend(part, longer, received + day), true)
    const extended = { ...(part as object), extendedAt: received + day } as never
    assert.equal(iso(deadline(extended, longer, received + day)), '2026-03-10T23:59:59.999Z')
    const warned = deadline(part, rules, now()) - 20 * day
    assert.equal(keysOf(part, rules).due, dueIn('games', warned))
  })

  it('S9: a separate account: asked, files both ways, answered and read on its own pages, and nobody else is asked', async () => {
    const own = await app.aSeparateAccount('games')
    const visitor = aVisitor(app.issuer)
    await visitor.signInAt('games-arcade', `${app.urlOf('games-arcade')}/callback`, own)
    const fields = { kind: 'access', about: 'What you keep', 'company.games': 'on' }
    const sent = await visitor.act('/account/requests/new', fields, '/account/requests')
    assert.match(testIds(sent, 'request-part')[0] ?? '', /^received/)
    const path = partsOf(sent, 'request-part')[0]?.querySelector('a')?.getAttribute('href') ?? ''
    assert.equal((await upload(app, visitor, path, 'my.txt', 'From me')).status, 303)
    const { desk: requests } = app.features.rightsRequests
    const staff = await desk.aMember('games', 'privacy')
    const [part] = (await requests.queue(staff)).open
    const [{ id } = { id: '' }] = part?.said.flatMap(({ files }) => files) ?? []
    assert.equal((await requests.file(staff, part?.id ?? '', id)).bytes.toString(), 'From me')
    await requests.answer(staff, part?.id ?? '', 'Here it is', [{ name: 'all.txt', bytes: Buffer.from('From us') }])
    const page = await visitor.page(path)
    assert.match(readable(page), /Here it is/)
    const { action = '' } = formsOf(page).findLast(({ action: to }) => to.includes('/files/')) ?? {}
    const given = await visitor.submit(app.issuer + action, { csrf: tokenOf(page) })
    assert.deepEqual([given.status, given.text], [200, 'From us'])
    assert.equal(await app.database.connection.collection('requestParts').countDocuments({}), 1)
    assert.ok((await lettersTo(own.email)).some(({ kind }) => kind === 'request-answered'))
  })
})

const upload = (app: TestApp, visitor: Visitor, path: string, name: string, text: string) =>
  visitor.page(path).then((page) => {
    const form = new FormData()
    form.set('csrf', tokenOf(page))
    form.set('message', 'Look')
    form.append('file', new File([text], name))
    return visitor.visit(`${app.issuer}${path}/message`, { method: 'POST', body: form })
  })
