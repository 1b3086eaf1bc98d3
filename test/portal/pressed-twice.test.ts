import assert from 'node:assert/strict'
import { aTestApp, type TestApp } from '../world/app.ts'
import { companyWrote } from '../world/company-wrote.ts'
import { aDesk, type Desk } from '../world/desk.ts'
import { movedAddress } from '../world/moved-address.ts'
import { fieldsOf, readable } from '../world/pages.ts'
import { asTyped, aTraveller } from '../world/traveller.ts'
import { aVisitorSignedIn, type Visitor } from '../world/visitor.ts'

describe('a form of the account pages that is pressed twice, or after another window (H50)', () => {
  let app: TestApp
  let desk: Desk
  before(async () => {
    app = await aTestApp()
    desk = aDesk(app)
  })
  after(() => app.close())

  const { move } = movedAddress(() => app)

  const aVisit = async (links: string[] = []) => {
    const person = await app.aPerson({ links })
    return { person, visitor: await aVisitorSignedIn(app.issuer, person) }
  }

  /** What the page says to which each press of the same form leads. */
  const pressedTwice = async (visitor: Visitor, page: string, action: string, changes = {}): Promise<string[]> => {
    const form = { ...fieldsOf(await visitor.page(page), action), ...changes }
    const said: string[] = []
    for (const _press of [1, 2]) {
      const answer = await visitor.submit(app.issuer + action, form)
      assert.equal(answer.status, 303, readable(answer))
      said.push(readable(await visitor.page(answer.next!.slice(app.issuer.length))))
    }
    return said
  }

  const assertSaid = (said: string[], each: readonly RegExp[]): void => {
    for (const [n, words] of each.entries()) assert.match(said[n] ?? '', words)
  }

  it('H50: a session that was ended is told to have ended', async () => {
    const { person, visitor } = await aVisit()
    const elsewhere = await aVisitorSignedIn(app.issuer, person)
    const said = await pressedTwice(visitor, '/account/security', '/account/security/end-session')
    assertSaid(said, [/The session has ended\./, /This session has ended already/])
    assert.equal((await elsewhere.page('/account')).status, 303)
    assert.equal((await visitor.page('/account')).status, 200)
  })

  it('H50: an app whose access was removed has none', async () => {
    const { person, visitor } = await aVisit(['games', 'mobile'])
    const traveller = aTraveller(app)
    await traveller.act(await traveller.go('leaderboard'), '', asTyped(person))
    await traveller.act(await traveller.go('leaderboard'), '/consent')
    const said = await pressedTwice(visitor, '/account/services', '/account/services/games/withdraw')
    assertSaid(said, [/Access removed/, /Access removed/])
    await app.settled()
    const of = { kind: 'person', person: person.id } as const
    const withdrawn = await app.features.activity.listFor(of, { limit: 9, kinds: ['application-withdrawn'] })
    assert.equal(withdrawn.length, 1)
  })

  it('H50: what was undone says so, and not that it is too late alone', async () => {
    const { person, visitor } = await aVisit(['games'])
    await companyWrote(app, person.accounts.games ?? '', 'givenName', 'Adda')
    await app.settled()
    const said = await pressedTwice(visitor, '/account/details', '/account/details/undo')
    assertSaid(said, [/The change is undone/, /has been undone already/])
  })

  it('H50: an answer to support is given once, and another is none', async () => {
    const agent = await desk.aMember('games', 'support')
    const { person, visitor } = await aVisit(['games', 'mobile'])
    const id = await desk.aProvenCase(agent, person.email)
    await desk.proveCaller.askForServices(agent, id)
    const decline = fieldsOf(await visitor.page('/account/security'), '/account/security/decline')
    const said = await pressedTwice(visitor, '/account/security', '/account/security/approve')
    assertSaid(said, [/Approved\. Support sees it at once/, /Approved\. Support sees it at once/])
    const other = await visitor.submit(`${app.issuer}/account/security/decline`, decline)
    assert.match(readable(await visitor.page(other.next!.slice(app.issuer.length))), /no longer waiting for approval/)
    assert.equal((await desk.seeCase.see(agent, id)).state, 'person approved')
  })

  it('H50: an address that support offered is sent one code', async () => {
    const agent = await desk.aMember('games', 'support')
    const { person, visitor } = await aVisit(['games'])
    const address = `offered-${person.email}`
    await desk.actOnAccount.act(agent, await desk.aProvenCase(agent, person.email), 'address-offered', address)
    const said = await pressedTwice(visitor, '/account/security', '/account/security/approve')
    assertSaid(said, [/six-digit code/, /six-digit code/])
    await app.settled()
    assert.equal((await app.features.mailer.mailbox?.list(address))?.length, 1)
  })

  it('H50: what a second agent has agreed to waits for its person no more, and no answer of theirs is said to count', async () => {
    const [first, second] = [await desk.aMember('games', 'support'), await desk.aMember('games', 'support')]
    const { person, visitor } = await aVisit(['games'])
    const id = await desk.aProvenCase(first, person.email)
    await desk.corrections.proposeGuarded(first, id, { field: 'country', value: 'FI', evidence: 'A passport' })
    const page = await visitor.page('/account/security')
    const answers = ['approve', 'decline'].map((each) => `/account/security/${each}`)
    const forms = answers.map((each) => fieldsOf(page, each))
    await desk.corrections.agreeToGuarded(second, id)
    assert.doesNotMatch(readable(await visitor.page('/account')), /asks for your approval/)
    for (const [n, each] of answers.entries()) {
      const answer = await visitor.submit(app.issuer + each, forms[n] ?? {})
      assert.match(answer.next ?? '', /security\?done=approval-expired$/, each)
    }
  })

  it('H50: messages that are saved after an account was unlinked say where it stands, and save nothing', async () => {
    const { person, visitor } = await aVisit(['mobile', 'games'])
    const path = '/account/messages'
    const form = fieldsOf(await visitor.page(path), path)
    const elsewhere = await aVisitorSignedIn(app.issuer, person)
    await elsewhere.act('/account/services/games/unlink', { keep: 'now' })
    const answer = await visitor.submit(app.issuer + path, { ...form, 'choice.mobile.email': 'on' })
    assert.match(answer.next ?? '', /services\?done=account-stands-otherwise&at=games$/)
    const { preferences } = await app.features.choose.of({ kind: 'person', person: person.id })
    assert.deepEqual(preferences.choices, [])
    const stranger = await aVisit(['mobile'])
    const own = fieldsOf(await stranger.visitor.page(path), path)
    assert.equal((await stranger.visitor.submit(app.issuer + path, { ...own, 'at.games': '' })).status, 404)
  })

  it('H50: an unlinking that waits for a change of the address says that nothing is shared any more', async () => {
    const { person, visitor } = await aVisit(['games'])
    await move(visitor, `moved-${person.email}`)
    const said = readable(await visitor.act('/account/services/games/unlink', { keep: 'before' }))
    assert.match(said, /Games: Nothing is shared with the company any more/)
  })
})
