import assert from 'node:assert/strict'
import { day, now } from '../../src/lib/clock.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import type { Visit } from '../world/browser.ts'
import { aCompany, aService, declared } from '../world/group.ts'
import { fieldsOf, readable, testIds, tokenOf } from '../world/pages.ts'
import { shownDetails } from '../world/shown.ts'
import { asTyped } from '../world/traveller.ts'
import { aVisitor, type Visitor } from '../world/visitor.ts'

const companies = [aCompany({ id: 'games' }), aCompany({ id: 'mobile' }), aCompany({ id: 'club', minimumAge: 21 })].map(
  (company) =>
    declared(company, [
      aService(company.id, `${company.id}-site`, `https://${company.id}.example`, { events: undefined }),
    ]),
)
const stronger = 'an otter under the old bridge'
const pathOf = (wanted: string) => `/account/services/link/${wanted}`

describe('the holder of a separate account who wants one sign-in, on the account pages (U4)', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp({ config: { companies } as object })
  })
  after(() => app.close())

  type Own = Awaited<ReturnType<TestApp['aSeparateAccount']>>
  type Holder = Own & { visitor: Visitor }
  const holder = async (options: Parameters<TestApp['aSeparateAccount']>[1] = {}, company = 'games') => {
    const own = await app.aSeparateAccount(company, options)
    const visitor = aVisitor(app.issuer)
    await visitor.signInAt(`${company}-site`, `https://${company}.example/callback`, own)
    return { ...own, visitor }
  }
  const change = (own: Own, update: object) =>
    app.database.connection.collection('accounts').updateOne({ _id: own.account as never }, update as never)
  const lacks = (own: Own, ...fields: string[]) =>
    change(own, {
      $unset: Object.fromEntries(
        fields.flatMap((each) => [
          [`copy.${each}`, ''],
          [`own.${each}`, ''],
        ]),
      ),
    })
  const provesAs = (email: string, password: string, company: string | null = null) =>
    app.features.authentication.authenticate(email, password, company)
  const make = (own: Holder, changes: Record<string, string> = {}, wanted = 'games') =>
    own.visitor.send(pathOf(wanted), changes, `${pathOf(wanted)}/make`)
  /** The form goes on by itself once the password is given. */
  const prove = (own: Holder, asked: Visit, proofPassword = own.password, wanted = 'games') => {
    const action = `${pathOf(wanted)}/make`
    return own.visitor.submit(app.issuer + action, { ...fieldsOf(asked, action), proofPassword })
  }
  const isUntouched = async (own: Own) => {
    const { link, signIn } = await app.account(own.account)
    assert.equal(link, null)
    assert.equal(signIn?.address, own.email)
    assert.equal(await provesAs(own.email, own.password), undefined, 'no unified sign-in came to be')
  }

  it('U4: one click and the password make a unified sign-in of it, and the browser goes on as that person', async () => {
    const own = await holder()
    await app.anHourLater(own.account)
    const before = await app.account(own.account)
    const offer = await own.visitor.page(pathOf('games'))
    assert.deepEqual(shownDetails(offer).length, 1)
    assert.deepEqual(testIds(offer, 'controller'), ['Example Games AB'])
    assert.doesNotMatch(offer.text, /type="password"/)
    const asked = await make(own)
    assert.match(readable(asked), /Confirm that it’s you/)
    await isUntouched(own)
    const made = await prove(own, asked)
    assert.match(made.next ?? '', /services\?done=made$/)
    const services = await own.visitor.visit(made.next ?? '')
    assert.match(readable(services), /You now have a unified sign-in/)
    assert.doesNotMatch(readable(services), /You are signed in to your account at Games alone/)
    const proven = await provesAs(own.email, own.password)
    const { link, signIn, subject, epoch } = await app.account(own.account)
    assert.ok(proven?.kind === 'person' && proven.person === link?.person)
    assert.deepEqual([subject, signIn, link?.formerAddress], [before.subject, null, own.email])
    assert.ok(epoch > before.epoch)
    assert.deepEqual(await app.features.accounts.ofCompany('mobile', '', 10), [], 'nobody else heard of it')
    const sessions = await app.database.connection.collection('sessions').find({}).toArray()
    assert.ok(!sessions.some(({ principal }) => principal === `account:${own.account}`), 'its own session ended')
  })

  it('U4: whoever wanted to link another company is led on to it, where nothing is told that was not shown', async () => {
    const own = await holder()
    const other = await app.aSeparateAccount('mobile', { details: { familyName: 'Ek', birthDate: '1985-06-07' } })
    const list = await own.visitor.page('/account/services/link')
    assert.match(list.text, /href="\/account\/services\/link\/mobile"/)
    assert.doesNotMatch(list.text, /href="\/account\/services\/link\/games"/)
    assert.match(readable(await own.visitor.page(pathOf('mobile'))), /you link your account at Mobile/)
    const made = await make(own, { password: own.password }, 'mobile')
    assert.match(made.next ?? '', /link\/mobile\?made$/)
    const proof = await own.visitor.visit(made.next ?? '')
    assert.match(readable(proof), /Next, confirm that the account at Mobile is yours/)
    assert.equal((await app.account(other.account)).link, null)
    const fields = { ...fieldsOf(proof, pathOf('mobile')), ...asTyped(other) }
    const preview = await own.visitor.visit(
      (await own.visitor.submit(app.issuer + pathOf('mobile'), fields)).next ?? '',
    )
    const action = `${pathOf('mobile')}/preview`
    const linked = await own.visitor.submit(app.issuer + action, fieldsOf(preview, action))
    assert.match(linked.next ?? '', /done=linked/)
    const person = (await app.account(own.account)).link?.person
    const link = (await app.account(other.account)).link
    assert.ok(person && link?.person === person)
    assert.deepEqual(link.agreed.toSorted(), shownDetails(preview)[0]?.toSorted())
  })

  it('U4: whoever proved themselves a moment ago is asked for a password on the page, and may keep theirs', async () => {
    const own = await holder()
    const offer = await own.visitor.page(pathOf('games'))
    assert.match(offer.text, /autocomplete="new-password"/)
    const empty = await make(own)
    assert.equal(empty.again, true)
    await isUntouched(own)
    assert.equal((await make(own, { password: own.password })).status, 303)
    assert.equal((await provesAs(own.email, own.password))?.kind, 'person')
  })

  it('U4: a password that today’s rules refuse is not taken along, however it was typed', async () => {
    const own = await holder({ password: 'summer2024' })
    assert.equal((await make(own, { password: 'summer2024' })).again, true)
    await app.anHourLater(own.account)
    const weak = await prove(own, await make(own))
    assert.equal(weak.again, true)
    assert.match(readable(weak), /Password: /)
    await isUntouched(own)
    const action = `${pathOf('games')}/make`
    const chosen = { ...fieldsOf(weak, action), password: stronger }
    assert.equal((await own.visitor.submit(app.issuer + action, chosen)).status, 303)
    assert.equal((await provesAs(own.email, stronger))?.kind, 'person')
    assert.equal(await provesAs(own.email, 'summer2024', 'games'), undefined)
  })

  it('U4: a wrong password proves nothing, and becomes nobody’s new one', async () => {
    const own = await holder()
    await app.anHourLater(own.account)
    const asked = await make(own)
    const wrong = await prove(own, asked, stronger)
    assert.equal(wrong.again, true)
    assert.match(readable(wrong), /Confirm that it’s you/)
    // Proven at another page meanwhile: what is typed into the old one was never compared with anything.
    const fresh = aVisitor(app.issuer)
    await fresh.signInAt('games-site', 'https://games.example/callback', own)
    const action = `${pathOf('games')}/make`
    const { csrf: _csrf, ...fields } = fieldsOf(asked, action)
    const csrf = tokenOf(await fresh.page(pathOf('games')))
    const typo = await fresh.submit(app.issuer + action, { ...fields, csrf, proofPassword: stronger })
    assert.equal(typo.again, true)
    assert.equal(await provesAs(own.email, stronger), undefined)
    await isUntouched(own)
  })

  it('U4: what it lacks is asked on the same page, with what was wrong, and nothing is made before', async () => {
    const own = await holder()
    await lacks(own, 'birthDate', 'country')
    const wrong = await make(own, { password: own.password, birthDate: '2090-01-01', country: 'SE' })
    assert.equal(wrong.again, true)
    assert.equal(fieldsOf(wrong, `${pathOf('games')}/make`).country, 'SE')
    await isUntouched(own)
    const right = { password: own.password, birthDate: '1985-06-07', country: 'SE' }
    assert.equal((await make(own, right)).status, 303)
    assert.equal((await app.account(own.account)).copy.birthDate, '1985-06-07')
  })

  it('U4, S11, U14: nobody too young for the company, and no other date by this browser for a day', async () => {
    const known = await holder({ details: { birthDate: '2008-01-02' } }, 'club')
    const closed = await make(known, { password: known.password }, 'club')
    assert.equal(closed.status, 403)
    assert.match(readable(closed), /If the birth date is wrong, contact .*\(\S+@/)
    const entered = await holder({}, 'club')
    await lacks(entered, 'birthDate')
    for (const birthDate of ['2008-01-02', '1985-06-07']) {
      const refused = await make(entered, { password: entered.password, birthDate }, 'club')
      assert.equal(refused.status, 403)
      assert.match(
        readable(refused),
        /people aged 21 and over.*enter another one in this browser from \d+ \w+ 20\d\d.*contact .*\(\S+@/,
      )
    }
    for (const each of [known, entered]) await isUntouched(each)
  })

  it('U4: whose address has a unified sign-in gives its password at once, and goes on to what they wanted', async () => {
    const own = await holder()
    const early = await own.visitor.page(pathOf('games'))
    const person = await app.aPerson({ email: own.email })
    const action = `${pathOf('games')}/make`
    const late = await own.visitor.submit(app.issuer + action, { ...fieldsOf(early, action), password: own.password })
    assert.equal(late.again, true)
    assert.doesNotMatch(late.text, /link\/games\/make"/)
    const proof = await own.visitor.page(pathOf('mobile'))
    assert.equal(fieldsOf(proof, pathOf('mobile')).email, own.email)
    const sent = await own.visitor.act(pathOf('mobile'), asTyped(person))
    const link = `${pathOf('games')}/preview`
    assert.match((await own.visitor.submit(app.issuer + link, fieldsOf(sent, link))).next ?? '', /link\/mobile$/)
    assert.equal((await app.account(own.account)).link?.person, person.id)
  })

  it('U4, T10: an address proven long ago is proven by a code first, and nothing is said before', async () => {
    const [own, taken] = [await holder(), await holder()]
    await app.aPerson({ email: taken.email })
    for (const each of [own, taken]) await change(each, { $set: { 'signIn.provenAt': now() - 400 * day } })
    const seen = async ({ visitor, email }: Holder) =>
      readable(await visitor.page(pathOf('games')))
        .replaceAll(email, '')
        .replace(/[\w-]{30,}/g, '')
    assert.equal(await seen(own), await seen(taken))
    const csrf = tokenOf(await own.visitor.page(pathOf('games')))
    const forged = { csrf, policyVersion: '1', shown: 'email', password: own.password }
    assert.equal((await own.visitor.submit(`${app.issuer}${pathOf('games')}/make`, forged)).again, true)
    await isUntouched(own)
    const code = await own.visitor.act(pathOf('games'), {}, `${pathOf('games')}/address`)
    assert.match(code.url, /address\/code$/)
    const at = `${pathOf('games')}/address/code`
    assert.equal((await own.visitor.send(at, { code: '000000' })).again, true)
    await own.visitor.act(at, { code: await app.code(own.email) })
    assert.equal((await make(own, { password: own.password })).status, 303)
    assert.equal((await provesAs(own.email, own.password))?.kind, 'person')
  })

  it('U4, U1: a page of before the policy changed, or that showed nothing, makes nothing', async () => {
    const own = await holder()
    const stale = await make(own, { password: own.password, policyVersion: '0' })
    assert.equal(stale.again, true)
    assert.match(readable(stale), /policy changed while this page was open/)
    const action = `${pathOf('games')}/make`
    const { shown, ...rest } = fieldsOf(stale, action)
    assert.ok(shown)
    assert.equal((await own.visitor.submit(app.issuer + action, { ...rest, password: own.password })).again, true)
    await isUntouched(own)
  })

  it('U4, H4: while a change of its address may be taken back, the code at the former one comes first', async () => {
    const own = await holder()
    await change(own, { $set: { takeBacks: [{ op: 'x', address: 'former@own.example', at: now() }] } })
    assert.match((await make(own, { password: own.password })).next ?? '', /details\/former-address$/)
    await isUntouched(own)
  })

  it('U4: is nothing for whoever has a unified sign-in, nor for an account that closes', async () => {
    const person = await app.aPerson({ links: ['games'] })
    const visitor = aVisitor(app.issuer)
    await visitor.signIn(person)
    const csrf = tokenOf(await visitor.page('/account/services/link/mobile'))
    for (const end of ['make', 'address', 'address/code', 'address/code/send-again'])
      assert.equal((await visitor.submit(`${app.issuer}${pathOf('mobile')}/${end}`, { csrf })).status, 404, end)
    assert.equal((await visitor.page(`${pathOf('mobile')}/unified`)).status, 404)
    const own = await holder()
    await change(own, { $set: { status: 'closing' } })
    for (const path of [pathOf('games'), pathOf('mobile'), `${pathOf('games')}/unified`])
      assert.match((await own.visitor.page(path)).next ?? '', /stands-otherwise/, path)
    assert.equal((await own.visitor.page(pathOf('nowhere'))).status, 404)
  })
})
