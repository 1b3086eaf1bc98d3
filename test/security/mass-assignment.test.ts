import assert from 'node:assert/strict'
import { aTestApp, type TestApp } from '../world/app.ts'
import { aDesk, staffPassword, totpNow } from '../world/desk.ts'
import { fieldsOf } from '../world/pages.ts'
import { aRegistration, aTraveller } from '../world/traveller.ts'
import { aVisitor } from '../world/visitor.ts'

/** What decides about people, accounts and staff, by the names that it has here and elsewhere. */
const decisive: Record<string, string> = {
  id: 'x',
  s: '9',
  rev: '9',
  v: '9',
  n: '9',
  status: 'erased',
  locked: 'false',
  role: 'administrator',
  'role.administrator': 'on',
  roles: 'administrator',
  isAdmin: 'true',
  company: 'mobile',
  companyId: 'mobile',
  person: 'x',
  account: 'x',
  subject: 'x',
  sub: 'x',
  epoch: '99',
  credentialEpoch: '99',
  credentialsChangedAt: '0',
  createdAt: '0',
  credentials: 'x',
  identifiers: 'email:group:eve@mail.example',
  email_verified: 'true',
  emailVerified: 'true',
  phone_number_verified: 'true',
  provenAt: '0',
  link: 'x',
  'link.person': 'x',
  'signIn.address': 'eve@mail.example',
  'copy.email': 'eve@mail.example',
  'own.email': 'eve@mail.example',
  'fields.email.person.value': 'eve@mail.example',
  ownData: 'x',
  minimumAge: '0',
  fraud: '',
  totp: 'x',
  totpStep: '0',
}

describe('nobody decides what they only have a form for (§6, CVE-2026-27946)', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp()
  })
  after(() => app.close())

  /** All but what the form is for. */
  const decided = ({ fields, log, v, rev, n, due, applied, ...rest }: Record<string, unknown>) => rest

  it('a person through the details of theirs', async () => {
    const person = await app.aPerson({ links: ['games', 'mobile'] })
    const visitor = aVisitor(app.issuer)
    await visitor.signIn(person)
    const before = decided((await person.now()) as never)
    const answer = await visitor.send('/account/details', { ...decisive, givenName: 'Alva', city: 'Lund' })
    assert.equal(answer.status, 303)
    await app.settled()
    const after = await person.now()
    assert.deepEqual(decided(after as never), before)
    assert.deepEqual(Object.keys(after.fields).sort(), [
      'birthDate',
      'city',
      'country',
      'email',
      'familyName',
      'givenName',
    ])
    for (const id of Object.values(person.accounts)) {
      const { link, subject, status, epoch, copy } = await app.account(id)
      assert.deepEqual([link?.person, status, epoch, copy.email], [person.id, 'open', 1, person.email])
      assert.ok(id.endsWith(subject))
    }
  })

  it('somebody new through the registration', async () => {
    const email = 'assigned@mail.example'
    const traveller = aTraveller(app)
    const form = await traveller.open(await traveller.go('games-arcade'), '/create')
    const page = await traveller.act(form, '/create', { ...decisive, ...aRegistration(email) })
    await traveller.act(page, '/create/code', { ...decisive, code: await app.code(email) })
    await app.settled()
    const found = await app.features.authentication.authenticate(email, 'lantern over still water', null)
    const person = found?.kind === 'person' ? await app.features.people.get(found.person) : null
    assert.ok(person)
    assert.deepEqual(
      [person.status, person.credentialEpoch, person.identifiers, person.credentials.length],
      ['active', 1, [`email:group:${email}`], 1],
    )
    assert.deepEqual(Object.keys(person.fields).sort(), ['birthDate', 'country', 'email', 'familyName', 'givenName'])
    const account = await app.features.links.accountAt(person._id, 'games')
    assert.deepEqual(
      [account?.status, account?.link?.person, account?.epoch, account?.ownData],
      ['open', person._id, 1, {}],
    )
    assert.equal(await app.features.links.accountAt(person._id, 'mobile'), undefined)
  })

  it('a company through its API: such a path is refused, and so is the whole request', async () => {
    const person = await app.aPerson({ links: ['games'] })
    const id = person.accounts.games ?? ''
    const token = await app.companyToken('games')
    const paths = { ...decisive, _id: 'x', active: 'false', userName: 'x', groups: 'x', 'meta.version': '9' }
    const before = await app.account(id)
    const send = async (operations: object[]): Promise<number> => {
      const { status } = await fetch(`${app.issuer}/scim/games/Users/${before.subject}`, {
        method: 'PATCH',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' },
        body: JSON.stringify({ schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations: operations }),
      })
      return status
    }
    const good = { op: 'replace', path: 'name.givenName', value: 'Mallory' }
    for (const [path, value] of Object.entries(paths))
      for (const operation of [
        { op: 'replace', path, value },
        { op: 'add', value: { [path]: value } },
        { op: 'replace', path: 'name', value: { [path]: value } },
        { op: 'remove', path },
      ])
        assert.equal(await send([good, operation]), 400, JSON.stringify(operation))
    assert.deepEqual(await app.account(id), before)
  })

  it('staff through their own forms', async () => {
    const desk = aDesk(app)
    const member = await desk.aMember('games', 'support')
    const { email } = await app.aPerson({ links: ['games'] })
    const visitor = aVisitor(app.issuer)
    const half = await visitor.act('/console/sign-in', { ...decisive, email: member._id, password: staffPassword })
    const { csrf = '' } = fieldsOf(half, '/console/sign-in/code')
    await visitor.submit(`${app.issuer}/console/sign-in/code`, { ...decisive, csrf, code: totpNow() })
    const opened = await visitor.act('/console/cases', { ...decisive, reference: 'T-7', reason: 'Asks why' })
    const path = new URL(opened.url).pathname
    await visitor.act(path, { ...decisive, query: email, state: 'caller proven', proven: 'true' }, `${path}/find`)
    const { totpStep, ...now } = (await desk.staff.get(member._id)) ?? {}
    const { totpStep: _before, ...was } = member
    assert.deepEqual(now, was)
    const [theirs] = await desk.cases.openOf('games', 5)
    assert.deepEqual(
      [theirs?.company, theirs?.agent, theirs?.proven, theirs?.role],
      ['games', member._id, undefined, 'support'],
    )
  })
})
