import assert from 'node:assert/strict'
import { type AdjustableClock, adjustableClock, day } from '../../src/lib/clock.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { movedAddress } from '../world/moved-address.ts'
import { fieldsOf, readable } from '../world/pages.ts'
import { aVisitor } from '../world/visitor.ts'

const details = '/account/details'
const addressPage = '/account/details/address'

describe('the holder of one separate account', () => {
  let clock: AdjustableClock
  let app: TestApp
  before(async () => {
    clock = adjustableClock()
    app = await aTestApp()
  })
  after(() => app.close())
  afterEach(() => clock.reset())

  const holder = async (company = 'games', client = 'games-arcade', own = {}) => {
    const account = await app.aSeparateAccount(company, { details: own })
    const visitor = aVisitor(app.issuer)
    await visitor.signInAt(client, `${app.urlOf(client)}/callback`, account)
    return { ...account, visitor, now: () => app.account(account.account) }
  }
  const { letters, undoPath, tryMove: move } = movedAddress(() => app)
  const letter = async (to: string, kind: string) => (await letters(to)).find((each) => each.kind === kind)
  const newAddress = () => `${Math.random().toString(36).slice(2, 10)}@new.example`

  const signsIn = async (email: string, password: string, company = 'games') => {
    const { epoch: _epoch, ...who } = (await app.features.authentication.authenticate(email, password, company)) ?? {}
    return 'kind' in who ? who : undefined
  }

  it('moves sign-in and contact by a code at the new address, and nothing before it came back (T3, T4)', async () => {
    const tom = await holder()
    const email = newAddress()
    await tom.visitor.act(details, { email })
    assert.equal((await tom.now()).signIn?.address, tom.email)
    assert.equal((await tom.visitor.send(addressPage, { code: '000000' })).again, true)
    const moved = await tom.visitor.send(addressPage, { code: await app.code(email) })
    assert.match(moved.next ?? '', /done=address/)
    const { signIn, copy, own } = await tom.now()
    assert.deepEqual([signIn?.address, copy.email, own.email], [email, email, email])
    assert.deepEqual(await signsIn(email, tom.password), { kind: 'account', account: tom.account })
    assert.equal(await signsIn(tom.email, tom.password), undefined)
    assert.equal(await signsIn(email, tom.password, 'mobile'), undefined)
    assert.match(readable(await tom.visitor.page(details)), new RegExp(`Email address: ${tom.email} → ${email}`))
    const told = await letter(tom.email, 'address-changed')
    assert.ok(told && !told.text.includes(email), 'an old mailbox does not learn the new address')
  })

  it('asks for the password anew before an address, a birth date or a country changes, and then goes on', async () => {
    const tom = await holder()
    await app.anHourLater(tom.account)
    const asked = await tom.visitor.send(details, { birthDate: '1986-06-07' })
    assert.match(readable(asked), /Confirm that it’s you/)
    assert.equal((await tom.now()).copy.birthDate, '1985-06-07')
    const fields = { ...fieldsOf(asked, details), proofPassword: tom.password }
    assert.match((await tom.visitor.submit(`${app.issuer}${details}`, fields)).next ?? '', /done=saved/)
    assert.equal((await tom.now()).copy.birthDate, '1986-06-07')
  })

  it('ends every other session with the address of before (T2)', async () => {
    const tom = await holder()
    const elsewhere = aVisitor(app.issuer)
    await elsewhere.signInAt('games-arcade', `${app.urlOf('games-arcade')}/callback`, tom)
    await move(tom.visitor, newAddress())
    assert.equal((await elsewhere.page(details)).status, 303)
    assert.equal((await tom.visitor.page(details)).status, 200)
  })

  it('cannot take an address that signs somebody in there, and can take one that does so elsewhere', async () => {
    const [tom, other, atMobile] = [await holder(), await holder(), await holder('mobile', 'mobile-store')]
    const refused = await move(tom.visitor, other.email)
    assert.equal(refused.again, true)
    assert.match(readable(refused), /This address is already used to sign in at the company/)
    assert.deepEqual(await signsIn(other.email, other.password), { kind: 'account', account: other.account })
    assert.match((await move(tom.visitor, atMobile.email)).next ?? '', /done=address/)
    assert.deepEqual(await signsIn(atMobile.email, atMobile.password, 'mobile'), {
      kind: 'account',
      account: atMobile.account,
    })
  })

  it('corrects a birth date once in 30 days, and never across the age limit (S11, T17)', async () => {
    const tom = await holder()
    const born = async (birthDate: string) => tom.visitor.send(details, { birthDate })
    assert.match(readable(await born('2015-01-01')), /This cannot be changed here/)
    assert.match((await born('1986-06-07')).next ?? '', /done=saved/)
    const again = await born('1987-06-07')
    assert.equal(again.again, true)
    assert.match(readable(again), /You corrected it within the last 30 days/)
    clock.advance(31 * day)
    await tom.visitor.signInAt('games-arcade', `${app.urlOf('games-arcade')}/callback`, tom)
    assert.match((await born('1987-06-07')).next ?? '', /done=saved/)
    assert.equal((await tom.now()).copy.birthDate, '1987-06-07')
  })

  it('sees what another tab changed meanwhile before writing over it (M10, G1)', async () => {
    const tom = await holder()
    const stale = fieldsOf(await tom.visitor.page(details), details)
    await tom.visitor.act(details, { city: 'Malmö' })
    await tom.visitor.submit(`${app.issuer}${details}`, { ...stale, street: 'Kyrkogatan 1' })
    const conflict = await tom.visitor.submit(`${app.issuer}${details}`, { ...stale, city: 'Ystad' })
    assert.equal(conflict.again, true)
    assert.match(readable(conflict), /This was changed in the meantime.*Current value: Malmö/)
    const { copy } = await tom.now()
    assert.deepEqual([copy.city, copy.street], ['Malmö', 'Kyrkogatan 1'])
  })

  it('is asked for nothing that the company does not receive, and keeps nothing of the kind', async () => {
    const tom = await holder()
    const page = await tom.visitor.page(details)
    assert.doesNotMatch(page.text, /name="phone"/)
    const forged = { ...fieldsOf(page, details), phone: '+46701234567' }
    await tom.visitor.submit(`${app.issuer}${details}`, forged)
    assert.equal((await tom.now()).copy.phone, undefined)
  })

  describe('whose details the company changed', () => {
    const changed = async () => {
      const tom = await holder()
      await writes(tom, 'Ekman')
      return tom
    }
    const writes = async (tom: Awaited<ReturnType<typeof holder>>, value: string) => {
      const { company, subject } = await tom.now()
      const answer = await fetch(`${app.issuer}/scim/${company}/Users/${subject}`, {
        method: 'PATCH',
        headers: {
          authorization: `Bearer ${await app.companyToken(company)}`,
          'content-type': 'application/scim+json',
          'change-reason': 'a%20misprint',
        },
        body: JSON.stringify({
          schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
          Operations: [{ op: 'replace', path: 'name.familyName', value }],
        }),
      })
      assert.equal(answer.status, 200)
      assert.equal((await tom.now()).copy.familyName, value)
    }

    it('is told why, and sets it back from the mail without signing in, once (S4-3)', async () => {
      const tom = await changed()
      assert.match((await letter(tom.email, 'account-details-changed'))?.text ?? '', /family name.*a misprint/s)
      const path = await undoPath(tom.email, 'account-details-changed')
      const anybody = aVisitor(app.issuer)
      assert.match(readable(await anybody.page(path)), /Games changed this in your account there: family name/)
      assert.match(readable(await anybody.act(path)), /Undone/)
      assert.equal((await tom.now()).copy.familyName, 'Ek')
      assert.equal((await anybody.page(path)).status, 410)
    })

    it('sets it back on the page, and nobody else can', async () => {
      const [tom, stranger] = [await changed(), await changed()]
      const action = '/account/details/undo'
      const theirs = fieldsOf(await stranger.visitor.page(details), action)
      const own = fieldsOf(await tom.visitor.page(details), action)
      const forged = await stranger.visitor.submit(`${app.issuer}${action}`, { ...theirs, op: own.op ?? '' })
      assert.match(forged.next ?? '', /done=undo-too-late$/)
      assert.equal((await tom.now()).copy.familyName, 'Ekman')
      const page = readable(await tom.visitor.act(details, {}, action))
      assert.match(page, /The change is undone.*Family name: Ekman → Ek /)
    })

    it('H18: whose company wrote twice gets their own word back, and both pages name it', async () => {
      const [tom, eve] = [await changed(), await changed()]
      for (const each of [tom, eve]) {
        await app.settled()
        await writes(each, 'Ekström')
      }
      const page = await tom.visitor.page(details)
      assert.equal(page.text.match(/action="\/account\/details\/undo"/g)?.length, 1, 'each detail is offered once')
      assert.match(readable(page), /Undo restores family name: Ek /)
      await tom.visitor.act(details, {}, '/account/details/undo')
      assert.equal((await tom.now()).copy.familyName, 'Ek')
      // The first letter, about the write that another has followed.
      const path = await undoPath(eve.email, 'account-details-changed')
      const anybody = aVisitor(app.issuer)
      const shown = readable(await anybody.page(path))
      assert.match(shown, /Undo restores family name: Ek /)
      assert.doesNotMatch(shown, /Ekman|Ekström/)
      await anybody.act(path)
      assert.equal((await eve.now()).copy.familyName, 'Ek')
    })

    it('is not offered what they changed themselves since, nor what is older than 72 hours', async () => {
      const [tom, other] = [await changed(), await changed()]
      await tom.visitor.act(details, { familyName: 'Ekström' })
      const path = await undoPath(tom.email, 'account-details-changed')
      assert.equal((await tom.visitor.page(path)).status, 410)
      assert.doesNotMatch((await tom.visitor.page(details)).text, /action="\/account\/details\/undo"/)
      const late = await undoPath(other.email, 'account-details-changed')
      clock.advance(3 * day + 1)
      assert.equal((await other.visitor.page(late)).status, 410)
      assert.equal((await other.now()).copy.familyName, 'Ekman')
    })
  })

  it('leaves no trail of their details behind once the account is closed', async () => {
    const tom = await holder()
    await tom.visitor.act(details, { city: 'Malmö' })
    const trail = async () =>
      app.database.connection
        .collection('events')
        .find({ _id: { $gte: `account:${tom.account}:`, $lt: `account:${tom.account};` } as never })
        .toArray()
    assert.ok((await trail()).length > 0)
    const closed = await tom.visitor.act('/account/services/games/close')
    assert.match(readable(closed), /Games has closed your account/)
    await app.settled()
    assert.deepEqual(await trail(), [])
    const left = await app.database.connection
      .collection('identifiers')
      .find({ owner: tom.account as never })
      .toArray()
    assert.deepEqual(left, [])
  })
})

describe('a former address from which the sign-in was taken (T5)', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp()
  })
  after(() => app.close())

  const { undoPath, move } = movedAddress(() => app)

  const victims = {
    'a person’s': async () => {
      const { id, email, password } = await app.aPerson({ links: ['games'] })
      const thief = aVisitor(app.issuer)
      await thief.signIn({ email, password })
      const address = async () => (await app.features.people.get(id))?.identifiers.join()
      return { email, password, thief, address, is: (now: string) => `email:group:${now}` }
    },
    'a separate account’s': async () => {
      const { account, email, password } = await app.aSeparateAccount('games')
      const thief = aVisitor(app.issuer)
      await thief.signInAt('games-arcade', `${app.urlOf('games-arcade')}/callback`, { email, password })
      const address = async () => (await app.account(account)).signIn?.address
      return { email, password, thief, address, is: (now: string) => now }
    },
  }
  for (const [whose, victim] of Object.entries(victims))
    it(`takes ${whose} back without signing in, however often the thief moved on, and locks the thief out`, async () => {
      const { email, password, thief, address, is } = await victim()
      const [second, third] = [`second-${email}`, `third-${email}`]
      await move(thief, second)
      const path = await undoPath(email)
      await move(thief, third)
      const thiefs = await undoPath(second)
      const owner = aVisitor(app.issuer)
      const asked = await owner.page(path)
      assert.match(readable(asked), /from this one to another/)
      assert.equal(await address(), is(third), 'looking at it changes nothing: mail programs open links')
      assert.match(readable(await owner.act(path)), /Undone.*choose a new password/)
      assert.equal(await address(), is(email))
      assert.equal((await thief.page(details)).status, 303)
      for (const known of [email, second, third])
        assert.equal(await app.features.authentication.authenticate(known, password, 'games'), undefined)
      assert.equal((await thief.page(thiefs)).status, 410, 'what the thief could take back ended')
      assert.equal((await owner.page(path)).status, 410)
      await app.settled()
      const [told] = (await app.features.mailer.mailbox?.list(third)) ?? []
      assert.equal(told?.kind, 'address-taken-back')
      assert.ok(!told?.text.includes('/undo/'))
    })
})
