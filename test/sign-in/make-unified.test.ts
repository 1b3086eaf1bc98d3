import assert from 'node:assert/strict'
import { day, now } from '../../src/lib/clock.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { aCompany, aService, declared } from '../world/group.ts'
import { fieldsOf, readable, testIds } from '../world/pages.ts'
import { asTyped, aTraveller } from '../world/traveller.ts'

const companies = [aCompany({ id: 'games' }), aCompany({ id: 'mobile' }), aCompany({ id: 'club', minimumAge: 21 })].map(
  (company) =>
    declared(company, [
      aService(company.id, `${company.id}-site`, `https://${company.id}.example`, { events: undefined }),
    ]),
)
const stronger = 'an otter under the old bridge'

describe('the holder of a separate account who has no unified sign-in (U4)', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp({ config: { companies } as object })
  })
  after(() => app.close())

  type Own = Awaited<ReturnType<TestApp['aSeparateAccount']>>
  const atOffer = async (own: Own, company = 'games') => {
    const traveller = aTraveller(app)
    return { traveller, offer: await traveller.act(await traveller.go(`${company}-site`), '', asTyped(own)) }
  }
  const change = (own: Own, update: object) =>
    app.database.connection.collection('accounts').updateOne({ _id: own.account as never }, update as never)
  const provesAs = (email: string, password: string, company: string | null = null) =>
    app.features.authentication.authenticate(email, password, company)

  it('U4: one click makes a unified sign-in of it: same subject, same password, and what is shared was shown', async () => {
    const own = await app.aSeparateAccount('games')
    const before = await app.account(own.account)
    const { traveller, offer } = await atOffer(own)
    assert.match(testIds(offer, 'shared-details')[0] ?? '', /Given name.*Email address/)
    assert.doesNotMatch(offer.text, /type="password"/, 'the password that was just typed is good enough')
    assert.equal(traveller.told(await traveller.act(offer, '/offer/make')), 'code')
    const proven = await provesAs(own.email, own.password)
    assert.equal(proven?.kind, 'person')
    const account = await app.account(own.account)
    assert.equal(account.link?.person, proven?.kind === 'person' && proven.person)
    assert.deepEqual([account.subject, account.signIn, account.link?.how], [before.subject, null, 'existing'])
    assert.equal(account.link?.formerAddress, own.email)
    assert.ok(account.epoch > before.epoch)
    assert.match(readable(await traveller.go('mobile-site')), /You are signed in as/)
    assert.deepEqual(await app.features.accounts.ofCompany('mobile', '', 10), [], 'nobody else heard of it')
  })

  it('U4: what it lacks is asked on the same page, and nothing is made before it is there', async () => {
    const own = await app.aSeparateAccount('games')
    await change(own, { $unset: { 'copy.birthDate': '', 'own.birthDate': '', 'copy.country': '', 'own.country': '' } })
    const { traveller, offer } = await atOffer(own)
    const missing = await traveller.send(offer, '/offer/make')
    assert.equal(missing.again, true)
    assert.equal(await provesAs(own.email, own.password), undefined)
    const back = await traveller.act(missing, '/offer/make', { birthDate: '1985-06-07', country: 'SE' })
    assert.equal(traveller.told(back), 'code')
    assert.equal((await app.account(own.account)).copy.birthDate, '1985-06-07')
  })

  it('U4, S11, U14: nobody too young for the company, by the date that is known or the one that is entered', async () => {
    const known = await app.aSeparateAccount('club', { details: { birthDate: '2008-01-02' } })
    const young = await atOffer(known, 'club')
    const closed = await young.traveller.send(young.offer, '/offer/make')
    assert.equal(closed.status, 403)
    assert.match(readable(closed), /birth date we have is wrong, contact: .*@/)
    const entered = await app.aSeparateAccount('club')
    await change(entered, { $unset: { 'copy.birthDate': '', 'own.birthDate': '' } })
    const { traveller, offer } = await atOffer(entered, 'club')
    const refused = await traveller.send(offer, '/offer/make', { birthDate: '2008-01-02' })
    assert.equal(refused.status, 403)
    assert.match(readable(refused), /enter another one in this browser from \d+ \w+ 20\d\d.*@/)
    for (const { email, password, account } of [known, entered]) {
      assert.equal(await provesAs(email, password), undefined)
      assert.ok((await app.account(account)).signIn)
    }
  })

  it('U4: a password that today’s rules refuse is not taken along: another is chosen, and it ends', async () => {
    const own = await app.aSeparateAccount('games', { password: 'summer2024' })
    const { traveller, offer } = await atOffer(own)
    assert.match(offer.text, /autocomplete="new-password"/)
    for (const password of ['', 'summer2024'])
      assert.equal((await traveller.send(offer, '/offer/make', { password })).again, true)
    assert.equal((await app.account(own.account)).link, null)
    assert.equal(traveller.told(await traveller.act(offer, '/offer/make', { password: stronger })), 'code')
    assert.equal((await provesAs(own.email, stronger))?.kind, 'person')
    assert.equal(await provesAs(own.email, 'summer2024', 'games'), undefined)
  })

  it('U4: whose address has a unified sign-in proves that one by its password, as ever', async () => {
    const own = await app.aSeparateAccount('games')
    const { traveller, offer } = await atOffer(own)
    const person = await app.aPerson({ email: own.email })
    const late = await traveller.send(offer, '/offer/make')
    assert.equal(late.again, true)
    assert.doesNotMatch(late.text, /offer\/make"/)
    const proof = await traveller.open(late, '/offer/link')
    assert.equal(fieldsOf(proof, `${traveller.baseOf(proof)}/offer/link`).email, own.email)
    const preview = await traveller.act(proof, '/offer/link', asTyped(person))
    assert.equal(traveller.told(await traveller.act(preview, '/preview')), 'code')
    assert.equal((await app.account(own.account)).link?.person, person.id)
  })

  it('U4, T10: an address proven long ago, or never here, is proven by a code first, and nothing is said before', async () => {
    const own = await app.aSeparateAccount('games')
    const taken = await app.aSeparateAccount('games')
    await app.aPerson({ email: taken.email })
    for (const each of [own, taken]) await change(each, { $set: { 'signIn.provenAt': now() - 400 * day } })
    const [free, other] = [await atOffer(own), await atOffer(taken)]
    const seen = ({ offer }: typeof free, { email }: Own) =>
      readable(offer)
        .replaceAll(email, '')
        .replace(/[\w-]{30,}/g, '')
    assert.equal(seen(free, own), seen(other, taken))
    const { traveller, offer } = free
    const { csrf = '' } = fieldsOf(offer, `${traveller.baseOf(offer)}/offer/address`)
    const forged = await traveller.post(offer, '/offer/make', { csrf, policyVersion: '1', shown: 'email' })
    assert.equal(forged.again, true)
    assert.equal(await provesAs(own.email, own.password), undefined)
    const code = await traveller.act(offer, '/offer/address')
    const proven = await traveller.act(code, '/address/code', { code: await app.code(own.email) })
    assert.equal(traveller.told(await traveller.act(proven, '/offer/make')), 'code')
    assert.equal((await provesAs(own.email, own.password))?.kind, 'person')
  })

  it('U4, T8: asks for its own password anew after 15 minutes', async () => {
    const own = await app.aSeparateAccount('games')
    const { traveller, offer } = await atOffer(own)
    await app.anHourLater(own.account)
    const asked = await traveller.act(offer, '/offer/make')
    assert.match(readable(asked), /Confirm that it’s you/)
    assert.equal((await app.account(own.account)).link, null)
    const again = await traveller.act(asked, '/offer/fresh-make', { password: own.password })
    assert.equal(traveller.told(await traveller.act(again, '/offer/make')), 'code')
  })

  it('U4: a page of before the policy changed makes nothing, and shows what holds now', async () => {
    const own = await app.aSeparateAccount('games')
    const { traveller, offer } = await atOffer(own)
    const stale = await traveller.send(offer, '/offer/make', { policyVersion: '0' })
    assert.match(readable(stale), /policy changed while this page was open/)
    assert.equal((await app.account(own.account)).link, null)
    assert.equal(traveller.told(await traveller.act(stale, '/offer/make')), 'code')
  })
})
