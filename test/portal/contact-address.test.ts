import assert from 'node:assert/strict'
import { aTestApp, type TestApp } from '../world/app.ts'
import { companyWrote } from '../world/company-wrote.ts'
import { documentOf, readable, testIds, wordsIn } from '../world/pages.ts'
import { aVisitorSignedIn, type Visitor } from '../world/visitor.ts'

describe('an address in the details that signs nobody in (U7)', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp()
  })
  after(() => app.close())

  const signedIn = (who: { email: string; password: string }) => aVisitorSignedIn(app.issuer, who)

  const hintOf = async (visitor: Visitor) => {
    const page = documentOf(await visitor.page('/account/details'))
    const [id] = page.querySelector('#f-email')?.getAttribute('aria-describedby')?.split(' ') ?? []
    const hint = page.querySelector(`#${id}`)
    return hint ? wordsIn(hint) : ''
  }

  it('U7: chosen by the person in the preview it is said to be theirs, above as below; the hint says what it does', async () => {
    const [person, own] = [await app.aPerson(), await app.aSeparateAccount('games')]
    const visitor = await signedIn(person)
    assert.match(await hintOf(visitor), /^You sign in with it/)
    const link = '/account/services/link/games'
    const preview = await visitor.act(link, { email: own.email, password: own.password })
    const action = `${link}/preview`
    const fields = Object.fromEntries(
      [
        ...preview.text.slice(preview.text.indexOf(action)).matchAll(/type="hidden" name="([^"]+)" value="([^"]*)"/g),
      ].map(([, name = '', value = '']) => [name, value]),
    )
    await visitor.submit(`${app.issuer}${action}`, { ...fields, 'keep.email': 'theirs' })
    await app.settled()
    const page = await visitor.page('/account/details')
    assert.deepEqual(testIds(page, 'contact-address'), [
      `You chose ${own.email} as your contact address. You sign in with ${person.email}. If the contact address is yours, confirm it with a code, and you can sign in with it too.`,
    ])
    assert.match(readable(page), new RegExp(`You .*Email address: ${person.email} → ${own.email}`))
    assert.doesNotMatch(readable(page), /not by you|You sign in with it/)
    assert.match(await hintOf(visitor), new RegExp(`You sign in with ${person.email}, not with this address`))
  })

  it('U7: changed by a company it is said to be its doing, above as below', async () => {
    const person = await app.aPerson({ links: ['mobile'] })
    await companyWrote(app, person.accounts.mobile ?? '', 'email', 'new.contact@mail.example')
    await app.settled()
    const page = await (await signedIn(person)).page('/account/details')
    assert.match(testIds(page, 'contact-address').join(), /^Mobile changed your contact address to new\.contact@mail/)
    assert.match(readable(page), /Mobile [^→]*Email address: [^→]* → new\.contact@mail/)
  })
})
