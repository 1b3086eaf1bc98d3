import assert from 'node:assert/strict'
import { aTestApp, type TestApp } from '../world/app.ts'
import { companyWrote } from '../world/company-wrote.ts'
import { aDesk } from '../world/desk.ts'
import { linksOf, readable, testIds } from '../world/pages.ts'
import { aVisitor, aVisitorSignedIn } from '../world/visitor.ts'

describe('the first of the account pages', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp()
  })
  after(() => app.close())

  const signedIn = (who: { email: string; password: string }) => aVisitorSignedIn(app.issuer, who)

  it('U19: greets whoever it is, says which companies they are at and that all is up to date', async () => {
    const person = await app.aPerson({ links: ['mobile', 'games'], details: { givenName: 'Åsa' } })
    const page = await (await signedIn(person)).page('/account')
    assert.equal(page.status, 200)
    assert.match(readable(page), /Hello Åsa/)
    assert.deepEqual(testIds(page, 'all-well'), ['Everything is up to date at Games and Mobile.'])
    assert.match(readable(page), /Your companies.*Games.*Example Games AB.*in step.*Mobile/)
    assert.match(readable(page), /Where you are signed in.*Firefox, Linux this browser.*Nowhere else/)
    assert.deepEqual(testIds(page, 'waits'), [], 'nothing waits')
  })

  it('U19: says what is on its way, to whom and to nobody else', async () => {
    const person = await app.aPerson({ links: ['mobile', 'pictures'] })
    const visitor = await signedIn(person)
    app.faults.set('mobile-store', 503)
    await visitor.act('/account/details', { city: 'Ystad' })
    const page = await visitor.page('/account')
    app.faults.delete('mobile-store')
    assert.match(testIds(page, 'all-well')[0] ?? '', /on their way to Mobile\./)
  })

  it('U19: says what asks for an answer, and leads to it; another person sees nothing of it', async () => {
    const [person, other] = [await app.aPerson({ links: ['games', 'mobile'] }), await app.aPerson({ links: ['games'] })]
    const desk = aDesk(app)
    const agent = await desk.aMember('games', 'support')
    const id = await desk.aProvenCase(agent, person.email)
    await desk.actOnAccount.act(agent, id, 'address-offered', 'ada.anew@mail.example')
    await desk.actOnAccount.act(agent, id, 'unlink-asked')
    const visitor = await signedIn(person)
    const page = await visitor.page('/account')
    assert.match(
      testIds(page, 'waits')[0] ?? '',
      /^Waiting for you Games support has asked you something\. See and answer/,
    )
    assert.equal(readable(page).match(/Games support has asked you something/g)?.length, 1, 'once for two questions')
    assert.ok(linksOf(page).includes('/account/security#asked'))
    assert.match(readable(await visitor.page('/account/security')), /noted ada\.anew@mail\.example/)
    assert.deepEqual(testIds(await (await signedIn(other)).page('/account'), 'waits'), [])
    // A code that was sent, and a change that can be undone.
    await visitor.act('/account/details', { email: `new-${person.email}` })
    assert.match(testIds(await visitor.page('/account'), 'waits')[0] ?? '', /A code was sent to new-.* Enter the code/)
    await companyWrote(app, person.accounts.mobile ?? '', 'familyName', 'Lind')
    await app.settled()
    assert.match(
      testIds(await visitor.page('/account'), 'waits')[0] ?? '',
      /A company changed your details\..*See the change/,
    )
  })

  it('U19: offers to link another account while there is a company left to link', async () => {
    const offered = async (links: string[]) => {
      const visitor = await signedIn(await app.aPerson({ links }))
      const pages = await Promise.all(['', '/services'].map((entry) => visitor.page(`/account${entry}`)))
      return pages.map((page) => readable(page).match(/Link another account/)?.[0])
    }
    assert.deepEqual(await offered([]), ['Link another account', 'Link another account'])
    assert.deepEqual(await offered(['games']), ['Link another account', 'Link another account'])
    const separate = aVisitor(app.issuer)
    const own = await app.aSeparateAccount('games')
    await separate.signInAt('games-arcade', `${app.urlOf('games-arcade')}/callback`, own)
    assert.match(readable(await separate.page('/account/services')), /Link another account/)
    assert.deepEqual(await offered([...app.config.group.companies.keys()]), [undefined, undefined])
  })

  it('U19: is the same for the holder of one separate account, and tells of that company alone', async () => {
    const account = await app.aSeparateAccount('games')
    const visitor = aVisitor(app.issuer)
    await visitor.signInAt('games-arcade', `${app.urlOf('games-arcade')}/callback`, account)
    const page = await visitor.page('/account')
    assert.match(readable(page), /your account at Games alone.*Your companies.*has its own sign-in/)
    assert.doesNotMatch(readable(page), /Example Mobile AB|Link another account/)
  })
})
