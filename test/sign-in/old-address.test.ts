import assert from 'node:assert/strict'
import { type AdjustableClock, day, hour, minute } from '../../src/lib/clock.ts'
import type { TestApp } from '../world/app.ts'
import type { Visit } from '../world/browser.ts'
import { fieldsOf, readable, testIds } from '../world/pages.ts'
import { aTimedApp } from '../world/timed-app.ts'
import { asTyped, aTraveller } from '../world/traveller.ts'
import { aVisitor } from '../world/visitor.ts'

const fresh = 'four umbrellas in a quiet field'

describe('*Forgot password?* by an address that nobody has used for a year (T10)', () => {
  let app: TestApp
  let clock: AdjustableClock
  beforeEach(async () => {
    ;({ app, clock } = await aTimedApp())
  })
  afterEach(() => app.close())

  const aYearLater = async () => {
    clock.advance(366 * day)
    await app.features.oidc.tick()
    await app.settled()
  }
  const lettersTo = async (to: string, kind = 'recovery-waits') => {
    await app.settled()
    return ((await app.features.mailer.mailbox?.list(to)) ?? []).filter((each) => each.kind === kind)
  }
  const stopPath = async (to: string, kind?: string) => {
    const [newest] = await lettersTo(to, kind)
    return new URL(/http\S+\/undo\/\S+/.exec(newest?.text ?? '')?.[0] ?? 'http://no.example/').pathname
  }

  /** Up to the page after the right code. */
  const afterCode = async (email: string, client = 'mobile-store') => {
    const traveller = aTraveller(app)
    const form = await traveller.open(await traveller.go(client), '/recover')
    const code = await traveller.act(form, '/recover', { email })
    return { traveller, page: await traveller.act(code, '/recover/code', { code: await app.code(email) }) }
  }
  type AtPage = Awaited<ReturnType<typeof afterCode>>
  /** The form of the new password, sent whether or not the page has one. */
  const setAnyhow = async ({ traveller, page }: AtPage, which = 'unified') => {
    const form = await traveller.open(page, '/recover')
    const { csrf = '' } = fieldsOf(form, `${traveller.baseOf(page)}/recover`)
    const { next } = await traveller.post(page, '/recover/password', { csrf, which, password: fresh })
    return traveller.visit(next ?? '')
  }
  const isHeld = (answer: Visit) => testIds(answer, 'recovery-waits').length === 1
  const waits = ({ page }: AtPage) => testIds(page, 'recovery-waits')[0] ?? ''
  const opens = async (email: string, company: string | null = null) =>
    (await app.features.authentication.authenticate(email, fresh, company))?.kind

  it('H15: sets no password, says when it can be set, and tells everybody; no company hears of it', async () => {
    const person = await app.aPerson({ links: ['mobile'] })
    await app.features.people
      .get(person.id)
      .then((found) => found && app.features.people.commit(found, { set: { language: 'sv' }, log: [] }))
    const contact = 'contact@games.example'
    const seen = await person.now()
    await app.features.people.commit(seen, {
      set: { v: seen.v + 1, 'fields.email.mobile#1': { value: contact, v: seen.v + 1, at: Date.now(), op: 'noted' } },
      log: [],
    })
    await app.settled()
    await aYearLater()
    const [before, told] = [await person.now(), app.told.length]
    const at = Date.now()
    const asked = await afterCode(person.email)
    assert.match(waits(asked), /for more than 12 months.*From .*\d\d:\d\d UTC you can set a new password/)
    const { recovery, ...stood } = await person.now()
    assert.ok(recovery && recovery.address === person.email && recovery.stoppedAt === undefined)
    assert.equal(recovery.until - recovery.since, 72 * hour)
    assert.ok(recovery.since >= at && recovery.since <= Date.now())
    const refused = await setAnyhow(asked)
    assert.ok(isHeld(refused))
    assert.match(readable(refused), /has to wait/)
    assert.deepEqual(
      [stood.credentials, stood.credentialEpoch, stood.identifiers],
      [before.credentials, before.credentialEpoch, before.identifiers],
    )
    assert.equal(await opens(person.email), undefined)
    for (const to of [person.email, contact]) {
      const [letter, another] = await lettersTo(to)
      assert.ok(letter && !another, to)
      assert.match(letter.subject, /Någon har begärt ett nytt lösenord/)
      assert.match(letter.text, /ändras ingenting före .*UTC/)
      assert.match(letter.text, /\/undo\//)
    }
    assert.equal(app.told.length, told)
  })

  it('H15: another code after the time sets it, and ends every session as any recovery does', async () => {
    const person = await app.aPerson({ links: ['mobile'] })
    await aYearLater()
    const owner = aTraveller(app)
    await afterCode(person.email)
    clock.advance(72 * hour - minute)
    const early = await afterCode(person.email)
    assert.match(waits(early), /From /)
    clock.advance(2 * minute)
    assert.ok(isHeld(await setAnyhow(early)), 'its code came before the time')
    const done = await afterCode(person.email)
    assert.match(readable(done.page), /Choose a new password/)
    const { credentialEpoch } = await person.now()
    assert.equal(owner.told(await done.traveller.act(done.page, '/recover/password', { password: fresh })), 'code')
    const after = await person.now()
    assert.deepEqual([after.credentialEpoch, after.recovery], [credentialEpoch + 1, undefined])
    assert.equal(await opens(person.email), 'person')
    // Used now: the next time nothing waits.
    assert.match(readable((await afterCode(person.email)).page), /Choose a new password/)
  })

  it('H15: asked for again meanwhile it is the same: no sooner, no later, no other letter; two at once are one', async () => {
    const person = await app.aPerson()
    await aYearLater()
    const holder = { kind: 'person', person: person.id } as const
    const begin = () => app.features.recoveries.begin(holder, person.email)
    const [one, other] = await Promise.all([begin(), begin(), begin()])
    const first = (await person.now()).recovery
    assert.ok(first && first.until === one && one === other)
    const shown = waits(await afterCode(person.email))
    clock.advance(24 * hour)
    assert.equal(waits(await afterCode(person.email)), shown)
    assert.deepEqual((await person.now()).recovery, first)
    assert.equal((await lettersTo(person.email)).length, 1)
  })

  it('H15: seven days after its time it has come to nothing, and waits anew', async () => {
    const person = await app.aPerson()
    await aYearLater()
    await afterCode(person.email)
    const [first, letter] = [(await person.now()).recovery, await stopPath(person.email)]
    clock.advance(72 * hour + 7 * day)
    assert.match(waits(await afterCode(person.email)), /From /)
    const second = (await person.now()).recovery
    assert.ok(first && second && second.op !== first.op && second.until > first.until)
    assert.notEqual(await stopPath(person.email), letter)
  })

  it('H15: whoever signs in with the password stops it, and the address waits all the same when asked again', async () => {
    const person = await app.aPerson({ links: ['mobile'] })
    await aYearLater()
    await afterCode(person.email)
    const earlier = await stopPath(person.email)
    const owner = aTraveller(app)
    assert.equal(owner.told(await owner.act(await owner.go('mobile-store'), '', asTyped(person))), 'code')
    assert.ok((await person.now()).recovery?.stoppedAt)
    clock.advance(73 * hour)
    const again = await afterCode(person.email)
    assert.match(waits(again), /From /)
    assert.ok(isHeld(await setAnyhow(again)))
    assert.equal(await opens(person.email), undefined)
    await afterCode(person.email)
    // The letter of the one that was stopped does nothing to the next.
    const reader = aVisitor(app.issuer)
    const { csrf = '' } = fieldsOf(await reader.page(await stopPath(person.email)), await stopPath(person.email))
    assert.equal((await reader.submit(`${app.issuer}${earlier}`, { csrf })).status, 410)
    assert.equal((await person.now()).recovery?.stoppedAt, undefined)
  })

  it('H15: an address that signed in, or whose code was used, within the year is not old', async () => {
    const [signedIn, recovered] = [await app.aPerson(), await app.aPerson()]
    clock.advance(300 * day)
    await app.features.oidc.tick()
    await app.features.authentication.authenticate(signedIn.email, signedIn.password, null)
    const done = await afterCode(recovered.email)
    await done.traveller.act(done.page, '/recover/password', { password: fresh })
    clock.advance(300 * day)
    await app.features.oidc.tick()
    for (const { email } of [signedIn, recovered])
      assert.match(readable((await afterCode(email)).page), /Choose a new password/)
    clock.advance(100 * day)
    await app.features.oidc.tick()
    assert.match(waits(await afterCode(signedIn.email)), /From /)
  })

  it('H15: the letter’s link shows a page and changes nothing; its button stops the recovery, once', async () => {
    const person = await app.aPerson()
    await aYearLater()
    await afterCode(person.email)
    const path = await stopPath(person.email)
    const reader = aVisitor(app.issuer)
    assert.match(readable(await reader.page(path)), /Somebody has asked for a new password/)
    assert.equal((await person.now()).recovery?.stoppedAt, undefined)
    const fields = fieldsOf(await reader.page(path), path)
    assert.match(readable(await reader.act(path)), /Nobody can sign in with the new password/)
    assert.ok((await person.now()).recovery?.stoppedAt)
    assert.equal((await reader.submit(`${app.issuer}${path}`, fields)).status, 410, 'a second time')
    clock.advance(73 * hour)
    assert.ok(isHeld(await setAnyhow(await afterCode(person.email))))
    // The link of the one that was stopped does nothing to the next.
    assert.equal((await reader.submit(`${app.issuer}${path}`, fields)).status, 410)
    assert.equal((await person.now()).recovery?.stoppedAt, undefined)
  })

  it('H15: a link is good as long as the recovery can let somebody in', async () => {
    const person = await app.aPerson()
    await aYearLater()
    await afterCode(person.email)
    const path = await stopPath(person.email)
    clock.advance(72 * hour + 7 * day - minute)
    assert.match(readable(await aVisitor(app.issuer).act(path)), /Nobody can sign in with the new password/)
    assert.ok((await person.now()).recovery?.stoppedAt)
  })

  it('H15: a link that was made up, or is another’s, stops nothing', async () => {
    const [person, other] = [await app.aPerson(), await app.aPerson()]
    await aYearLater()
    await afterCode(person.email)
    await afterCode(other.email)
    const path = await stopPath(other.email)
    const visitor = aVisitor(app.issuer)
    const { csrf = '' } = fieldsOf(await visitor.page(path), path)
    const [letter = ''] = path.slice(-1)
    const forged = `${path.slice(0, -1)}${letter === 'A' ? 'B' : 'A'}`
    assert.equal((await visitor.submit(`${app.issuer}${forged}`, { csrf })).status, 410)
    assert.equal((await visitor.submit(`${app.issuer}${path}`, { csrf: 'no' })).status, 403)
    assert.equal((await other.now()).recovery?.stoppedAt, undefined)
    await visitor.act(path)
    assert.ok((await other.now()).recovery?.stoppedAt)
    assert.equal((await person.now()).recovery?.stoppedAt, undefined)
  })

  it('H15: stopped while the new password is being written it is not set', async () => {
    const person = await app.aPerson()
    await aYearLater()
    await afterCode(person.email)
    clock.advance(73 * hour)
    const { features } = app
    const handle = await features.recovery.begin({ email: person.email, company: null, language: 'en' })
    await features.recovery.prove(handle, await app.code(person.email))
    const { stillFree } = (await features.recovery.chosen(handle, 'unified')).gate
    const { credentialEpoch } = await person.now()
    await features.recoveries.stop({ kind: 'person', person: person.id })
    const late = { password: fresh, how: 'recovered' as const, epoch: credentialEpoch, mayRecover: stillFree }
    await assert.rejects(() => features.setPassword({ kind: 'person', person: person.id }, late), /code-expired/)
    assert.equal((await person.now()).credentialEpoch, credentialEpoch)
    await assert.rejects(() => features.recovery.complete(handle, 'unified', fresh), /code-expired/)
    assert.equal(await opens(person.email), undefined)
  })

  it('H15: its letters leave from the log, however the process died after the commit, and once', async () => {
    const person = await app.aPerson()
    await aYearLater()
    const seen = await person.now()
    const recovery = { address: person.email, op: 'recovery:1', since: Date.now(), until: Date.now() + 72 * hour }
    const entry = { op: 'recovery:1', kind: 'recovery-waits' as const, at: Date.now(), recovery }
    // The commit, and nothing after it.
    await app.features.people.commit(seen, {
      set: { recovery },
      log: [{ ...entry, actor: { kind: 'person', id: person.id } }],
    })
    assert.equal((await lettersTo(person.email)).length, 1)
    await app.settled()
    assert.equal((await lettersTo(person.email)).length, 1)
    await aVisitor(app.issuer).act(await stopPath(person.email))
    assert.ok((await person.now()).recovery?.stoppedAt)
  })

  it('H15: while it waits the owner’s sharing and sessions go on; their account pages say so and stop it', async () => {
    const person = await app.aPerson({ links: ['mobile'] })
    await aYearLater()
    const owner = aVisitor(app.issuer)
    await owner.signIn(person)
    // As if that sign-in had been by another way than the password: what was begun after it still waits.
    await app.database.connection
      .collection('identifiers')
      .updateOne({ _id: `email:group:${person.email}` as never }, { $set: { provenAt: 0, usedAt: 0 } })
    await afterCode(person.email)
    const told = app.told.filter(({ kind }) => kind === 'events').length
    await owner.act('/account/details', { city: 'Umeå' })
    await app.settled()
    assert.ok(app.told.filter(({ kind }) => kind === 'events').length > told)
    assert.equal((await app.account(person.accounts.mobile ?? '')).copy.city, 'Umeå')
    const page = await owner.page('/account/security')
    assert.match(testIds(page, 'recovery-waits')[0] ?? '', /Somebody has asked for a new password/)
    const stopped = await owner.act('/account/security', {}, '/account/security/stop-recovery')
    assert.match(readable(stopped), /The new password is stopped/)
    assert.ok((await person.now()).recovery?.stoppedAt)
  })

  it('H15: *End all other sessions* ends what waits as well', async () => {
    const person = await app.aPerson()
    await aYearLater()
    const [owner, another] = [aVisitor(app.issuer), aVisitor(app.issuer)]
    await owner.signIn(person)
    await another.signIn(person)
    await app.features.recoveries.begin({ kind: 'person', person: person.id }, person.email)
    await owner.act('/account/security', {}, '/account/security/end-others')
    assert.ok((await person.now()).recovery?.stoppedAt)
  })

  it('H15: a separate account’s own address waits at its company, and nothing else of anybody does', async () => {
    const own = await app.aSeparateAccount('games')
    await aYearLater()
    const told = app.told.length
    const asked = await afterCode(own.email, 'games-arcade')
    assert.match(waits(asked), /From /)
    assert.ok(isHeld(await setAnyhow(asked, 'own')))
    assert.equal(await opens(own.email, 'games'), undefined)
    const [letter] = await lettersTo(own.email, 'account-recovery-waits')
    assert.match(letter?.text ?? '', /password for your account at Games/)
    assert.equal(app.told.length, told)
    clock.advance(73 * hour)
    const { traveller, page } = await afterCode(own.email, 'games-arcade')
    await traveller.act(page, '/recover/password', { password: fresh })
    assert.equal(await opens(own.email, 'games'), 'account')
    assert.equal((await app.account(own.account)).recovery, undefined)
  })

  it('H15: a separate account’s own password, or its letter, stops it too', async () => {
    const own = await app.aSeparateAccount('games')
    await aYearLater()
    await afterCode(own.email, 'games-arcade')
    await aVisitor(app.issuer).act(await stopPath(own.email, 'account-recovery-waits'))
    assert.ok((await app.account(own.account)).recovery?.stoppedAt)
    await afterCode(own.email, 'games-arcade')
    assert.equal((await app.account(own.account)).recovery?.stoppedAt, undefined)
    await app.features.authentication.authenticate(own.email, own.password, 'games')
    assert.ok((await app.account(own.account)).recovery?.stoppedAt)
  })

  it('H15: of two sign-ins by one address the one that is chosen waits, by a button', async () => {
    const person = await app.aPerson()
    const own = await app.aSeparateAccount('games', { email: person.email })
    await aYearLater()
    const asked = await afterCode(person.email, 'games-arcade')
    assert.match(readable(asked.page), /Which password/)
    assert.equal((await person.now()).recovery, undefined)
    const form = await asked.traveller.open(asked.page, '/recover/password?which=own')
    assert.equal((await app.account(own.account)).recovery, undefined, 'a page that is opened begins nothing')
    const begun = await asked.traveller.act(form, '/recover/wait')
    assert.match(testIds(begun, 'recovery-waits')[0] ?? '', /From /)
    assert.ok((await app.account(own.account)).recovery)
    assert.equal((await person.now()).recovery, undefined)
  })

  it('H15: what is erased or closed keeps nothing of it', async () => {
    const [person, own] = [await app.aPerson(), await app.aSeparateAccount('games')]
    await aYearLater()
    await afterCode(person.email)
    await afterCode(own.email, 'games-arcade')
    await app.features.erasePerson.erase(person.id)
    const actor = { kind: 'account' as const, id: own.account }
    await app.features.closures.close(await app.account(own.account), { kind: 'at-once' }, actor)
    await app.settled()
    for (const held of [await person.now(), await app.account(own.account)]) {
      assert.equal(held.recovery, undefined)
      assert.ok(!JSON.stringify(held).includes('@'))
    }
    assert.equal(await app.database.connection.collection('undoOffers').countDocuments({}), 0)
  })
})
