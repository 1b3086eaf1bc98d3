import assert from 'node:assert/strict'
import { detailsOf } from '../../src/people/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { aDesk } from '../world/desk.ts'
import { aCompany, aService, declared } from '../world/group.ts'
import { fieldsOf, readable } from '../world/pages.ts'
import { aRegistration, asTyped, aTraveller } from '../world/traveller.ts'
import { aVisitor } from '../world/visitor.ts'

const details = '/account/details'

const shop = aCompany({ id: 'mobile' })
shop.release = {
  ...shop.release,
  receives: ['name', 'email', 'birthdate', 'address', 'phone_number'],
  requires: ['givenName', 'familyName', 'email', 'phone', 'street', 'postalCode'],
}

/** What is written, as a form sends it, and what is kept of it. */
const rows = [
  {
    row: 'K4',
    country: 'SE',
    field: 'street',
    written: 'c/o Ek,  Torget 3 \r\n\r\n Flat 12 ',
    kept: 'c/o Ek, Torget 3\nFlat 12',
  },
  { row: 'K2', country: 'SE', field: 'phone', written: '070-123 45 67', kept: '+46701234567' },
  { row: 'K2', country: 'se', field: 'phone', written: '070-123 45 67', kept: '+46701234567' },
  { row: 'K2', country: 'MX', field: 'phone', written: '044 55 1234 5678', kept: '+525512345678' },
  { row: 'K2', country: 'SE', field: 'postalCode', written: '１１１　２２', kept: '111 22' },
] as const

const pathOf = { street: 'addresses.streetAddress', phone: 'phoneNumbers.value', postalCode: 'addresses.postalCode' }

describe('what people write is read as they mean it, by whichever entry point', () => {
  let app: TestApp
  let desk: ReturnType<typeof aDesk>
  before(async () => {
    app = await aTestApp({
      config: {
        companies: [
          declared(shop, [aService('mobile', 'mobile-site', 'https://mobile.example', { events: undefined })]),
        ],
      } as object,
    })
    desk = aDesk(app)
  })
  after(() => app.close())

  const keptOf = async (id: Parameters<typeof app.features.people.get>[0]) =>
    detailsOf((await app.features.people.get(id))!)
  const copyOf = async (account: string | undefined) => {
    await app.settled()
    return (await app.account(account ?? '')).copy
  }

  for (const { row, country, field, written, kept } of rows) {
    const stored = country.toUpperCase()
    it(`${row}: ${field} of ${country}, on the details page; sent again unchanged it is no change`, async () => {
      const person = await app.aPerson({ links: ['mobile'], details: { country: stored } })
      const visitor = aVisitor(app.issuer)
      await visitor.signIn(person)
      await visitor.act(details, { [field]: written })
      assert.equal((await keptOf(person.id))[field], kept)
      assert.equal((await copyOf(person.accounts.mobile))[field], kept)
      const shown = await visitor.page(details)
      const sent = Object.fromEntries(
        Object.entries(fieldsOf(shown, details)).map(([name, value]) => [name, value.replaceAll('\n', '\r\n')]),
      )
      const before = (await app.features.people.get(person.id))?.v
      await visitor.submit(app.issuer + details, sent)
      assert.equal((await app.features.people.get(person.id))?.v, before)
    })

    it(`${row}: ${field} of ${country}, at a registration`, async () => {
      const traveller = aTraveller(app)
      const form = await traveller.open(await traveller.go('mobile-site'), '/create')
      const email = `${field.toLowerCase()}-${country.toLowerCase()}@new.example`
      const all = { phone: '+46701234567', street: 'Torget 3', postalCode: '111 22', country, [field]: written }
      const asked = await traveller.act(form, '/create', aRegistration(email, all))
      await traveller.act(asked, '/create/code', { code: await app.code(email) })
      const { person } = (await app.features.authentication.authenticate(
        email,
        aRegistration(email).password,
        null,
      )) as {
        person: Parameters<typeof app.features.people.get>[0]
      }
      assert.equal((await keptOf(person))[field], kept)
    })

    it(`${row}: ${field} of ${country}, by a company over SCIM with the country beside it`, async () => {
      const person = await app.aPerson({ links: ['mobile'], details: { country: stored } })
      const { subject } = await app.account(person.accounts.mobile!)
      const answer = await fetch(`${app.issuer}/scim/mobile/Users/${encodeURIComponent(subject)}`, {
        method: 'PATCH',
        headers: {
          authorization: `Bearer ${await app.companyToken('mobile')}`,
          'content-type': 'application/scim+json',
        },
        body: JSON.stringify({
          schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
          Operations: [
            { op: 'replace', path: 'addresses.country', value: country },
            { op: 'replace', path: pathOf[field], value: written },
          ],
        }),
      })
      assert.equal(answer.status, 200)
      assert.equal((await keptOf(person.id))[field], kept)
    })

    it(`${row}: ${field} of ${country}, by support for whoever calls`, async () => {
      const person = await app.aPerson({ links: ['mobile'], details: { country: stored, street: 'Torget 1' } })
      const agent = await desk.aMember('mobile', 'support')
      const id = await desk.aProvenCase(agent, person.email)
      const { copy } = await app.account(person.accounts.mobile!)
      await desk.corrections.correct(agent, id, { [field]: written }, { [field]: copy[field] ?? null })
      assert.equal((await keptOf(person.id))[field], kept)
    })
  }

  it('K4: the lines of a street are one where a sentence names it, and two where a service reads it', async () => {
    const person = await app.aPerson({ links: ['mobile'] })
    const visitor = aVisitor(app.issuer)
    await visitor.signIn(person)
    await visitor.act(details, { street: 'Torget 3\r\nFlat 12' })
    assert.match(readable(await visitor.page(details)), /Torget 3, Flat 12/)
  })

  it('K2: a national number beside no country, or the wrong one, is refused at its field', async () => {
    const person = await app.aPerson({ links: ['mobile'], details: { country: 'US' } })
    const visitor = aVisitor(app.issuer)
    await visitor.signIn(person)
    const answer = await visitor.send(details, { phone: '070-123 45 67' })
    assert.match(answer.text, /id="f-phone-problem"/)
    assert.equal((await keptOf(person.id)).phone, undefined)
  })

  it('K2: the link page asks for a number as its person dials it, names their country’s code in any language, and reads it so', async () => {
    const person = await app.aPerson({ details: { country: 'SE', street: 'Torget 3', postalCode: '111 22' } })
    const traveller = aTraveller(app)
    const page = await traveller.act(await traveller.go('mobile-site'), '', asTyped(person))
    for (const language of ['en', 'sv', 'ja']) {
      const { text } = await traveller.visit(`${app.issuer}${traveller.baseOf(page)}?lang=${language}`)
      assert.match(text, /id="f-phone-hint">[^<]*\+46/, language)
    }
    await traveller.act(page, '/link', { phone: '070-123 45 67' })
    assert.equal((await keptOf(person.id)).phone, '+46701234567')
  })

  it('K2: the code beside a number is their own country’s, then that of the page’s company, then of the language', async () => {
    const hintOf = (page: { text: string }) => /id="f-phone-hint">([^<]*)/.exec(page.text)?.[1]
    const visitor = aVisitor(app.issuer)
    await visitor.signIn(await app.aPerson({ links: ['mobile'], details: { country: 'NO' } }))
    assert.match(hintOf(await visitor.page(`${details}?lang=ja`)) ?? '', /\+47/)
    const traveller = aTraveller(app)
    const begun = await traveller.open(await traveller.go('mobile-site'), '/create')
    assert.match(hintOf(await traveller.visit(`${begun.url}?lang=ja`)) ?? '', /\+46/)
    const nowhere = aVisitor(app.issuer)
    await nowhere.signIn(await app.aPerson({ links: ['mobile'], details: { country: null } }))
    assert.match(hintOf(await nowhere.page(`${details}?lang=ja`)) ?? '', /\+81/)
  })
})
