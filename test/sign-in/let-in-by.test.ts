import assert from 'node:assert/strict'
import { asAccount, asPerson, type PrincipalId, principalKey } from '../../src/accounts/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { movedAddress } from '../world/moved-address.ts'
import { fieldsOf } from '../world/pages.ts'
import { aRegistration, asTyped, aTraveller } from '../world/traveller.ts'
import { aVisitor } from '../world/visitor.ts'

const fresh = 'four umbrellas in a quiet field'

describe('what let somebody in is kept with the session, and counted (S4-7, S3-b)', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp()
  })
  after(() => app.close())

  const methodsOf = async (id: PrincipalId) => {
    const sessions = app.database.connection.collection('sessions')
    const found = await sessions
      .find({ principal: principalKey(id) })
      .sort({ usedAt: 1 })
      .toArray()
    return found.map(({ amr }) => amr)
  }
  /** Of the figures of this month, which ways in are counted at all. */
  const counted = async () => {
    await app.settled()
    const rows = await app.database.connection.collection('statisticsCounted').find({}).toArray()
    return new Set(rows.flatMap(({ in: marks = {} }) => Object.keys(marks)).filter((mark) => mark.startsWith('method')))
  }
  const has = async (method: string) => [...(await counted())].some((mark) => mark.endsWith(method))
  const toGames = async (traveller: ReturnType<typeof aTraveller>) => traveller.go('games-arcade')

  it('S4-7: a registration and a recovery by their code, a sign-in by its password', async () => {
    assert.equal(await has('password'), false)
    const person = await app.aPerson({ links: ['games'] })
    const byPassword = aTraveller(app)
    await byPassword.act(await toGames(byPassword), '', asTyped(person))
    assert.deepEqual(await methodsOf(asPerson(person.id)), [['pwd']])
    assert.deepEqual([await has('password'), await has('code')], [true, false])

    const lost = aTraveller(app)
    const form = await lost.open(await toGames(lost), '/recover')
    const page = await lost.act(form, '/recover', { email: person.email })
    const chosen = await lost.act(page, '/recover/code', { code: await app.code(person.email) })
    assert.equal(lost.told(await lost.act(chosen, '/recover/password', { password: fresh })), 'code')
    assert.deepEqual((await methodsOf(asPerson(person.id))).at(-1), ['otp'])
    assert.equal(await has('code'), true)

    const email = 'maja.holm@mail.example'
    const maja = aTraveller(app)
    const create = await maja.open(await toGames(maja), '/create')
    const code = await maja.act(create, '/create', aRegistration(email))
    await maja.act(code, '/create/code', { code: await app.code(email) })
    const [made] = await app.features.authentication.holdersOf(email, null)
    assert.ok(made?.kind === 'person')
    assert.deepEqual(await methodsOf(asPerson(made.person)), [['otp']])
  })

  it('S4-7: a separate account by the code it was opened with; the password asked anew is what counts from then on', async () => {
    const email = 'own@mail.example'
    const own = aTraveller(app)
    const person = await app.aPerson()
    const link = await own.act(await toGames(own), '', asTyped(person))
    const separate = await own.open(link, '/separate')
    const code = await own.act(separate, '/separate', aRegistration(email))
    await own.act(code, '/separate/code', { code: await app.code(email) })
    const [made] = await app.features.authentication.holdersOf(email, 'games')
    assert.ok(made?.kind === 'account')
    const id = asAccount(made.account)
    assert.deepEqual(await methodsOf(id), [['otp']])
    await app.anHourLater(made.account)
    const visitor = aVisitor(app.issuer)
    const { password } = aRegistration(email)
    await visitor.signInAt('games-arcade', `${app.urlOf('games-arcade')}/callback`, { email, password })
    assert.deepEqual((await methodsOf(id)).at(-1), ['pwd'])
  })

  it('S4-7: a new address is proven by its code, and then the password by itself', async () => {
    const person = await app.aPerson({ links: ['games'] })
    const visitor = aVisitor(app.issuer)
    await visitor.signIn(person)
    const moved = movedAddress(() => app)
    await moved.move(visitor, 'moved@mail.example')
    assert.deepEqual(await methodsOf(asPerson(person.id)), [['otp']])
    await app.anHourLater(person.id)
    const asked = await visitor.send('/account/details', { birthDate: '1991-01-01' })
    assert.deepEqual(await methodsOf(asPerson(person.id)), [['otp']], 'nothing is proven yet')
    const fields = { ...fieldsOf(asked, '/account/details'), proofPassword: person.password }
    await visitor.submit(`${app.issuer}/account/details`, fields)
    assert.deepEqual(await methodsOf(asPerson(person.id)), [['pwd']])
  })
})
