import assert from 'node:assert/strict'
import { now } from '../../src/lib/clock.ts'
import { limitRules } from '../../src/limits/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { fieldsOf } from '../world/pages.ts'
import { asTyped, aTraveller, type Traveller } from '../world/traveller.ts'

const fresh = 'four umbrellas in a quiet field'
const { most } = limitRules['sign-in-address']

describe('a browser that somebody signed in with before', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp()
  })
  after(() => app.close())

  const signIn = async (browser: Traveller, who: { email: string; password: string }) =>
    browser.act(await browser.go('games-arcade', { prompt: 'login' }), '', asTyped(who))

  /** Somebody who registered two hours ago: new browsers are written of. */
  const aPerson = async () => {
    const person = await app.aPerson({ links: ['games'] })
    await app.database.connection
      .collection('people')
      .updateOne({ _id: person.id as never }, { $set: { createdAt: now() - 2 * 3_600_000 } })
    return person
  }

  const lettersOf = async (email: string): Promise<string[]> => {
    await app.settled()
    return ((await app.features.mailer.mailbox?.list(email)) ?? []).map(({ kind }) => kind)
  }
  const newSignIns = async (email: string) => (await lettersOf(email)).filter((kind) => kind === 'new-sign-in').length

  const recover = async (email: string): Promise<Traveller> => {
    const browser = aTraveller(app)
    const form = await browser.open(await browser.go('games-arcade'), '/recover')
    const page = await browser.act(form, '/recover', { email })
    const proven = await browser.act(page, '/recover/code', { code: await app.code(email) })
    assert.equal(browser.told(await browser.act(proven, '/recover/password', { password: fresh })), 'code')
    return browser
  }

  const lockedOutAt = async (email: string, browser = aTraveller(app)): Promise<boolean> => {
    const page = await browser.go('games-arcade')
    for (let guess = 0; guess < most; guess++) await browser.send(page, '', { email, password: `guess ${guess}` })
    return (await browser.send(page, '', { email, password: 'one more' })).status === 429
  }

  it('H6: is known no more after a recovery: its next sign-in is written of', async () => {
    const person = await aPerson()
    const thief = aTraveller(app)
    await signIn(thief, person)
    await signIn(thief, person)
    assert.equal(await newSignIns(person.email), 1)
    const owner = await recover(person.email)
    await signIn(owner, { ...person, password: fresh })
    assert.equal(await newSignIns(person.email), 1, 'the browser of the recovery is known')
    await signIn(thief, { ...person, password: fresh })
    assert.equal(await newSignIns(person.email), 2)
  })

  it('H6: cannot keep the owner out after a recovery with what it kept', async () => {
    const person = await aPerson()
    const thieves = [aTraveller(app), aTraveller(app)]
    for (const thief of thieves) await signIn(thief, person)
    const owner = await recover(person.email)
    for (const thief of thieves) await lockedOutAt(person.email, thief)
    assert.equal(owner.told(await signIn(owner, { ...person, password: fresh })), 'code')
    assert.equal(await app.features.limits.isReached('sign-in-devices-day', person.email), false)
  })

  it('H6: stays known where its owner chose another password, and only there', async () => {
    const person = await aPerson()
    const [here, there] = [aTraveller(app), aTraveller(app)]
    await signIn(here, person)
    await signIn(there, person)
    const action = '/account/security/password'
    const page = await here.visit(app.issuer + action)
    await here.submit(app.issuer + action, { ...fieldsOf(page, action), password: fresh })
    const before = await newSignIns(person.email)
    await signIn(here, { ...person, password: fresh })
    assert.equal(await newSignIns(person.email), before)
    await signIn(there, { ...person, password: fresh })
    assert.equal(await newSignIns(person.email), before + 1)
  })

  it('H6: stays known where its owner moved to another address', async () => {
    const person = await aPerson()
    const here = aTraveller(app)
    await signIn(here, person)
    const email = `moved-${person.email}`
    const page = await here.visit(`${app.issuer}/account/details`)
    await here.submit(`${app.issuer}/account/details`, { ...fieldsOf(page, '/account/details'), email })
    const action = '/account/details/address'
    const asked = await here.visit(app.issuer + action)
    await here.submit(app.issuer + action, { ...fieldsOf(asked, action), code: await app.code(email) })
    await signIn(here, { email, password: person.password })
    assert.equal(await newSignIns(email), 0)
  })

  it('H6: is known to each of a family who use it', async () => {
    const family = [await aPerson(), await aPerson(), await aPerson()]
    const browser = aTraveller(app)
    for (const { email, password } of family) {
      await browser.act(await browser.go('games-arcade'), '', { email, password }).catch(() => undefined)
      await browser.submit(`${app.issuer}/account/sign-out`, {
        ...fieldsOf(await browser.visit(`${app.issuer}/account/security`), '/account/sign-out'),
      })
    }
    for (const person of family) {
      assert.equal(await lockedOutAt(person.email), true)
      assert.equal(browser.told(await browser.act(await browser.go('games-arcade'), '', asTyped(person))), 'code')
      assert.equal(await newSignIns(person.email), 1)
      await browser.submit(`${app.issuer}/account/sign-out`, {
        ...fieldsOf(await browser.visit(`${app.issuer}/account/security`), '/account/sign-out'),
      })
    }
  })
})
