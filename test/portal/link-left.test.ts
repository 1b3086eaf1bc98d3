import assert from 'node:assert/strict'
import { aTestApp, type TestApp } from '../world/app.ts'
import { fieldsOf, readable, testIds } from '../world/pages.ts'
import { aVisitor } from '../world/visitor.ts'

describe('an account that its person left, on the account pages (U2)', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp()
  })
  after(() => app.close())

  const link = '/account/services/link/games'
  const aVisit = async (links: string[] = []) => {
    const person = await app.aPerson({ links })
    const visitor = aVisitor(app.issuer)
    await visitor.signIn(person)
    return { person, visitor }
  }
  const whoLeftAnAccountFromBefore = async () => {
    const [{ person, visitor }, own] = [await aVisit(), await app.aSeparateAccount('games')]
    const preview = await visitor.act(link, { email: own.email, password: own.password })
    await visitor.submit(`${app.issuer}${link}/preview`, fieldsOf(preview, `${link}/preview`))
    await visitor.act('/account/services/games/unlink', { keep: 'before' })
    assert.equal((await app.account(own.account)).link, null)
    // Whatever else is written to that address about it was written before the code.
    await app.settled()
    return { person, visitor, own }
  }

  it('U2: one that the link had made is linked again by one press, under its subject', async () => {
    const { person, visitor } = await aVisit(['games'])
    const first = person.accounts.games ?? ''
    await visitor.act('/account/services/games/unlink')
    assert.match(readable(await visitor.page('/account/services')), /Link it again/)
    const page = await visitor.page(link)
    assert.match(testIds(page, 'shared-details')[0] ?? '', /Games then receives.*Given name/)
    const stale = await visitor.send(link, { policyVersion: 'older' }, `${link}/again`)
    assert.equal(stale.again, true)
    assert.equal((await app.account(first)).link, null)
    const done = await visitor.act(link, {}, `${link}/again`)
    assert.match(done.url, /done=linked/)
    assert.equal((await app.account(first)).link?.person, person.id)
  })

  it('U2: one from before is proven by a code to its own address, then previewed, and its subject stays', async () => {
    const { person, visitor, own } = await whoLeftAnAccountFromBefore()
    const form = await visitor.visit((await visitor.page(link)).next ?? '')
    assert.equal(fieldsOf(form, `${link}/by-code`).email, own.email)
    await visitor.act(`${link}/by-code`)
    assert.equal((await visitor.send(`${link}/by-code/code`, { code: '000000' })).again, true)
    const preview = await visitor.act(`${link}/by-code/code`, { code: await app.code(own.email) })
    assert.equal(testIds(preview, 'preview').length, 1)
    assert.match(readable(preview), /both accounts are yours, not a relative’s/)
    assert.equal((await app.account(own.account)).link, null)
    await visitor.submit(`${app.issuer}${link}/preview`, fieldsOf(preview, `${link}/preview`))
    assert.equal((await app.account(own.account)).link?.person, person.id)
  })

  it('U2: is taken off the list by its person alone, and stays where it is', async () => {
    const { visitor, own } = await whoLeftAnAccountFromBefore()
    const action = '/account/services/games/take-off'
    const fields = fieldsOf(await visitor.page('/account/services'), action)
    const stranger = await aVisit()
    const csrf = fieldsOf(await stranger.visitor.page('/account/details'), '/account/details').csrf ?? ''
    assert.equal((await stranger.visitor.submit(`${app.issuer}${action}`, { ...fields, csrf })).status, 404)
    const done = await visitor.act('/account/services', {}, action)
    assert.match(readable(done), /off this list/)
    assert.deepEqual(testIds(done, 'link-status'), [])
    const again = await visitor.submit(app.issuer + action, fields)
    assert.match(again.next ?? '', /done=taken-off/, 'as another window still had it (H43)')
    const account = await app.account(own.account)
    assert.deepEqual([account.status, account.left?.unlisted], ['open', true])
    assert.match((await visitor.page(link)).next ?? '', /by-code$/, 'it is found again all the same')
  })
})
