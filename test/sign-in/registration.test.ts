import assert from 'node:assert/strict'
import type { Company } from '../../src/companies/index.ts'
import { type AdjustableClock, adjustableClock, day } from '../../src/lib/clock.ts'
import type { Database } from '../../src/storage/index.ts'
import type { TestApp } from '../world/app.ts'
import { aCountedApp } from '../world/counted.ts'
import { aCompany, aPartner, aService, declared } from '../world/group.ts'
import { fieldsOf, readable, testIds, tokenOf } from '../world/pages.ts'
import { aRegistration, asTyped, aTraveller, password, type Traveller } from '../world/traveller.ts'

const operatorOfPhone: Company['ownFields'][number] = {
  id: 'operator',
  label: { en: 'Mobile operator' },
  reason: { en: 'To set up your phone.' },
  basis: 'consent',
  type: 'text',
  required: false,
}

const companies = [aCompany({ id: 'mobile', ownFields: [operatorOfPhone] }), aCompany({ id: 'games' })].map((company) =>
  declared(
    company,
    [aService(company.id, `${company.id}-site`, `https://${company.id}.example`, { events: undefined })],
    company.id === 'games' ? [aPartner('games', 'leaderboard', 'https://leaderboard.example')] : [],
  ),
)

describe('somebody new', () => {
  let clock: AdjustableClock
  let app: TestApp
  let database: Database
  let seen: string[]
  before(async () => {
    clock = adjustableClock()
    ;({ app, database, seen } = await aCountedApp({ config: { companies } as object }))
  })
  after(async () => {
    clock.reset()
    await app.close()
  })

  const atForm = async (client = 'mobile-site', traveller: Traveller = aTraveller(app)) => {
    const page = await traveller.go(client)
    return { traveller, page, form: await traveller.open(page, '/create') }
  }

  const registered = async (email: string, changes: Record<string, string> = {}) => {
    const { traveller, form } = await atForm()
    const code = await traveller.act(form, '/create', aRegistration(email, changes))
    return { traveller, code, back: await traveller.act(code, '/create/code', { code: await app.code(email) }) }
  }

  const whoHas = (email: string) => app.features.authentication.authenticate(email, password, null)

  it('creates the sign-in and the account of the first company on one page, then enters a code (S1-a, S4-2)', async () => {
    const { form, traveller } = await atForm()
    assert.deepEqual(testIds(form, 'controller'), ['Example Mobile AB'])
    assert.match(testIds(form, 'shared-details')[0] ?? '', /given name.*birth date/i)
    const { csrf, policyVersion, shown, ...fields } = fieldsOf(form, `${traveller.baseOf(form)}/create`)
    assert.ok(csrf && policyVersion && shown)
    assert.deepEqual(Object.keys(fields).sort(), [
      ...['birthDate', 'country', 'email', 'familyName', 'givenName', 'own.operator', 'password'],
    ])
    assert.match(readable(form), /To set up your phone/)
    const { back } = await registered('maja@mail.example', { 'own.operator': 'Telia' })
    assert.equal(traveller.told(back), 'code')
    const proven = await whoHas('maja@mail.example')
    assert.ok(proven?.kind === 'person')
    const account = await app.features.links.accountAt(proven.person, 'mobile')
    assert.deepEqual(
      [account?.copy.givenName, account?.link?.policyVersion, account?.ownData],
      ['Maja', '1', { operator: 'Telia' }],
    )
  })

  it('is told beside each field what is wrong; everything is kept but the password', async () => {
    const { traveller, form } = await atForm()
    const wrong = { email: 'not an address', birthDate: '1994-02-31', country: 'ZZ', password: 'mobile123' }
    const answer = await traveller.send(form, '/create', aRegistration('x@mail.example', wrong))
    assert.equal(answer.again, true)
    const fields = fieldsOf(answer, `${traveller.baseOf(answer)}/create`)
    assert.deepEqual(
      [fields.email, fields.givenName, fields.familyName, fields.password],
      ['not an address', 'Maja', 'Holm', ''],
    )
    for (const field of Object.keys(wrong)) assert.match(answer.text, new RegExp(`id="f-${field}-problem"`), field)
    assert.doesNotMatch(answer.text, /mobile123/)
  })

  it('is nothing but a draft before the code; five wrong codes end it (T1, CVE-2023-47111)', async () => {
    const { traveller, form } = await atForm()
    const code = await traveller.act(form, '/create', aRegistration('tore@mail.example'))
    assert.equal(await whoHas('tore@mail.example'), undefined)
    const right = await app.code('tore@mail.example')
    const wrong = right === '000000' ? '000001' : '000000'
    const guesses = await Promise.all(
      Array.from({ length: 12 }, () => traveller.send(code, '/create/code', { code: wrong })),
    )
    assert.ok(guesses.every(({ again }) => again))
    assert.match(
      readable(await traveller.send(code, '/create/code', { code: right })),
      /expired, or was entered wrong too often/,
    )
    assert.equal(await whoHas('tore@mail.example'), undefined)
  })

  it('gets another code on asking, and the one before is no longer good', async () => {
    const { traveller, form } = await atForm()
    const code = await traveller.act(form, '/create', aRegistration('siv@mail.example'))
    const first = await app.code('siv@mail.example')
    const again = await traveller.act(code, '/create/send-again')
    assert.match(readable(again), /new code is on its way/)
    const second = await app.code('siv@mail.example')
    if (first !== second) assert.equal((await traveller.send(again, '/create/code', { code: first })).again, true)
    assert.equal(traveller.told(await traveller.act(again, '/create/code', { code: second })), 'code')
  })

  it('nobody’s mailbox is filled by asking for one code after another (U5)', async () => {
    const { traveller, form } = await atForm()
    const code = await traveller.act(form, '/create', aRegistration('flooded@mail.example'))
    for (let asked = 1; asked < 4; asked++) await traveller.act(code, '/create/send-again')
    const refused = await traveller.send(code, '/create/send-again')
    assert.equal(refused.again, true)
    assert.match(readable(refused), /No more codes can be sent/)
    const letters = await app.features.mailer.mailbox?.list('flooded@mail.example')
    assert.equal(letters?.length, 4)
  })

  it('is told where the code went, types it as their keyboard does, and corrects the address without beginning anew', async () => {
    const { traveller, form } = await atForm()
    const mistyped = await traveller.act(form, '/create', aRegistration('majja@mail.example'))
    assert.match(readable(mistyped), /to majja@mail\.example\./)
    const again = await traveller.open(mistyped, '/create')
    const written = fieldsOf(again, `${traveller.baseOf(again)}/create`)
    assert.deepEqual(
      [written.email, written.givenName, written.birthDate, written.country, written.password],
      ['majja@mail.example', 'Maja', '1994-05-06', 'SE', ''],
    )
    const code = await traveller.act(again, '/create', { email: 'majsan@mail.example', password })
    const right = await app.code('majsan@mail.example')
    const wide = [...right].map((digit) => String.fromCodePoint(digit.codePointAt(0)! + 0xfee0)).join('')
    const typed = ` ${wide.slice(0, 3)} ${wide.slice(3)} `
    assert.equal(traveller.told(await traveller.act(code, '/create/code', { code: typed })), 'code')
  })

  it('asks for no code that is spent: the page says so, and leads back to the beginning', async () => {
    const { traveller, form } = await atForm()
    const empty = await traveller.open(form, '/create/code')
    assert.equal(empty.status, 410)
    assert.match(readable(empty), /has expired.*Ask for a new code/)
  })

  it('sees the page where they stand after a reload or in another language, also of one that only answers a form', async () => {
    const { traveller, form } = await atForm()
    for (const end of ['/known?lang=sv', '/link?lang=sv', '/create/send-again?lang=sv']) {
      const there = await traveller.open(form, end)
      assert.equal(there.status, 303)
      assert.match(readable(await traveller.visit(there.next ?? '')), /Logga in/)
    }
  })

  it('T1: what a stranger began with one’s address is worth nothing once its owner has proven it', async () => {
    const victim = 'victim@mail.example'
    const { traveller: attacker, form } = await atForm()
    const planted = await attacker.act(form, '/create', aRegistration(victim, { password: 'the attacker knows it' }))
    await registered(victim)
    assert.equal(await app.features.authentication.authenticate(victim, 'the attacker knows it', null), undefined)
    assert.equal((await attacker.send(planted, '/create/code', { code: await app.code(victim) })).again, true)
    assert.equal((await whoHas(victim))?.kind, 'person')
  })

  it('CVE-2026-7507: the code opens nothing in another browser, nor in another sign-in of the same', async () => {
    const email = 'liv@mail.example'
    const { traveller, form } = await atForm()
    const code = await traveller.act(form, '/create', aRegistration(email))
    const other = aTraveller(app)
    const stolen = await other.post(code, '/create/code', { csrf: 'x', code: await app.code(email) })
    assert.equal(stolen.status, 410)
    const tab = await traveller.open(await traveller.go('games-site'), '/create/code')
    const typed = { csrf: tokenOf(code), code: await app.code(email) }
    assert.match(readable(await traveller.post(tab, '/create/code', typed)), /has expired/)
    assert.equal(await whoHas(email), undefined)
  })

  it('clicks twice: one person, one account, the same way on; going back, the code is spent (H1)', async () => {
    const email = 'twice@mail.example'
    const { traveller, form } = await atForm()
    const page = await traveller.act(form, '/create', aRegistration(email))
    const code = await app.code(email)
    const both = await Promise.all([1, 2].map(() => traveller.send(page, '/create/code', { code })))
    assert.deepEqual(
      both.map(({ status }) => status),
      [200, 200],
    )
    assert.match(readable(await traveller.send(page, '/create/code', { code })), /has expired/)
    const people = await database.connection
      .collection('people')
      .countDocuments({ identifiers: `email:group:${email}` })
    assert.equal(people, 1)
    const held = await app.features.accounts.ofCompany('mobile', '', 1000)
    assert.equal(held.filter(({ copy }) => copy.email === email).length, 1)
  })

  it('sees the link page instead when the policy changed meanwhile; a form of before registers nobody (S0)', async () => {
    const { traveller, form } = await atForm()
    const answer = await traveller.send(form, '/create', aRegistration('late@mail.example', { policyVersion: '0' }))
    assert.equal(answer.again, true)
    assert.match(readable(answer), /policy changed while this page was open/)
    assert.equal(await app.code('late@mail.example'), '')
  })

  it('comes by way of a partner application: registers first, then allows it on its own page (S3-c)', async () => {
    const { traveller, form } = await atForm('leaderboard')
    const code = await traveller.act(form, '/create', aRegistration('piet@mail.example'))
    const allow = await traveller.act(code, '/create/code', { code: await app.code('piet@mail.example') })
    assert.match(readable(allow), /Leaderboard Example Oy/)
    assert.equal(traveller.told(await traveller.act(allow, '/link')), 'code')
  })

  it('comes to the account pages without any company, and holds no account', async () => {
    const traveller = aTraveller(app)
    const page = await traveller.follow(`${app.issuer}/account`, () => false)
    const form = await traveller.open(page, '/create')
    assert.deepEqual(testIds(form, 'controller'), [])
    const code = await traveller.act(form, '/create', aRegistration('alone@mail.example'))
    const here = await traveller.act(code, '/create/code', { code: await app.code('alone@mail.example') })
    assert.equal(new URL(here.url).pathname, '/account')
  })

  describe('whose address is known already (T19)', () => {
    it('meets the same pages and statuses, gets one mail, and asks the store the same', async () => {
      const known = await app.aPerson()
      const walk = async (email: string) => {
        const { traveller, form } = await atForm()
        const mails = async () => (await app.features.mailer.mailbox?.list(email))?.length ?? 0
        const before = await mails()
        seen.length = 0
        const sent = await traveller.send(form, '/create', aRegistration(email))
        const asked = [...seen].sort()
        const page = await traveller.follow(sent.next ?? '', () => false)
        const texts = [sent.status, page.status, readable(page).replaceAll(email, '')]
        return { texts, asked, mails: (await mails()) - before }
      }
      const unknown = await walk('unknown@mail.example')
      assert.deepEqual(await walk(known.email), unknown)
      assert.equal(unknown.mails, 1)
      assert.ok(unknown.asked.includes('insertOne drafts'))
    })

    it('enters the code and that sign-in’s password, and goes on; nothing of the form reaches it', async () => {
      const known = await app.aPerson()
      const { traveller, back: page } = await registered(known.email, { password: 'something else entirely' })
      assert.match(readable(page), /already have a sign-in/)
      const wrong = await traveller.send(page, '/known', { password: 'something else entirely' })
      assert.match(readable(wrong), /is wrong/)
      const link = await traveller.act(wrong, '/known', { password: known.password })
      assert.equal(traveller.told(await traveller.act(link, '/link')), 'code')
      assert.equal((await app.features.links.accountAt(known.id, 'mobile'))?.copy.givenName, 'Ada')
    })
  })

  describe('too young (S11)', () => {
    it('is told kindly; nothing is kept, and the same browser tries no other date for a day', async () => {
      const { traveller, form } = await atForm()
      const year = new Date().getFullYear() - 15
      const young = aRegistration('kim@mail.example', { birthDate: `${year}-01-01` })
      seen.length = 0
      const answer = await traveller.send(form, '/create', young)
      assert.equal(answer.status, 403)
      assert.match(readable(answer), /16 and over/)
      assert.deepEqual(
        seen.filter((each) => !/limits|counters|interactions|sessions|artifacts/.test(each)),
        [],
      )
      const csrf = fieldsOf(form, `${traveller.baseOf(form)}/create`)
      const older = await traveller.post(form, '/create', { ...csrf, ...aRegistration('kim@mail.example') })
      assert.equal(older.status, 403)
      assert.equal((await atForm('games-site', traveller)).form.status, 403)
      assert.equal(await app.code('kim@mail.example'), '')
      assert.equal(traveller.told(await traveller.act(answer, '/not-now')), 'access_denied')
    })

    it('U14: a date that can only be a slip is told at its field, and locks nothing', async () => {
      const year = new Date().getFullYear()
      for (const birthDate of [`${year}-01-01`, `${year - 3}-06-01`, `${year - 122}-01-01`, `${year + 1}-01-01`]) {
        const { traveller, form } = await atForm()
        const slip = await traveller.send(form, '/create', aRegistration('slip@mail.example', { birthDate }))
        assert.equal(slip.again, true, birthDate)
        assert.match(slip.text, /id="f-birthDate-problem">Please check the year/)
        assert.equal((await traveller.open(form, '/create')).status, 200)
      }
    })

    it('U14: after a child’s date the page says until when, and whom to ask; after that another is taken', async () => {
      const { traveller, form } = await atForm()
      const birthDate = `${new Date().getFullYear() - 9}-01-01`
      const answer = await traveller.send(form, '/create', aRegistration('kid@mail.example', { birthDate }))
      assert.match(readable(answer), /enter another one in this browser from \d+ \w+ 20\d\d/)
      assert.match(answer.text, /mailto:support@example\.com/)
      assert.equal(await app.code('kid@mail.example'), '')
      clock.advance(2 * day)
      assert.equal((await atForm('mobile-site', traveller)).form.status, 200)
    })

    it('elsewhere an adult in another browser is not stopped by it', async () => {
      assert.equal((await atForm()).form.status, 200)
    })
  })

  it('CVE-2023-6787: who is to prove themselves anew registers nobody in their place', async () => {
    const person = await app.aPerson({ links: ['mobile'] })
    const traveller = aTraveller(app)
    await traveller.act(await traveller.go('mobile-site'), '', asTyped(person))
    const again = await traveller.go('mobile-site', { prompt: 'login' })
    assert.equal((await traveller.open(again, '/create')).status, 410)
  })

  it('is told on the same page when too many codes were sent to the address, with all that was filled in', async () => {
    const { traveller, form } = await atForm()
    let answer = form
    for (let sent = 0; sent < 7; sent++)
      answer = await traveller.send(
        form,
        '/create',
        aRegistration(sent % 2 ? 'full@mail.example' : 'FULL@mail.example.'),
      )
    assert.equal(answer.status, 429)
    assert.ok(Number(answer.headers.get('retry-after')) > 0)
    assert.equal(fieldsOf(answer, `${traveller.baseOf(answer)}/create`).familyName, 'Holm')
    assert.equal((await app.features.mailer.mailbox?.list('full@mail.example'))?.length, 6)
  })
})
