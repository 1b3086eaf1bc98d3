import assert from 'node:assert/strict'
import { hour, minute } from '../../src/lib/clock.ts'
import { createBruteForceProtection } from '../../src/limits/index.ts'
import { type Staff, totpOf } from '../../src/staff/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { aDesk, type Desk, refuses, staffPassword, totpNow } from '../world/desk.ts'

describe('the staff sign-in', () => {
  const realNow = Date.now
  let app: TestApp
  let desk: Desk
  let offset = 0
  const later = (milliseconds: number) => {
    offset += milliseconds
  }
  before(async () => {
    app = await aTestApp()
    desk = aDesk(app)
    Date.now = () => realNow() + offset
  })
  after(async () => {
    Date.now = realNow
    await app.close()
  })

  const half = async (member: Staff): Promise<string> => {
    const token = await desk.signIn.password(member._id, staffPassword)
    assert.ok(token)
    return token
  }
  const whole = async (member: Staff): Promise<string> => {
    const token = await desk.signIn.code(await half(member), totpNow())
    assert.ok(token)
    return token
  }

  it('is whole only after password and code; half a session opens nothing (S7-a)', async () => {
    const member = await desk.aMember('games', 'support')
    const token = await half(member)
    assert.equal(await desk.signIn.session(token), undefined)
    const full = await desk.signIn.code(token, totpNow())
    assert.notEqual(full, token, 'a new token at each step (fixation)')
    assert.equal((await desk.signIn.session(full))?._id, member._id)
    assert.equal(await desk.signIn.session(token), undefined)
    assert.equal(await desk.signIn.session('made-up'), undefined)
  })

  it('is apart from whatever sign-in the same human has as a customer (T15)', async () => {
    const member = await desk.aMember('games', 'support')
    const person = await app.aPerson({ email: member._id, links: ['games'] })
    assert.equal(await desk.signIn.password(member._id, person.password), undefined)
    assert.ok(await half(member))
  })

  it('answers the same for a wrong password and an unknown address, at the cost of one verification each', async () => {
    const member = await desk.aMember('games', 'support')
    const count = () => app.features.passwords.verifications()
    for (const email of [member._id, 'nobody@games.example', 'not an address', '']) {
      const before = count()
      assert.equal(await desk.signIn.password(email, 'wrong'), undefined)
      assert.equal(count() - before, 1)
    }
  })

  it('takes each time step once, of however many who come with it at the same moment', async () => {
    const member = await desk.aMember('games', 'support')
    const tokens = await Promise.all(Array.from({ length: 6 }, () => half(member)))
    const code = totpNow()
    const entered = await Promise.all(tokens.map((token) => desk.signIn.code(token, code)))
    assert.equal(entered.filter(Boolean).length, 1)
    later(minute)
    assert.equal(await desk.signIn.code(await half(member), code), undefined, 'a code that was used')
    assert.equal(await desk.signIn.code(await half(member), totpNow(-3)), undefined, 'a code of long ago')
    assert.ok(await desk.signIn.code(await half(member), totpNow(1)))
    assert.equal(await desk.signIn.code(await half(member), totpNow()), undefined, 'a step before one that was used')
  })

  it('counts wrong passwords and codes before it looks at them, and not those that are right (CVE-2023-47111)', async () => {
    const member = await desk.aMember('games', 'support')
    for (let times = 0; times < 12; times++) await half(member)
    const guesses = await Promise.allSettled(
      Array.from({ length: 40 }, () => desk.signIn.password(member._id, 'a wrong guess')),
    )
    const looked = guesses.filter(({ status }) => status === 'fulfilled')
    assert.equal(looked.length, 10)
    await assert.rejects(() => desk.signIn.password(member._id, staffPassword), refuses('too-many-attempts'))

    const other = await desk.aMember('games', 'support')
    const token = await half(other)
    const codes = await Promise.allSettled(Array.from({ length: 40 }, () => desk.signIn.code(token, '000000')))
    assert.equal(codes.filter(({ status }) => status === 'fulfilled').length, 10)
    await assert.rejects(() => desk.signIn.code(token, totpNow()), refuses('too-many-attempts'))
  })

  it('takes a hundred wrong passwords and codes a day at most, however patiently they are spread (§3)', async () => {
    const [one, other] = [await desk.aMember('games', 'support'), await desk.aMember('games', 'support')]
    const looked = { passwords: 0, codes: 0 }
    const count = (what: keyof typeof looked) => () => void looked[what]++
    for (let times = 0; times < 15; times++) {
      const token = await half(other)
      for (let each = 0; each < 10; each++) {
        await desk.signIn.password(one._id, 'wrong').then(count('passwords'), () => {})
        await desk.signIn.code(token, '000000').then(count('codes'), () => {})
      }
      later(30 * minute)
    }
    assert.deepEqual(looked, { passwords: 100, codes: 100 })
  })

  it('is kept from no agent by guesses of strangers: their own browser is counted apart (A 6.1.1, CVE-2026-19607)', async () => {
    const member = await desk.aMember('games', 'support')
    const device = desk.signIn.browserToken(member)
    for (let times = 0; times < 10; times++) await desk.signIn.password(member._id, 'a stranger’s guess')
    await assert.rejects(() => desk.signIn.password(member._id, staffPassword), refuses('too-many-attempts'))
    const own = { network: '198.51.100.7/32', device }
    assert.ok(await desk.signIn.password(member._id, staffPassword, own))
    const other = await desk.aMember('games', 'support')
    for (let times = 0; times < 10; times++) await desk.signIn.password(other._id, 'a guess', own)
    await assert.rejects(() => desk.signIn.password(other._id, staffPassword, own), refuses('too-many-attempts'))
    const asCustomer = createBruteForceProtection({ limits: app.features.limits, key: new Uint8Array(32) })
    assert.equal(await asCustomer.lockedFor(member._id), 0)
  })

  it('H6: an agent’s browser is known under their access and password of today, beside a colleague’s who share it', async () => {
    const [member, other] = [await desk.aMember('games', 'support'), await desk.aMember('games', 'support')]
    const device = desk.signIn.browserToken(other, desk.signIn.browserToken(member))
    const own = { network: '198.51.100.8/32', device }
    for (const { _id } of [member, other]) {
      for (let times = 0; times < 10; times++) await desk.signIn.password(_id, 'a stranger’s guess')
      assert.ok(await desk.signIn.password(_id, staffPassword, own))
    }
    const changed = await desk.staff.commit(member, { epoch: member.epoch + 1 })
    assert.ok(changed)
    await assert.rejects(() => desk.signIn.password(member._id, staffPassword, own), refuses('too-many-attempts'))
    assert.ok(await desk.signIn.password(other._id, staffPassword, own))
  })

  it('ends after 15 minutes without a request, and after 8 hours at all', async () => {
    const member = await desk.aMember('games', 'support')
    const idle = await whole(member)
    later(14 * minute)
    assert.ok(await desk.signIn.session(idle))
    later(14 * minute)
    assert.ok(await desk.signIn.session(idle))
    later(15 * minute)
    assert.equal(await desk.signIn.session(idle), undefined)

    const busy = await whole(member)
    for (let spent = 0; spent < 8 * hour - 10 * minute; spent += 10 * minute) {
      later(10 * minute)
      assert.ok(await desk.signIn.session(busy))
    }
    later(10 * minute)
    assert.equal(await desk.signIn.session(busy), undefined)
  })

  it('waits five minutes for the code', async () => {
    const member = await desk.aMember('games', 'support')
    const token = await half(member)
    later(5 * minute)
    assert.equal(await desk.signIn.awaitsCode(token), false)
    await assert.rejects(() => desk.signIn.code(token, totpNow()), refuses('staff-sign-in-again'))
  })

  it('is over the moment access is taken or roles change, in the middle of whatever is done', async () => {
    const [chief, member] = [await desk.aMember('games', 'administrator'), await desk.aMember('games', 'support')]
    const token = await whole(member)
    await desk.manageStaff.setRoles(chief, member._id, ['privacy'])
    assert.equal(await desk.signIn.session(token), undefined)
    later(minute)
    const again = await whole(member)
    await desk.manageStaff.setRoles(chief, member._id, [])
    assert.equal(await desk.signIn.session(again), undefined)
    assert.equal(await desk.signIn.password(member._id, staffPassword), undefined)
  })

  it('is made by who was invited: code to the address, password, authenticator; by nobody else (T19)', async () => {
    const chief = await desk.aMember('games', 'administrator')
    await desk.manageStaff.setRoles(chief, 'New.Agent@games.example', ['support'])
    const address = 'new.agent@games.example'
    const handle = await desk.joinStaff.beginJoining(address, 'en')
    await assert.rejects(() => desk.joinStaff.completeJoining(handle, 'x', '000000'), refuses('code-expired'))
    const joining = await desk.joinStaff.proveJoining(handle, await app.code(address))
    assert.equal(joining?.staff, address)
    const code = totpOf(joining?.totp ?? '', 'staff').generate({ timestamp: Date.now() })
    await assert.rejects(() => desk.joinStaff.completeJoining(handle, 'the password', '12'), refuses('code-wrong'))
    await desk.joinStaff.completeJoining(handle, 'the password of somebody new', code)
    await assert.rejects(() => desk.joinStaff.completeJoining(handle, 'another', code), refuses('code-expired'))
    assert.equal((await desk.staff.get(address))?.status, 'active')
    assert.ok(await desk.signIn.password(address, 'the password of somebody new'))

    const stranger = await desk.joinStaff.beginJoining('stranger@mail.example', 'en')
    assert.equal(await desk.joinStaff.proveJoining(stranger, await app.code('stranger@mail.example')), undefined)
  })

  it('is on record, tried and done, at the company whose staff it is', async () => {
    const member = await desk.aMember('pictures', 'support')
    await desk.signIn.password(member._id, 'wrong')
    await desk.signIn.code(await half(member), '000000')
    await whole(member)
    const record = await desk.audit.search('pictures', { kind: 'agent', value: member._id }, 10)
    assert.deepEqual(
      record.map(({ action }) => action),
      ['signed-in', 'sign-in-failed', 'sign-in-failed'],
    )
  })
})
