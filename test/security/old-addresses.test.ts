import assert from 'node:assert/strict'
import { type AdjustableClock, day, hour } from '../../src/lib/clock.ts'
import type { TestApp } from '../world/app.ts'
import { aDesk, refuses } from '../world/desk.ts'
import { fieldsOf, readable, testIds } from '../world/pages.ts'
import { aTimedApp } from '../world/timed-app.ts'
import { asTyped, aTraveller } from '../world/traveller.ts'
import { aVisitor } from '../world/visitor.ts'

const fresh = 'four umbrellas in a quiet field'
const link = '/account/services/link/games'

describe('every other door that an address alone opens waits where nobody has used it for a year (T10)', () => {
  let app: TestApp
  let clock: AdjustableClock
  beforeEach(async () => {
    ;({ app, clock } = await aTimedApp())
  })
  afterEach(() => app.close())

  const later = async (by: number) => {
    clock.advance(by)
    await app.features.oidc.tick()
    await app.settled()
  }
  /** Old, without the year: as the rows stand after it. */
  const asIfUnused = async (email: string) =>
    app.database.connection
      .collection('identifiers')
      .updateOne({ _id: `email:group:${email}` as never }, { $set: { provenAt: 0, usedAt: 0 } })

  /** An account from before that somebody linked and left; its way back is the address it had. */
  const aLeftAccount = async () => {
    const [person, own] = [await app.aPerson(), await app.aSeparateAccount('games')]
    const visitor = aVisitor(app.issuer)
    await visitor.signIn(person)
    const preview = await visitor.act(link, { email: own.email, password: own.password })
    await visitor.submit(`${app.issuer}${link}/preview`, fieldsOf(preview, `${link}/preview`))
    await visitor.act('/account/services/games/unlink', { keep: 'before' })
    await app.settled()
    assert.equal((await app.account(own.account)).signIn, null)
    return { person, own }
  }
  const recover = async (email: string) => {
    const traveller = aTraveller(app)
    const form = await traveller.open(await traveller.go('games-arcade'), '/recover')
    const code = await traveller.act(form, '/recover', { email })
    return { traveller, page: await traveller.act(code, '/recover/code', { code: await app.code(email) }) }
  }

  it('H15: an account without a way in since a link ended gets none at once, and its former holder can stop it', async () => {
    const { person, own } = await aLeftAccount()
    await later(366 * day)
    const asked = await recover(own.email)
    assert.equal(testIds(asked.page, 'recovery-waits').length, 1)
    assert.equal((await app.account(own.account)).signIn, null)
    await app.settled()
    for (const to of [own.email, person.email]) {
      const letters = (await app.features.mailer.mailbox?.list(to)) ?? []
      assert.equal(letters.filter(({ kind }) => kind === 'account-recovery-waits').length, 1, to)
    }
    await later(73 * hour)
    const { traveller, page } = await recover(own.email)
    assert.match(readable(page), /no password since it was unlinked/)
    await traveller.act(page, '/recover/password', { password: fresh })
    const after = await app.account(own.account)
    assert.deepEqual([after.signIn?.address, after.recovery], [own.email, undefined])
  })

  it('H15: one that is stopped while its way in is being made gets none', async () => {
    const { own } = await aLeftAccount()
    await later(366 * day)
    await recover(own.email)
    await later(73 * hour)
    const { features } = app
    const handle = await features.recovery.begin({ email: own.email, company: 'games', language: 'en' })
    await features.recovery.prove(handle, await app.code(own.email))
    const { stillFree } = (await features.recovery.chosen(handle, 'own')).gate
    await features.recoveries.stop({ kind: 'account', account: own.account })
    const account = await app.account(own.account)
    assert.equal(await features.separateLogins.giveWayIn(account, own.email, fresh, stillFree), undefined)
    assert.equal((await app.account(own.account)).signIn, null)
  })

  it('H15: *I have an account here* by a code links nothing yet, neither in a sign-in nor on the account pages', async () => {
    const own = await app.aSeparateAccount('games')
    await later(366 * day)
    const stranger = await app.aPerson()
    const traveller = aTraveller(app)
    const page = await traveller.act(await traveller.go('games-arcade'), '', asTyped(stranger))
    const existing = await traveller.open(page, '/by-code')
    const code = await traveller.act(existing, '/by-code', { email: own.email })
    const told = app.told.length
    const refused = await traveller.send(code, '/by-code/code', { code: await app.code(own.email) })
    assert.equal(refused.again, true)
    assert.match(
      readable(refused),
      /for more than 12 months.*From .* UTC , for seven days, a new code confirms that it is yours/,
    )
    const { recovery } = await app.account(own.account)
    assert.ok(recovery)
    const visitor = aVisitor(app.issuer)
    await visitor.signIn(stranger)
    await visitor.act(`${link}/by-code`, { email: own.email })
    const again = await visitor.send(`${link}/by-code/code`, { code: await app.code(own.email) })
    assert.equal(again.again, true)
    assert.match(readable(again), /From .* CES?T , for seven days, a new code confirms that it is yours/)
    assert.deepEqual((await app.account(own.account)).recovery, recovery, 'no sooner and no later')
    assert.equal((await app.account(own.account)).link, null)
    assert.equal(app.told.length, told)

    await later(73 * hour)
    const then = aVisitor(app.issuer)
    await then.signIn(stranger)
    await then.act(`${link}/by-code`, { email: own.email })
    const preview = await then.act(`${link}/by-code/code`, { code: await app.code(own.email) })
    assert.equal(testIds(preview, 'preview').length, 1)
    assert.equal((await app.account(own.account)).recovery, undefined, 'it is used up')
    await then.submit(`${app.issuer}${link}/preview`, fieldsOf(preview, `${link}/preview`))
    assert.equal((await app.account(own.account)).link?.person, stranger.id)
  })

  it('H15: support takes no code to such an address as proof of a caller', async () => {
    const person = await app.aPerson({ links: ['games'] })
    const own = await app.aSeparateAccount('games')
    const desk = aDesk(app)
    const agent = await desk.aMember('games', 'support')
    const [id, another] = [await desk.aCase(agent, person.email), await desk.aCase(agent, person.email)]
    await desk.proveCaller.sendCode(agent, another)
    const code = await app.code(person.email)
    await asIfUnused(person.email)
    await assert.rejects(() => desk.proveCaller.sendCode(agent, id), refuses('case-address-unused'))
    await assert.rejects(() => desk.proveCaller.checkCode(agent, another, code), refuses('case-address-unused'))
    assert.equal((await desk.seeCase.see(agent, another)).state, 'case open')
    await app.features.authentication.authenticate(person.email, person.password, null)
    await desk.proveCaller.sendCode(agent, id)
    await app.features.accounts.change(own.account, () => ({ set: { 'signIn.provenAt': 0 } }))
    await app.database.connection
      .collection('identifiers')
      .updateMany({ owner: own.account }, { $set: { provenAt: 0 } })
    const third = await desk.aCase(agent, own.email)
    await assert.rejects(() => desk.proveCaller.sendCode(agent, third), refuses('case-address-unused'))
  })

  it('H15: the letter of a link gives no way back by an address that somebody had to be stopped at', async () => {
    const own = await app.aSeparateAccount('games')
    await later(366 * day)
    await recover(own.email)
    const owner = await app.aPerson()
    const visitor = aVisitor(app.issuer)
    await visitor.signIn(owner)
    // Its password stops what waits, and links it.
    const preview = await visitor.act(link, { email: own.email, password: own.password })
    await visitor.submit(`${app.issuer}${link}/preview`, fieldsOf(preview, `${link}/preview`))
    await app.settled()
    assert.ok((await app.account(own.account)).recovery?.stoppedAt)
    const letters = (await app.features.mailer.mailbox?.list(own.email)) ?? []
    const text = letters.find(({ kind }) => kind === 'account-linked')?.text ?? ''
    const path = new URL(/http\S+\/undo\/\S+/.exec(text)?.[0] ?? 'http://no.example/').pathname
    const undone = await aVisitor(app.issuer).act(path)
    assert.equal(new URL(undone.url).pathname, '/undone')
    const after = await app.account(own.account)
    assert.deepEqual([after.link, after.signIn], [null, null])
    assert.equal(testIds((await recover(own.email)).page, 'recovery-waits').length, 1)
  })
})
