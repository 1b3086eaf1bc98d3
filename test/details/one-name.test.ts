import assert from 'node:assert/strict'
import { normalizeDetail } from '../../src/details/index.ts'
import { isAppError } from '../../src/lib/errors.ts'
import { detailsOf } from '../../src/people/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { aDesk } from '../world/desk.ts'
import { fieldsOf } from '../world/pages.ts'
import { aRegistration, aTraveller, password } from '../world/traveller.ts'
import { aVisitor } from '../world/visitor.ts'

const details = '/account/details'

describe('somebody with one name (U13)', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp()
  })
  after(() => app.close())

  type PersonId = Parameters<typeof app.features.people.get>[0]
  const kept = async (id: PersonId) => detailsOf((await app.features.people.get(id))!)

  const atForm = async () => {
    const traveller = aTraveller(app)
    return { traveller, form: await traveller.open(await traveller.go('games-arcade'), '/create') }
  }

  const patch = async (subject: string, operation: object) =>
    fetch(`${app.issuer}/scim/mobile/Users/${encodeURIComponent(subject)}`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${await app.companyToken('mobile')}`, 'content-type': 'application/scim+json' },
      body: JSON.stringify({ schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations: [operation] }),
    })

  it('U13: registers by a tick, is called by that name, and is asked no other by the next company', async () => {
    const { traveller, form } = await atForm()
    const email = 'suharto@new.example'
    const one = aRegistration(email, { givenName: 'Suharto', familyName: '', onlyOneName: 'on' })
    const asked = await traveller.act(form, '/create', one)
    await traveller.act(asked, '/create/code', { code: await app.code(email) })
    const { person } = (await app.features.authentication.authenticate(email, password, null)) as { person: PersonId }
    assert.deepEqual([(await kept(person)).givenName, (await kept(person)).familyName], ['Suharto', null])
    const link = await traveller.go('mobile-store')
    assert.equal(link.status, 200)
    assert.doesNotMatch(link.text, /id="f-familyName"/)
  })

  it('U13: nobody forgets a family name: empty without the tick, or written beside it, is told at its field', async () => {
    for (const [familyName, onlyOneName] of [
      ['', undefined],
      ['Holm', 'on'],
      ['-', undefined],
    ] as const) {
      const { traveller, form } = await atForm()
      const changes = { familyName, ...(onlyOneName && { onlyOneName }) }
      const answer = await traveller.send(form, '/create', aRegistration('maja@new.example', changes))
      assert.equal(answer.again, true, familyName)
      assert.match(answer.text, /id="f-familyName-problem"/)
    }
    assert.equal(await app.code('maja@new.example'), '')
  })

  it('U13: under *Details* a family name goes by the tick alone, and a given name never', async () => {
    const person = await app.aPerson({ links: ['mobile'] })
    const visitor = aVisitor(app.issuer)
    await visitor.signIn(person)
    const { familyName } = await kept(person.id)
    const wrong: Record<string, string>[] = [
      { familyName: '' },
      { givenName: '' },
      { givenName: '-' },
      { onlyOneName: 'on' },
    ]
    for (const changes of wrong) {
      const answer = await visitor.send(details, changes)
      assert.equal(answer.again, true, JSON.stringify(changes))
    }
    assert.equal((await kept(person.id)).familyName, familyName)
    await visitor.act(details, { familyName: '', onlyOneName: 'on' })
    assert.equal((await kept(person.id)).familyName, null)
    assert.match((await visitor.page(details)).text, /name="onlyOneName" checked/)
    await app.settled()
    assert.equal((await app.account(person.accounts.mobile!)).copy.familyName, null)
  })

  it('U13: a company may clear a family name, never a given one; its support likewise', async () => {
    const person = await app.aPerson({ links: ['mobile'] })
    const { subject } = await app.account(person.accounts.mobile!)
    assert.equal((await patch(subject, { op: 'remove', path: 'name.familyName' })).status, 200)
    assert.equal((await kept(person.id)).familyName, null)
    const { givenName } = await kept(person.id)
    for (const operation of [
      { op: 'remove', path: 'name.givenName' },
      { op: 'replace', path: 'name.givenName', value: '' },
      { op: 'replace', path: 'name.givenName', value: '-' },
    ]) {
      const answer = await patch(subject, operation)
      assert.equal(answer.status, 400)
      assert.match(await answer.text(), /givenName/)
    }
    const desk = aDesk(app)
    const agent = await desk.aMember('mobile', 'support')
    const id = await desk.aProvenCase(agent, person.email)
    await assert.rejects(
      desk.corrections.correct(agent, id, { givenName: null }, { givenName: givenName ?? null }),
      (error) => isAppError(error, 'name-needed'),
    )
    assert.equal((await kept(person.id)).givenName, givenName)
  })

  it('U13: a postal code unlike its country’s is asked about once, and kept when it is meant; SCIM takes it', async () => {
    const person = await app.aPerson({ links: ['mobile'], details: { country: 'SE' } })
    const visitor = aVisitor(app.issuer)
    await visitor.signIn(person)
    const doubtful = await visitor.send(details, { postalCode: 'nowhere' })
    assert.equal(doubtful.again, true)
    assert.match(doubtful.text, /id="f-postalCode-problem"/)
    assert.notEqual((await kept(person.id)).postalCode, 'nowhere')
    await visitor.submit(app.issuer + details, fieldsOf(doubtful, details))
    assert.equal((await kept(person.id)).postalCode, 'nowhere')
    const { subject } = await app.account(person.accounts.mobile!)
    assert.equal(
      (await patch(subject, { op: 'replace', path: 'addresses.postalCode', value: 'elsewhere' })).status,
      200,
    )
    for (const right of ['11122', '111 22']) await visitor.act(details, { postalCode: right })
    assert.equal((await kept(person.id)).postalCode, '111 22')
  })

  it('U13: what is a name elsewhere is one here', () => {
    for (const name of ['D’Arcy-Jones', 'Q', '李', 'ʻAkauʻola']) assert.equal(normalizeDetail('givenName', name), name)
    for (const none of ['-', '.', '123', '– –'])
      assert.throws(
        () => normalizeDetail('familyName', none),
        (error) => isAppError(error, 'name-without-letters'),
      )
  })
})
