import assert from 'node:assert/strict'
import { aTestApp, type TestApp } from '../world/app.ts'
import { fieldsOf, readable } from '../world/pages.ts'
import { asTyped, aTraveller } from '../world/traveller.ts'
import { aVisitorSignedIn } from '../world/visitor.ts'

const older = { policyVersion: 'the one before' }

describe('what a company asks for since it was linked', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp()
  })
  after(() => app.close())

  /** As after a link that was agreed for the name alone. */
  const aPersonAsked = async () => {
    const person = await app.aPerson({ links: ['games'] })
    const id = person.accounts.games ?? ''
    await app.features.accounts.change(id, () => ({ set: { 'link.agreed': ['givenName', 'familyName'], 'at.v': 0 } }))
    await app.settled()
    const agreed = async () => (await app.account(id)).link?.agreed ?? []
    return { person, agreed }
  }

  it('H52: is agreed to on the account pages under the policy that the page showed, or not at all', async () => {
    const { person, agreed } = await aPersonAsked()
    const visitor = await aVisitorSignedIn(app.issuer, person)
    const action = '/account/services/games/agree'
    const form = fieldsOf(await visitor.page('/account/services'), action)
    const stale = await visitor.submit(app.issuer + action, { ...form, ...older })
    assert.match(
      readable(await visitor.page(stale.next!.slice(app.issuer.length))),
      /The policy changed while this page/,
    )
    assert.deepEqual(await agreed(), ['givenName', 'familyName'])
    assert.match((await visitor.submit(app.issuer + action, form)).next ?? '', /done=agreed/)
    assert.ok((await agreed()).includes('birthDate'))
  })

  it('H52: is agreed to on the way to a service under the policy that the page showed, or shown once more', async () => {
    const { person, agreed } = await aPersonAsked()
    const traveller = aTraveller(app)
    const page = await traveller.act(await traveller.go('games-arcade'), '', asTyped(person))
    const again = await traveller.send(page, '/more', older)
    assert.match(readable(again), /The policy changed while this page/)
    assert.deepEqual(await agreed(), ['givenName', 'familyName'])
    assert.equal(traveller.told(await traveller.act(again, '/more')), 'code')
    assert.ok((await agreed()).includes('birthDate'))
  })
})
