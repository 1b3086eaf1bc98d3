import assert from 'node:assert/strict'
import { reportLeftBehind } from '../../src/lib/left-behind.ts'
import { detailsOf } from '../../src/people/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { aDesk } from '../world/desk.ts'
import { aCompany, aService, declared } from '../world/group.ts'
import { fieldsOf, testIds } from '../world/pages.ts'
import { aRegistration, aTraveller } from '../world/traveller.ts'
import { aVisitor } from '../world/visitor.ts'

const [written, right, wrong] = ['+46 (0)70 123 45 67', '+46701234567', '+460701234567']
const details = '/account/details'

const phones = aCompany({ id: 'mobile' })
phones.release = {
  ...phones.release,
  receives: ['name', 'email', 'birthdate', 'address', 'phone_number'],
  requires: ['givenName', 'familyName', 'email', 'phone'],
}

describe('a zero in brackets after a country’s code is never dialled (K1)', () => {
  let app: TestApp
  beforeEach(async () => {
    app = await aTestApp({
      config: {
        companies: [
          declared(phones, [aService('mobile', 'mobile-site', 'https://mobile.example', { events: undefined })]),
        ],
      } as object,
    })
  })
  afterEach(() => app.close())

  const kept = async (id: Parameters<typeof app.features.people.get>[0]) =>
    detailsOf((await app.features.people.get(id))!)
  const copyOf = async (account: string | undefined) => {
    await app.settled()
    return (await app.account(account ?? '')).copy.phone
  }
  /** As an earlier version kept it. */
  const keptWrong = async () => {
    const person = await app.aPerson({ links: ['mobile'], details: { phone: right } })
    const stored = await app.features.people.get(person.id)
    const [source = ''] = Object.keys(stored?.fields.phone ?? {})
    await app.database.connection
      .collection<{ _id: string }>('people')
      .updateOne({ _id: person.id }, { $set: { [`fields.phone.${source}.value`]: wrong } })
    await app.features.accounts.change(person.accounts.mobile as never, () => ({ set: { 'copy.phone': wrong } }))
    assert.equal((await kept(person.id)).phone, wrong)
    return person
  }

  it('K1: on the details page, by its holder', async () => {
    const person = await app.aPerson({ links: ['mobile'] })
    const visitor = aVisitor(app.issuer)
    await visitor.signIn(person)
    await visitor.act(details, { phone: written })
    assert.equal((await kept(person.id)).phone, right)
    assert.equal(await copyOf(person.accounts.mobile), right)
  })

  it('K1: at a registration that asks for it', async () => {
    const traveller = aTraveller(app)
    const form = await traveller.open(await traveller.go('mobile-site'), '/create')
    const email = 'maja@new.example'
    const asked = await traveller.act(form, '/create', aRegistration(email, { phone: written }))
    await traveller.act(asked, '/create/code', { code: await app.code(email) })
    await app.settled()
    const [account] = await app.features.accounts.ofCompany('mobile', '', 10)
    assert.equal(account?.copy.phone, right)
    assert.equal((await kept(account?.link?.person as never)).phone, right)
  })

  it('K1: by a company over SCIM', async () => {
    const person = await app.aPerson({ links: ['mobile'] })
    const { subject } = await app.account(person.accounts.mobile!)
    const answer = await fetch(`${app.issuer}/scim/mobile/Users/${encodeURIComponent(subject)}`, {
      method: 'PATCH',
      headers: {
        authorization: `Bearer ${await app.companyToken('mobile')}`,
        'content-type': 'application/scim+json',
      },
      body: JSON.stringify({
        schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
        Operations: [{ op: 'replace', path: 'phoneNumbers', value: { value: written } }],
      }),
    })
    assert.equal(answer.status, 200)
    assert.equal((await kept(person.id)).phone, right)
    assert.equal(await copyOf(person.accounts.mobile), right)
  })

  it('K1: by support, for whoever calls', async () => {
    const person = await app.aPerson({ links: ['mobile'] })
    const desk = aDesk(app)
    const agent = await desk.aMember('mobile', 'support')
    const id = await desk.aProvenCase(agent, person.email)
    await desk.corrections.correct(agent, id, { phone: written }, { phone: null })
    assert.equal((await kept(person.id)).phone, right)
    assert.equal(await copyOf(person.accounts.mobile), right)
  })

  it('K1: kept wrong before, it is counted, offered on *Details* and changed only when its holder saves it', async () => {
    const person = await keptWrong()
    assert.match(await reportLeftBehind(app.features.leftBehind, []), /^K1: 1 phone numbers(?!.*npm run)/m)
    const visitor = aVisitor(app.issuer)
    await visitor.signIn(person)
    const page = await visitor.page(details)
    assert.match(testIds(page, 'mended-phone').join(), /\+460701234567.*\+46701234567/)
    assert.equal((await kept(person.id)).phone, wrong)

    assert.equal(fieldsOf(page, details).phone, right)
    const saved = await visitor.submit(app.issuer + details, fieldsOf(page, details))
    assert.match(saved.next ?? '', /done=saved/)
    assert.equal((await kept(person.id)).phone, right)
    assert.equal(await copyOf(person.accounts.mobile), right)
    assert.deepEqual(testIds(await visitor.page(details), 'mended-phone'), [])
    assert.match(await reportLeftBehind(app.features.leftBehind, []), /^K1: 0 /m)
  })

  it('K1: a separate account’s number is counted and offered to its holder alike', async () => {
    const own = await app.aSeparateAccount('mobile', { details: { phone: right } })
    await app.features.accounts.change(own.account, () => ({ set: { 'copy.phone': wrong, 'own.phone': wrong } }))
    assert.match(await reportLeftBehind(app.features.leftBehind, []), /^K1: 1 /m)
    const visitor = aVisitor(app.issuer)
    await visitor.signInAt('mobile-site', 'https://mobile.example/callback', own)
    const page = await visitor.page(details)
    const saved = await visitor.submit(app.issuer + details, fieldsOf(page, details))
    assert.match(saved.next ?? '', /done=saved/)
    assert.equal((await app.account(own.account)).copy.phone, right)
  })

  it('K1: a number that is right, an Italian one among them, is offered nothing', async () => {
    const person = await app.aPerson({ details: { phone: '+390669821234' } })
    const visitor = aVisitor(app.issuer)
    await visitor.signIn(person)
    const page = await visitor.page(details)
    assert.equal(page.status, 200)
    assert.deepEqual(testIds(page, 'mended-phone'), [])
    assert.match(await reportLeftBehind(app.features.leftBehind, []), /^K1: 0 /m)
  })
})
