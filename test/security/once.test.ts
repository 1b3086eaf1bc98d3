import assert from 'node:assert/strict'
import { asPerson } from '../../src/accounts/index.ts'
import { policyInForce } from '../../src/companies/index.ts'
import { detailNames } from '../../src/details/index.ts'
import { totpOf } from '../../src/staff/index.ts'
import type { Connection } from '../../src/storage/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { openTestDatabase } from '../world/database.ts'
import { aDesk, type Desk, refuses, staffPassword, totpNow } from '../world/desk.ts'
import { slowly } from '../world/slow-database.ts'

const racers = 8
const newer = 'a fresh password for a race'

/** What may be used once, used by eight at the same moment and once more later, behind a database that is far away. */
describe('what may be used once is used once (Z1, CVE-2025-46815)', () => {
  let app: TestApp
  let desk: Desk
  let close: () => Promise<void>
  before(async () => {
    const database = await openTestDatabase()
    const far = slowly(database.connection, 5) as Connection
    app = await aTestApp({ database: { ...database, connection: far } })
    desk = aDesk(app)
    close = async () => {
      await app.close()
      await database.close()
    }
  })
  after(() => close())

  /** How many of all that tried came through with something. */
  const race = async (use: (nth: number) => Promise<unknown>): Promise<number> => {
    const tried = await Promise.allSettled(Array.from({ length: racers }, (_, nth) => use(nth)))
    const late = await Promise.allSettled([use(racers)])
    return [...tried, ...late].filter(
      (each) => each.status === 'fulfilled' && each.value !== undefined && each.value !== false,
    ).length
  }
  const details = (email: string) => ({ email, givenName: 'Ra', familyName: 'Cer', birthDate: '1990-01-01' })

  it('the code of a registration makes one person, and tells all who clicked the same', async () => {
    const { registration, people } = app.features
    const email = 'once@mail.example'
    const handle = await registration.begin({
      details: details(email),
      password: newer,
      language: 'en',
      company: 'Games',
    })
    const code = await app.code(email)
    const made = await Promise.all(
      Array.from({ length: 5 }, () => registration.complete(handle, code).catch(() => undefined)),
    )
    const told = new Set(made.flatMap((each) => each?.person ?? []))
    assert.equal(told.size, 1)
    assert.equal((await registration.complete(handle, code)).person, [...told][0])
    const active = await app.database.connection.collection('people').find({ status: 'active' }).toArray()
    assert.equal(active.filter(({ identifiers }) => identifiers.includes(`email:group:${email}`)).length, 1)
    assert.ok(await people.get([...told][0] ?? ''))
  })

  it('eight registrations of one address, proven at the same moment, make one person who signs in', async () => {
    const { registration, authentication } = app.features
    const email = 'eightfold@mail.example'
    const begun: [string, string][] = []
    for (let nth = 0; nth < 5; nth++) {
      const password = `${newer} number ${nth}`
      const handle = await registration.begin({ details: details(email), password, language: 'en', company: 'Games' })
      begun.push([handle, await app.code(email)])
    }
    const made = await Promise.all(begun.map(([handle, code]) => registration.complete(handle, code)))
    assert.equal(new Set(made.map(({ person }) => person)).size, 1)
    assert.equal(made.filter(({ outcome }) => outcome === 'registered').length, 1)
    const signsIn = []
    for (let nth = 0; nth < 5; nth++)
      signsIn.push(await authentication.authenticate(email, `${newer} number ${nth}`, null))
    assert.equal(signsIn.filter(Boolean).length, 1)
  })

  it('the proof of a recovery sets one password', async () => {
    const { recovery, authentication } = app.features
    const person = await app.aPerson()
    const handle = await recovery.begin({ email: person.email, company: null, language: 'en' })
    assert.equal((await recovery.prove(handle, await app.code(person.email))).length, 1)
    assert.equal(await race((nth) => recovery.complete(handle, 'unified', `${newer} ${nth}`)), 1)
    const works = []
    for (let nth = 0; nth <= racers; nth++)
      works.push(await authentication.authenticate(person.email, `${newer} ${nth}`, null))
    assert.equal(works.filter(Boolean).length, 1)
    assert.equal((await person.now()).credentialEpoch, 2)
  })

  it('the code of a new address moves the sign-in once', async () => {
    const { addressChanges } = app.features
    const person = await app.aPerson()
    const handle = await addressChanges.begin(asPerson(person.id), 'moved.once@mail.example')
    const code = await app.code('moved.once@mail.example')
    await race(() => addressChanges.complete(asPerson(person.id), handle, code))
    const now = await person.now()
    assert.deepEqual([now.credentialEpoch, now.identifiers], [2, ['email:group:moved.once@mail.example']])
  })

  it('the code of a separate account makes one account, and one way in', async () => {
    const { separateLogins, authentication } = app.features
    const email = 'apart@mail.example'
    const handle = await separateLogins.beginSeparate({
      company: 'games',
      companyName: 'Games',
      details: details(email),
      ownData: {},
      password: newer,
      language: 'en',
    })
    const code = await app.code(email)
    const made = await Promise.all(
      Array.from({ length: 5 }, () => separateLogins.complete(handle, code).catch(() => undefined)),
    )
    assert.equal(new Set(made.flatMap((each) => each?.account ?? [])).size, 1)
    const all = await app.database.connection.collection('accounts').find({ company: 'games' }).toArray()
    assert.equal(all.filter(({ copy }) => copy.email === email).length, 1)
    assert.equal((await authentication.authenticate(email, newer, 'games'))?.kind, 'account')
  })

  it('an account that two people proved at the same moment is linked to one of them (T21)', async () => {
    const { links } = app.features
    const [one, other] = [await app.aPerson(), await app.aPerson()]
    const own = await app.aSeparateAccount('games')
    const { epoch, credentialEpoch } = await app.account(own.account)
    const company = app.config.group.companies.get('games')!
    await race((nth) => {
      const person = nth % 2 === 0 ? one.id : other.id
      const actor = { kind: 'person' as const, id: person }
      const { version } = policyInForce(company)
      const sides = { person: 1, account: credentialEpoch }
      const proven = { account: own.account, epoch, shown: detailNames, keep: [], proven: sides }
      return links.linkExistingAccount(person, { company, actor, policyVersion: version, ...proven })
    })
    await app.settled()
    const holders = await Promise.all([one, other].map(({ id }) => links.accountAt(id, 'games')))
    const [held, ...more] = holders.filter(Boolean)
    assert.deepEqual([held?._id, more], [own.account, []])
    assert.ok([one.id, other.id].includes(held?.link?.person ?? ''))
  })

  it('a caller’s code proves one case once', async () => {
    const member = await desk.aMember('games', 'support')
    const { email } = await app.aPerson({ links: ['games'] })
    const [id, elsewhere] = [await desk.aCase(member, email), await desk.aCase(member, email)]
    await desk.proveCaller.sendCode(member, id)
    const code = await app.code(email)
    assert.equal(await race(async () => (await desk.proveCaller.checkCode(member, id, code)) === undefined), 1)
    await assert.rejects(desk.proveCaller.checkCode(member, id, code), refuses('code-expired'))
    await assert.rejects(desk.proveCaller.checkCode(member, elsewhere, code), refuses('code-expired'))
    assert.equal((await desk.seeCase.see(member, elsewhere)).state, 'case open')
  })

  it('an invitation is taken up once, by one password and one authenticator', async () => {
    const chief = await desk.aMember('games', 'administrator')
    const address = 'joins.once@games.example'
    await desk.manageStaff.setRoles(chief, address, ['support'])
    const handle = await desk.joinStaff.beginJoining(address, 'en')
    const joining = await desk.joinStaff.proveJoining(handle, await app.code(address))
    const code = totpOf(joining?.totp ?? '', 'staff').generate({ timestamp: Date.now() })
    assert.equal(await race((nth) => desk.joinStaff.completeJoining(handle, `${staffPassword} ${nth}`, code)), 1)
    const works = []
    for (let nth = 0; nth <= racers; nth++) works.push(await desk.signIn.password(address, `${staffPassword} ${nth}`))
    assert.equal(works.filter(Boolean).length, 1)
    const [half = ''] = works.filter(Boolean)
    assert.equal(await desk.signIn.code(half, code), undefined, 'the code that joined signs nobody in')
  })

  it('a half session becomes one whole session, and is none afterwards', async () => {
    const member = await desk.aMember('games', 'support')
    const half = await desk.signIn.password(member._id, staffPassword)
    assert.equal(await race(() => desk.signIn.code(half, totpNow())), 1)
    await assert.rejects(desk.signIn.code(half, totpNow(1)), refuses('staff-sign-in-again'))
  })

  it('two people who prove one new address at the same moment: one has it, the other keeps their own', async () => {
    const { addressChanges } = app.features
    const [one, other] = [await app.aPerson(), await app.aPerson()]
    const email = 'wanted.by.two@mail.example'
    const begun: [string, string, string][] = []
    for (const { id } of [one, other]) {
      const handle = await addressChanges.begin(asPerson(id), email)
      begun.push([id, handle, await app.code(email)])
    }
    await Promise.allSettled(begun.map(([id, handle, code]) => addressChanges.complete(asPerson(id), handle, code)))
    const held = await Promise.all([one, other].map(async (each) => (await each.now()).identifiers))
    assert.equal(held.filter((keys) => keys.includes(`email:group:${email}`)).length, 1)
    for (const keys of held) assert.equal(keys.length, 1)
  })
})
