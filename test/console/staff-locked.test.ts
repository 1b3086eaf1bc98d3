import assert from 'node:assert/strict'
import { cookieName } from '../../src/http/index.ts'
import { limitRules } from '../../src/limits/index.ts'
import type { Staff } from '../../src/staff/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { aDesk, type Desk, refuses, staffPassword, totpNow } from '../world/desk.ts'
import { documentOf, readable, tokenOf, wordsIn } from '../world/pages.ts'
import { aVisitor } from '../world/visitor.ts'

describe('an agent whom strangers’ guesses keep out', () => {
  let app: TestApp
  let desk: Desk
  before(async () => {
    app = await aTestApp()
    desk = aDesk(app)
  })
  after(() => app.close())

  const tried = (email: string, password = staffPassword) =>
    aVisitor(app.issuer).send('/console/sign-in', { email, password })
  const guessAt = async (email: string) => {
    for (let times = 0; times < limitRules['sign-in-address'].most; times++) await tried(email, 'a wrong guess')
  }
  const signedIn = async ({ _id: email }: Staff) => {
    const visitor = aVisitor(app.issuer)
    const begun = await visitor.act('/console/sign-in', { email, password: staffPassword })
    const entered = await visitor.submit(`${app.issuer}/console/sign-in/code`, {
      csrf: tokenOf(begun),
      code: totpNow(),
    })
    assert.equal(entered.status, 303)
    return visitor
  }

  it('S8: keeps the mark of their browser for as long as the page of cookies says, no session for longer', async () => {
    const member = await desk.aMember('games', 'support')
    const visitor = aVisitor(app.issuer)
    const begun = await visitor.act('/console/sign-in', { email: member._id, password: staffPassword })
    const { headers } = await visitor.submit(`${app.issuer}/console/sign-in/code`, {
      csrf: tokenOf(begun),
      code: totpNow(),
    })
    const isKept = (name: string) =>
      headers
        .getSetCookie()
        .find((set) => set.startsWith(cookieName(app.config, name)))
        ?.includes('expires=')
    assert.deepEqual([isKept('staff'), isKept('staff-device')], [false, true])
    const rows = documentOf(await visitor.page('/cookies'))
      .querySelectorAll('tbody tr')
      .map(wordsIn)
    const lasts = (name: string) => rows.find((row) => row.startsWith(cookieName(app.config, name)))
    assert.match(lasts('staff-device') ?? '', /^\S+ Recognises .* 400 days$/)
    assert.match(lasts('staff') ?? '', /Until they sign out, at most eight hours$/)
  })

  it('is told on the sign-in page what to do, in the words that anybody with any address is told (T19)', async () => {
    const member = await desk.aMember('games', 'support')
    const answers = []
    for (const email of [member._id, 'nobody@games.example']) {
      await guessAt(email)
      const answer = await tried(email)
      answers.push(readable(answer).replaceAll(email, ''))
      assert.equal(answer.status, 429)
      assert.equal(answer.headers.get('retry-after'), '900')
      assert.match(answer.text, new RegExp(`value="${email}"`), 'the address need not be typed again')
    }
    assert.match(answers[0] ?? '', /browser you have used before, ask an administrator of your company to unlock you/)
    assert.equal(answers[0], answers[1])
  })

  it('is unlocked by an administrator of their company, at once and on record', async () => {
    const [member, chief] = [await desk.aMember('games', 'support'), await desk.aMember('games', 'administrator')]
    await guessAt(member._id)
    for (const rule of ['staff-code', 'staff-code-day'] as const)
      for (let times = 0; times < limitRules[rule].most; times++) await app.features.limits.consume(rule, member._id)
    const visitor = await signedIn(chief)
    const page = await visitor.page('/console/staff')
    assert.match(readable(page), new RegExp(`Unlock ${member._id}`))
    assert.doesNotMatch(readable(page), new RegExp(`Unlock ${chief._id}`))
    const done = await visitor.submit(`${app.issuer}/console/staff/unlock`, { csrf: tokenOf(page), email: member._id })
    assert.match(readable(await visitor.visit(done.next ?? '')), /Unlocked\. They can sign in at once/)
    await signedIn(member)
    const [entry] = await desk.audit.search('games', { kind: 'agent', value: chief._id }, 1)
    assert.deepEqual([entry?.action, entry?.reason], ['staff-unlocked', member._id])
  })

  it('stays locked for whoever is nobody to them: another company’s administrator, a colleague, a lead', async () => {
    const member = await desk.aMember('games', 'support')
    const others = [
      await desk.aMember('mobile', 'administrator'),
      await desk.aMember('games', 'support-lead'),
      await desk.aMember('games', 'support'),
    ]
    await guessAt(member._id)
    const [elsewhere, lead, colleague] = others as [Staff, Staff, Staff]
    const { unlock } = desk.manageStaff
    await assert.rejects(() => unlock(elsewhere, member._id), refuses('staff-not-found'))
    await assert.rejects(() => unlock(elsewhere, 'nobody@games.example'), refuses('staff-not-found'))
    for (const one of [lead, colleague]) await assert.rejects(() => unlock(one, member._id), refuses('staff-not-yours'))
    assert.equal((await tried(member._id)).status, 429)
    assert.doesNotMatch(readable(await (await signedIn(elsewhere)).page('/console/staff')), new RegExp(member._id))
  })

  it('who mistypes the code too often is told so on the page of the code', async () => {
    const member = await desk.aMember('games', 'support')
    const visitor = aVisitor(app.issuer)
    const begun = await visitor.act('/console/sign-in', { email: member._id, password: staffPassword })
    for (let times = 0; times < limitRules['staff-code'].most; times++)
      await app.features.limits.consume('staff-code', member._id)
    const answer = await visitor.submit(`${app.issuer}/console/sign-in/code`, { csrf: tokenOf(begun), code: totpNow() })
    assert.equal(answer.status, 429)
    assert.match(readable(answer), /ask an administrator of your company/)
  })
})
