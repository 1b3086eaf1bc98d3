import assert from 'node:assert/strict'
import { day, now } from '../../src/lib/clock.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { movedAddress } from '../world/moved-address.ts'
import { tokenOf } from '../world/pages.ts'
import { asTyped, aTraveller } from '../world/traveller.ts'
import { aVisitorSignedIn } from '../world/visitor.ts'

const isJapanese = (text: string | undefined): boolean => /\p{Script=Hiragana}/u.test(text ?? '')
const password = 'an otter under the old bridge'

describe('the language of letters (H54)', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp()
  })
  after(() => app.close())

  const { letters } = movedAddress(() => app)
  const letter = async (to: string, kind: string) => (await letters(to)).find((each) => each.kind === kind)?.text

  /** Somebody who registered in English, and reads pages in Japanese now. */
  const aReader = async (links: string[]) => {
    const person = await app.aPerson({ links })
    const visitor = await aVisitorSignedIn(app.issuer, person)
    await visitor.page('/account?lang=ja')
    return { person, visitor }
  }

  it('H54: an account that a link made is written to as its person is', async () => {
    const person = await app.aPerson()
    await app.database.connection
      .collection('people')
      .updateOne({ _id: person.id as never }, { $set: { language: 'ja' } })
    const traveller = aTraveller(app)
    const page = await traveller.act(await traveller.go('games-arcade'), '', asTyped(person))
    assert.equal(traveller.told(await traveller.act(page, '/link')), 'code')
    const [account] = await app.features.links.accountsOf(person.id)
    assert.equal(account?.language, 'ja')
  })

  it('H54: the code to a new address speaks the language of the page where it is asked for', async () => {
    const { person, visitor } = await aReader(['games'])
    const email = `new-${person.email}`
    await visitor.act('/account/details', { email })
    assert.ok(isJapanese(await letter(email, 'address-code')))
  })

  it('H54: an account that gets a way in is written to in the language of that page, from its code on', async () => {
    const { person, visitor } = await aReader(['games'])
    const id = person.accounts.games ?? ''
    await visitor.act('/account/services/games/unlink', { keep: 'now' })
    await visitor.act('/account/services/games/way-in')
    const text = await letter(person.email, 'way-in-code')
    assert.ok(isJapanese(text))
    await visitor.act('/account/services/games/way-in/code', {
      code: /\b\d{6}\b/.exec(text ?? '')?.[0] ?? '',
      password,
    })
    assert.equal((await app.account(id)).language, 'ja')
  })

  it('H54: as one that gets it by a forgotten password at a service is', async () => {
    const { person, visitor } = await aReader(['games'])
    await visitor.act('/account/services/games/unlink', { keep: 'now' })
    const traveller = aTraveller(app)
    const page = await traveller.go('games-arcade', { ui_locales: 'ja' })
    const code = await traveller.act(await traveller.open(page, '/recover'), '/recover', { email: person.email })
    const which = await traveller.act(code, '/recover/code', { code: await app.code(person.email) })
    const chosen = await traveller.open(which, '/recover/password?which=own')
    await traveller.act(chosen, '/recover/password', { password })
    assert.equal((await app.account(person.accounts.games ?? '')).language, 'ja')
  })

  it('H54: the code to an address that was proven long ago speaks the language of the page', async () => {
    const own = await app.aSeparateAccount('games')
    const set = { $set: { 'signIn.provenAt': now() - 400 * day } }
    await app.database.connection.collection('accounts').updateOne({ _id: own.account as never }, set)
    const traveller = aTraveller(app)
    const offer = await traveller.act(await traveller.go('games-arcade', { ui_locales: 'ja' }), '', asTyped(own))
    await traveller.post(offer, '/offer/address', { csrf: tokenOf(offer) })
    assert.ok(isJapanese(await letter(own.email, 'link-code')))
  })
})
