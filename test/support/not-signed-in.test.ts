import assert from 'node:assert/strict'
import { asPerson } from '../../src/accounts/index.ts'
import { type AdjustableClock, day, hour, minute, now } from '../../src/lib/clock.ts'
import type { Staff } from '../../src/staff/index.ts'
import { type HindranceFacts, hindrancesOf } from '../../src/support/hindrances.ts'
import type { TestApp } from '../world/app.ts'
import { aDesk, type Desk, refuses } from '../world/desk.ts'
import { aTimedApp } from '../world/timed-app.ts'

describe('why somebody is not signed in, as support sees it', () => {
  let clock: AdjustableClock
  let app: TestApp
  let desk: Desk
  let agent: Staff
  before(async () => {
    ;({ app, clock } = await aTimedApp())
    desk = aDesk(app)
    agent = await desk.aMember('games', 'support')
  })
  after(() => app.close())

  // Windows of limits begin with the hour: none ends in the middle of what is counted here.
  beforeEach(() => clock.advance(hour - (now() % hour)))

  const accountIn = async (id: string, staff = agent) => (await desk.seeCase.see(staff, id)).account!
  const told = async (id: string, staff = agent) =>
    (await accountIn(id, staff)).hindrances.map(({ what, cure = '' }) => [what, cure])
  /** Wrong passwords, each from another network. */
  const guess = async (address: string, times: number, first = 0) => {
    for (let i = first; i < first + times; i++) {
      const who = { address, network: `198.51.100.${i % 250}/32` }
      await app.features.bruteForceProtection.attempt(who, async () => undefined).catch(() => {})
    }
  }

  it('S4-5: tells nothing of who signs in without trouble, and each trouble with what cures it', async () => {
    const { email } = await app.aPerson({ links: ['games'] })
    const id = await desk.aCase(agent, email)
    assert.deepEqual(await told(id), [])

    await guess(email, 10)
    assert.deepEqual(await told(id), [['locked', 'unlocked']])
    await desk.actOnAccount.act(agent, id, 'unlocked')
    assert.deepEqual(await told(id), [])

    await app.features.recovery.begin({ email, company: null, language: 'en' })
    assert.deepEqual(await told(id), [['code-waits', 'code-resent']])
    for (let i = 0; i < 5; i++) await app.features.recovery.begin({ email, company: null, language: 'en' })
    assert.deepEqual(await told(id), [['letters-spent', '']])

    const marked = await desk.aProvenCase(agent, email)
    await desk.actOnAccount.act(agent, marked, 'marked-fraudulent')
    assert.deepEqual((await told(marked))[0], ['misused', 'fraud-cleared'])
  })

  it('S4-5: an account without a way in, one on its way to closure and a closed one say so', async () => {
    const person = await app.aPerson({ links: ['games'] })
    const { links } = app.features
    const id = await desk.aCase(agent, person.email)
    await links.unlink(person.id, 'games', { keep: 'before', actor: { kind: 'person', id: person.id } })
    assert.deepEqual((await told(id))[0], ['no-way-in', ''])
    const at = Date.UTC(2030, 0, 1)
    const closing = { ...facts({}), account: { ...anAccount, status: 'closing' as const, closing: { since: 1, at } } }
    assert.deepEqual(hindrancesOf(closing), [{ what: 'closing', until: at }])
    assert.deepEqual(hindrancesOf({ ...closing, account: { ...anAccount, status: 'closed' } }), [{ what: 'closed' }])
  })

  it('T15: what is about their address, or a way in that somebody began, is told once the caller is proven', async () => {
    const person = await app.aPerson({ links: ['games'] })
    const { addressChanges } = app.features
    const handle = await addressChanges.begin(asPerson(person.id), 'newer@mail.example')
    const id = await desk.aCase(agent, person.email)
    assert.deepEqual(await told(id), [['code-waits', 'code-resent']], 'that it is for another address is not said')
    const proven = await desk.aProvenCase(agent, person.email)
    assert.deepEqual(await told(proven), [['address-unconfirmed', 'code-resent']])
    await addressChanges.complete(asPerson(person.id), handle, await app.code('newer@mail.example'))
    await app.settled()
    assert.deepEqual((await told(proven))[0]?.[0], 'address-moved')
    const unproven = await desk.aCase(agent, 'newer@mail.example')
    assert.deepEqual(await told(unproven), [])
    const waiting = { address: 'old@mail.example', op: 'o', since: 1, until: 2 * day }
    const recovering = facts({ recovery: waiting })
    assert.deepEqual(hindrancesOf({ ...recovering, isProven: false }), [])
    assert.deepEqual(hindrancesOf(recovering), [{ what: 'recovery-waits', until: 2 * day }])
    assert.deepEqual(hindrancesOf(facts({ addresses: ['another@mail.example'] })), [{ what: 'other-address' }])
  })

  it('H10: is the same of who is linked elsewhere and who is not, and names no other company', async () => {
    const seen = []
    for (const links of [['games'], ['games', 'mobile']]) {
      const { email } = await app.aPerson({ links })
      await guess(email, 10)
      await app.features.recovery.begin({ email, company: null, language: 'en' })
      const { hindrances, attempts } = await accountIn(await desk.aCase(agent, email))
      seen.push({ hindrances, attempts: attempts.map(({ what, count }) => ({ what, count })) })
    }
    assert.deepEqual(seen[1], seen[0])
    assert.doesNotMatch(JSON.stringify(seen), /mobile/i)
  })

  it('wrong passwords and wrong codes stand in what happened, with how many and since when', async () => {
    const { email } = await app.aPerson({ links: ['games'] })
    const id = await desk.aCase(agent, email)
    assert.deepEqual((await accountIn(id)).attempts, [])
    await guess(email, 3)
    const handle = await app.features.recovery.begin({ email, company: null, language: 'en' })
    const wrong = (await app.code(email)) === '000000' ? '000001' : '000000'
    await assert.rejects(() => app.features.recovery.prove(handle, wrong), refuses('code-wrong'))
    const { attempts } = await accountIn(id)
    assert.deepEqual(
      attempts.map(({ what, count }) => [what, count]),
      [
        ['passwords', 3],
        ['codes', 1],
      ],
    )
    assert.ok(attempts.every(({ at }) => at % day === 0))
  })

  it('T15: however often support is asked to unlock, no more is guessed in a day than a stranger may', async () => {
    const { id: person, email } = await app.aPerson({ links: ['games'] })
    const id = await desk.aCase(agent, email)
    let looked = 0
    const guessTen = async () => {
      for (let i = 0; i < 12; i++) {
        const who = { address: email, network: `198.51.100.${i}/32` }
        const look = async () => {
          looked += 1
          return undefined
        }
        await app.features.bruteForceProtection.attempt(who, look).catch(() => {})
      }
    }
    const acts: string[] = []
    for (let i = 0; i < 12; i++) {
      await guessTen()
      await desk.actOnAccount.act(agent, id, 'unlocked').then(
        () => acts.push('unlocked'),
        (error) => acts.push(error.code),
      )
    }
    assert.deepEqual(acts.slice(0, 7), [...Array(6).fill('unlocked'), 'too-many-attempts'])
    assert.equal(looked, 70, 'ten for each unlock and before')
    for (let i = 0; i < 3; i++) {
      clock.advance(31 * minute)
      await guessTen()
    }
    assert.equal(looked, 100)
    assert.deepEqual(await told(id), [['locked-today', 'recovery-started']])
    await assert.rejects(() => desk.actOnAccount.act(agent, id, 'unlocked'), refuses('unlock-no-more'))
    const read = (await desk.readBy(person)).filter(({ act }) => act === 'unlocked')
    assert.equal(read.length, 6, 'they read each one, and none that was refused')
    assert.equal((await desk.audited('games', id)).filter((act) => act === 'unlocked').length, 6)
  })

  it('T15: an unlock gives nobody more wrong codes than a mailbox has in a day', async () => {
    const { email } = await app.aPerson({ links: ['games'] })
    const id = await desk.aCase(agent, email)
    const { limits } = app.features
    for (let i = 0; i < 100; i++) await limits.consume('code-tried-address', email)
    assert.deepEqual(await told(id), [['codes-locked', '']])
    await desk.actOnAccount.act(agent, id, 'unlocked')
    assert.deepEqual(await told(id), [['codes-locked', '']])
  })

  it('T15: codes that support sends, or sends again, are ten a day for one account, and for one newcomer’s address', async () => {
    const { email } = await app.aPerson({ links: ['games'] })
    const id = await desk.aCase(agent, email)
    const { limits, recovery } = app.features
    const { account } = (await desk.cases.get(id))!
    for (let i = 0; i < 9; i++) await limits.consume('support-code', account!)
    await desk.proveCaller.sendCode(agent, id)
    await assert.rejects(() => desk.proveCaller.sendCode(agent, id), refuses('too-many-attempts'))
    await recovery.begin({ email, company: null, language: 'en' })
    await assert.rejects(() => desk.actOnAccount.act(agent, id, 'code-resent'), refuses('too-many-attempts'))
    const newcomer = () => desk.resendCode.toNewcomer(agent, id, 'nobody@new.example')
    for (let i = 0; i < 10; i++) await newcomer()
    await assert.rejects(newcomer, refuses('too-many-attempts'), 'told of an address where nobody registers, too')
    const elsewhere = await desk.aMember('mobile', 'support')
    const there = await desk.aCase(elsewhere)
    await desk.resendCode.toNewcomer(elsewhere, there, 'nobody@new.example')
  })

  const anAccount = { status: 'open' as const, link: null, signIn: {} as never, copy: { email: 'old@mail.example' } }
  /** Of a proven caller's account with a sign-in of its own, and nothing the matter. */
  const facts = (holder: Partial<HindranceFacts['holder']>): HindranceFacts => ({
    account: anAccount,
    holder: { held: undefined, recovery: undefined, addresses: ['old@mail.example'], ...holder },
    devices: [],
    lockedFor: 0,
    isLockedToday: false,
    areCodesLocked: false,
    areLettersSpent: false,
    cameBackSince: undefined,
    waiting: undefined,
    isProven: true,
    at: 1,
  })
})
