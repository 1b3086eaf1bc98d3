import assert from 'node:assert/strict'
import type { Staff } from '../../src/staff/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { aDesk, type Desk, staffPassword, totpNow } from '../world/desk.ts'
import { fieldsOf, linksOf, readable, tokenOf } from '../world/pages.ts'
import { aVisitor } from '../world/visitor.ts'

describe('the console’s page of its staff', () => {
  let app: TestApp
  let desk: Desk
  before(async () => {
    app = await aTestApp()
    desk = aDesk(app)
  })
  after(() => app.close())

  const signedIn = async (member: Staff) => {
    const visitor = aVisitor(app.issuer)
    const sent = await visitor.act('/console/sign-in', { email: member._id, password: staffPassword })
    const { to = '' } = fieldsOf(sent, '/console/sign-in/code')
    await visitor.submit(`${app.issuer}/console/sign-in/code`, { csrf: tokenOf(sent), code: totpNow(), to })
    return visitor
  }

  it('U19: says what came of each change, and to an administrator who invites that nobody is written to', async () => {
    const visitor = await signedIn(await desk.aMember('games', 'administrator'))
    const member = await desk.aMember('games', 'support')
    const save = async (email: string, roles: Record<string, string>) => {
      const csrf = tokenOf(await visitor.page('/console/staff'))
      const sent = await visitor.submit(`${app.issuer}/console/staff`, { csrf, email, ...roles })
      return readable(await visitor.visit(sent.next ?? ''))
    }
    const join = `${app.issuer}/console/join`
    assert.ok(readable(await visitor.page('/console/staff')).includes(`No email is sent. Ask them to open ${join}`))
    const invited = await save('New@games.example', { 'role.support': 'on' })
    assert.ok(invited.includes(`Saved. They are not told by email: ask them to open ${join}`))
    assert.deepEqual(await app.features.mailer.mailbox?.list('new@games.example'), [])
    assert.match(await save(member._id, { 'role.privacy': 'on' }), /Saved. They have been signed out/)
    assert.match(await save(member._id, {}), /They no longer have access/)
    assert.match(await save('new@games.example', {}), /They no longer have access/)
  })

  it('U19: a developer, for whom the console has nothing, is led to what is written for them', async () => {
    const [developer, nobody] = [await desk.aMember('games', 'developer'), await desk.aMember('games')]
    const page = await (await signedIn(developer)).page('/console/nothing')
    assert.ok(linksOf(page).includes('/developers'))
    assert.doesNotMatch(readable(page), /Once an administrator/)
    assert.match(readable(await (await signedIn(nobody)).page('/console/nothing')), /Once an administrator/)
  })
})
