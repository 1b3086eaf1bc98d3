import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { asPerson } from '../../src/accounts/index.ts'
import { isAppError } from '../../src/lib/errors.ts'
import { limitRules } from '../../src/limits/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { aDesk } from '../world/desk.ts'
import { readable } from '../world/pages.ts'
import { aRegistration, aTraveller } from '../world/traveller.ts'

const { most } = limitRules['code-sent-address']
const refused = (error: unknown) => isAppError(error, 'too-many-attempts')
const [stranger, owner, third] = ['198.51.100.7', '203.0.113.9', '192.0.2.5']

describe('the letters that an address is sent because somebody asked', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp({ config: { trustedProxies: ['127.0.0.0/8', '::1/128'] } })
  })
  after(() => app.close())
  beforeEach(() => app.features.limits.clear())

  /** In a browser that was never here before. */
  const recover = async (email: string, from: string) => {
    const traveller = aTraveller(app, from)
    const form = await traveller.open(await traveller.go('games-arcade'), '/recover')
    return { traveller, page: await traveller.act(form, '/recover', { email }) }
  }
  const register = async (email: string, from: string) => {
    const traveller = aTraveller(app, from)
    const form = await traveller.open(await traveller.go('games-arcade'), '/create')
    return { traveller, page: await traveller.act(form, '/create', aRegistration(email)) }
  }
  const isSent = ({ page }: { page: { url: string } }) => page.url.endsWith('/code')
  const waiting = (of: string) => app.database.connection.collection('drafts').countDocuments({ of })
  const letters = async (to: string) => ((await app.features.mailer.mailbox?.list(to)) ?? []).length

  it('H11: one stranger who goes on asking leaves the owner, in a new browser elsewhere, the last of the hour', async () => {
    const person = await app.aPerson()
    const before = await letters(person.email)
    for (let asked = 1; asked < most; asked++) assert.ok(isSent(await recover(person.email, stranger)))
    const [begun, sent] = [await waiting(person.email), await letters(person.email)]
    assert.equal(sent - before, most - 1)
    for (let asked = 0; asked < 3; asked++) {
      const { page } = await recover(person.email, stranger)
      assert.match(readable(page), /Too many attempts/)
    }
    assert.deepEqual([await waiting(person.email), await letters(person.email)], [begun, sent], 'nothing is begun')
    const own = await recover(person.email, owner)
    const set = await own.traveller.act(own.page, '/recover/code', { code: await app.code(person.email) })
    assert.match(readable(set), /Choose a new password/)
    assert.ok(!isSent(await recover(person.email, third)), 'and no more than that')
  })

  it('H11: in IPv6 a stranger has one network after another, and leaves the owner the last of the hour all the same', async () => {
    for (const [ask, email] of [
      [recover, (await app.aPerson()).email],
      [register, 'h11-sites@mail.example'],
    ] as const) {
      for (let asked = 1; asked < most; asked++) assert.ok(isSent(await ask(email, `2001:db8:7:${asked}::9`)))
      const sent = await letters(email)
      for (let asked = most; asked < most + 3; asked++)
        assert.match(readable((await ask(email, `2001:db8:7:${asked}::9`)).page), /Too many attempts/)
      assert.equal(await letters(email), sent, 'no letter more')
      assert.ok(isSent(await ask(email, '2001:db8:8:1::9')))
    }
  })

  it('H11: an address that strangers had recovered, to its last letter, still registers, and the other way round', async () => {
    const [one, other] = ['h11-one@mail.example', 'h11-other@mail.example']
    for (let asked = 0; asked < most; asked++) await recover(one, asked ? stranger : third)
    assert.ok(!isSent(await recover(one, owner)))
    const made = await register(one, owner)
    const done = await made.traveller.act(made.page, '/create/code', { code: await app.code(one) })
    assert.equal(made.traveller.told(done), 'code')
    for (let asked = 0; asked < most; asked++) await register(other, asked ? stranger : third)
    assert.ok(!isSent(await register(other, owner)))
    assert.ok(isSent(await recover(other, owner)))
  })

  it('H11: another code for something begun counts where the first one did', async () => {
    const { traveller, page } = await recover('h11-again@mail.example', stranger)
    for (let asked = 2; asked < most; asked++) await recover('h11-again@mail.example', stranger)
    const again = await traveller.act(page, '/recover/send-again')
    assert.match(readable(again), /Too many attempts/)
    assert.ok(isSent(await recover('h11-again@mail.example', owner)))
  })

  it('H11: each purpose of a letter is counted by itself, whoever sends it', async () => {
    const email = 'h11-kinds@mail.example'
    const { registration, recovery, separateLogins, support } = app.features
    const details = { givenName: 'Ada', email }
    const asked = { details, password: 'a lamp for each of them', language: 'en' as const }
    const doors = {
      registration: () => registration.begin({ ...asked, company: 'Games' }),
      recovery: () => recovery.begin({ email, company: 'games', language: 'en' }),
      separate: () => separateLogins.beginSeparate({ ...asked, company: 'games', companyName: 'Games', ownData: {} }),
      staff: () => support.joinStaff.beginJoining(email, 'en'),
    }
    for (const [name, begin] of Object.entries(doors)) {
      for (let sent = 0; sent < most; sent++) await begin()
      await assert.rejects(begin(), refused, name)
    }
  })

  it('H11: a new address that is refused leaves the code that waits for an earlier one as good as it was', async () => {
    const person = await app.aPerson()
    const { addressChanges, limits } = app.features
    const handle = await addressChanges.begin(asPerson(person.id), 'h11-new@mail.example')
    const code = await app.code('h11-new@mail.example')
    for (let sent = 0; sent < most; sent++)
      await limits.consume('code-sent-address', 'address-change h11-other@mail.example')
    await assert.rejects(() => addressChanges.begin(asPerson(person.id), 'h11-other@mail.example'), refused)
    assert.ok(await addressChanges.complete(asPerson(person.id), handle, code))
  })

  it('H11: support writes down no code that was not sent', async () => {
    const desk = aDesk(app)
    const agent = await desk.aMember('games', 'support')
    const person = await app.aPerson({ links: ['games'] })
    const id = await desk.aCase(agent, person.email)
    for (let sent = 0; sent < most; sent++) await desk.proveCaller.sendCode(agent, id)
    await assert.rejects(() => desk.proveCaller.sendCode(agent, id), refused)
    const written = await desk.audited('games', id)
    assert.equal(written.filter((action) => action === 'code-sent').length, most)
  })

  it('H11: no place in the code goes round it', () => {
    const src = join(import.meta.dirname, '../../src')
    const filesWith = (what: RegExp) =>
      globSync('**/*.ts', { cwd: src })
        .filter((file) => what.test(readFileSync(join(src, file), 'utf8')))
        .sort()
    const helper = 'credentials/sent-codes.ts'
    assert.deepEqual(filesWith(/'code-sent-(address|from|device)'/), [helper, 'limits/limit-rules.ts'])
    assert.deepEqual(filesWith(/createSentCodes\(/), ['credentials/one-time-codes.ts'], 'who counts makes the codes')
    // What is stored with a digest waits for a code; what is stored without one never had any.
    const stored = filesWith(/verifications\.(insert|renew)\(/)
    const withCode = stored.filter(
      (file) => !/verifications\.insert\([\s\S]*?codeDigest: ''/.test(readFileSync(join(src, file), 'utf8')),
    )
    assert.deepEqual(withCode, ['credentials/one-time-codes.ts'])
    const codes = readFileSync(join(src, 'credentials/one-time-codes.ts'), 'utf8')
    const counted = codes.match(/sent\.count\(\{/g)?.length
    assert.equal(counted, codes.match(/await sendMail\(/g)?.length, 'each letter with a code is counted')
  })
})
