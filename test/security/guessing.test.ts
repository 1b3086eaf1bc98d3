import assert from 'node:assert/strict'
import { isAppError } from '../../src/lib/errors.ts'
import { createBruteForceProtection } from '../../src/limits/index.ts'
import type { TestApp } from '../world/app.ts'
import type { Visit } from '../world/browser.ts'
import { aCountedApp } from '../world/counted.ts'
import { aDesk, type Desk, refuses } from '../world/desk.ts'
import { fieldsOf } from '../world/pages.ts'
import { aVisitor } from '../world/visitor.ts'

const isLimited = (error: unknown): boolean => isAppError(error, 'too-many-attempts')

describe('guessing', () => {
  let app: TestApp
  let seen: string[]
  let desk: Desk
  before(async () => {
    ;({ app, seen } = await aCountedApp())
    desk = aDesk(app)
  })
  after(() => app.close())

  const wrong = (code: string): string => (code === '000000' ? '000001' : '000000')

  /** As many wrong codes as one that was asked for takes. */
  const useUp = async (begin: () => Promise<string>, check: (handle: string, code: string) => Promise<unknown>) => {
    // A patient one, to whom as many letters are sent as they like.
    for (const kind of ['recovery', 'registration'])
      await app.features.limits.reset('code-sent-address', `${kind} guessed.at@mail.example`)
    const handle = await begin()
    const guess = wrong(await app.code('guessed.at@mail.example'))
    const codes = await Promise.allSettled(Array.from({ length: 5 }, () => check(handle, guess)))
    return codes.filter(
      ({ status, ...rest }) => status === 'rejected' && !isLimited((rest as { reason: unknown }).reason),
    ).length
  }

  it('at codes from the mail ends at a hundred a day for one mailbox, whatever they were sent for (CVE-2024-32868, CVE-2025-64102)', async () => {
    const { recovery, registration } = app.features
    const person = await app.aPerson({ email: 'guessed.at@mail.example' })
    const recover = () => recovery.begin({ email: person.email, company: null, language: 'en' })
    const details = { email: person.email, givenName: 'Eve', familyName: 'L' }
    const register = () =>
      registration.begin({ details, password: 'a patient burglar', language: 'en', company: 'Games' })
    let looked = 0
    for (let times = 0; times < 11; times++) {
      looked += await useUp(recover, recovery.prove)
      looked += await useUp(register, registration.complete)
    }
    assert.equal(looked, 100)
    await app.features.limits.reset('code-sent-address', `recovery ${person.email}`)
    const handle = await recover()
    await assert.rejects(recovery.prove(handle, await app.code(person.email)), isLimited)
    await createBruteForceProtection({ limits: app.features.limits, key: new Uint8Array(32) }).unlock(person.email)
    assert.equal((await recovery.prove(handle, await app.code(person.email))).length, 1)
  })

  it('is not what somebody does who types it right, however often', async () => {
    const { recovery } = app.features
    const person = await app.aPerson()
    for (let times = 0; times < 3; times++) {
      const handle = await recovery.begin({ email: person.email, company: null, language: 'en' })
      const code = await app.code(person.email)
      await assert.rejects(recovery.prove(handle, wrong(code)), refuses('code-wrong'))
      assert.equal((await recovery.prove(handle, code)).length, 1)
    }
    const counted = await app.database.connection
      .collection('limits')
      .find({ count: 3, _id: /^code-tried-address/ as never })
      .toArray()
    assert.equal(counted.length, 1, 'the three wrong ones')
  })

  it('letters at somebody by asking for the same code again ends where asking for new ones does (§3)', async () => {
    const { registration } = app.features
    const email = 'flooded@mail.example'
    const details = { email, givenName: 'Eve', familyName: 'L' }
    const handle = await registration.begin({ details, password: 'a loud burglar', language: 'en', company: 'Games' })
    const again = await Promise.allSettled(Array.from({ length: 20 }, () => registration.sendAgain(handle, 'en')))
    assert.equal(again.filter(({ status }) => status === 'fulfilled').length, 5, 'the sixth was the first of all')
  })

  it('at a new address’s spelling buys no further letters: it is one mailbox (§3, §5)', async () => {
    const person = await app.aPerson()
    const visitor = aVisitor(app.issuer)
    await visitor.signIn(person)
    const page = await visitor.page('/account/details')
    const { csrf = '' } = fieldsOf(page, '/account/details')
    const statuses: number[] = []
    for (const email of ['a@new.example', 'A@new.example', ' a@NEW.example', 'a@new.example.', 'ａ@new.example'])
      for (let times = 0; times < 2; times++)
        statuses.push((await visitor.submit(`${app.issuer}/account/details/address/offered`, { csrf, email })).status)
    assert.deepEqual(statuses, [...Array(6).fill(303), ...Array(4).fill(429)])
  })

  describe('who is on staff', () => {
    const at = async (path: string, fields: Record<string, string>): Promise<{ answer: Visit; asked: string[] }> => {
      const visitor = aVisitor(app.issuer)
      const own = fieldsOf(await visitor.page(path), path)
      seen.length = 0
      const answer = await visitor.submit(app.issuer + path, { ...own, ...fields })
      // The record of a failure is written beside the answer.
      return { answer, asked: seen.filter((each) => !/audit|subject/i.test(each)).sort() }
    }
    const told = ({ answer, asked }: Awaited<ReturnType<typeof at>>, email: string) => ({
      status: answer.status,
      again: answer.again,
      text: answer.text.replaceAll(email, 'ADDRESS').replaceAll(/[\w-]{22,}/g, 'ID'),
      asked,
    })

    it('shows neither in the answer to a password nor in what the store is asked (T19)', async () => {
      const member = await desk.aMember('games', 'support')
      const email = 'nobody@games.example'
      const password = 'not the password at all'
      const known = told(await at('/console/sign-in', { email: member._id, password }), member._id)
      assert.equal(known.again, true)
      assert.deepEqual(told(await at('/console/sign-in', { email, password }), email), known)
    })

    it('shows neither when somebody joins (T19)', async () => {
      const chief = await desk.aMember('games', 'administrator')
      await desk.manageStaff.setRoles(chief, 'invited@games.example', ['support'])
      const known = told(await at('/console/join', { email: 'invited@games.example' }), 'invited@games.example')
      assert.equal(known.status, 303)
      for (const email of [chief._id, 'stranger@games.example'])
        assert.deepEqual(told(await at('/console/join', { email }), email), known)
    })
  })
})
